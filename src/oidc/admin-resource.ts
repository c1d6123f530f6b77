import { ADMIN_SCOPES, type AdminScope, isAdminScope } from '../domain/clients/admin-scopes.ts';
import type { RegisteredResource, ResourceStore } from '../domain/resources/store.ts';

/**
 * The administration API as a resource (RFC 8707). It is built in: no row of the table, so nobody can remove it, give it other scopes
 * or tokens that live longer. Only `admin_scopes` of a client's metadata say what the client may ask for there.
 */

/** Where the API is, below the issuer; as a resource it is called by that address. */
const PATH = '/api/admin';

/** The identifier of the API as a resource: the only audience of its tokens. */
export const adminAudience = (issuer: string): string => `${issuer}${PATH}`;

/** Seconds. */
const TOKEN_SECONDS = 600;

/** It was never registered, so no token of it is from before or after that. */
const ALWAYS = new Date(0);

export const adminResource = (issuer: string): RegisteredResource => ({
  identifier: adminAudience(issuer),
  name: 'Administration',
  // Pages have words of their own for these.
  scopes: ADMIN_SCOPES.map((name) => ({ name })),
  tokenAlgorithm: 'ES256',
  tokenSeconds: TOKEN_SECONDS,
  createdAt: ALWAYS,
  builtIn: true,
});

/** Resources with the one that is built in: it is found by its identifier, in the place of any row, and is on no list. */
export function withAdminResource(resources: ResourceStore, issuer: string): ResourceStore {
  const admin = adminResource(issuer);
  return {
    ...resources,
    find: async (identifier) => (identifier === admin.identifier ? admin : resources.find(identifier)),
  };
}

/** The scopes of the administration API that the client's metadata give it. Pure. */
export function adminScopesOf(client: object | undefined): AdminScope[] {
  const { admin_scopes: given } = (client ?? {}) as { admin_scopes?: unknown };
  return Array.isArray(given) ? given.map(String).filter(isAdminScope) : [];
}

/**
 * Whether a resource of this identifier would be mistaken for the administration API: it is at the issuer's host, at the API's path
 * or below, however that is spelt. Pure.
 */
export function isAdminIdentifier(identifier: string, issuer: string): boolean {
  const [url, own] = [URL.parse(identifier), new URL(issuer)];
  if (url === null || url.hostname.replace(/\.$/u, '') !== own.hostname) return false;
  const path = decoded(url.pathname)
    .replaceAll(/[/\\]+/gu, '/')
    .toLowerCase();
  return path === PATH || path.startsWith(`${PATH}/`);
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}
