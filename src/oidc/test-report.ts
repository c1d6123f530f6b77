import { decodeJwt, decodeProtectedHeader } from 'jose';
import type { Resource } from '../domain/resources/store.ts';
import { isFirstParty, mayStayOffline } from './client-traits.ts';
import { scopesAllowed, wordsOf } from './requested-scopes.ts';

/** What a test sign-in has found out about the answers that a client gets. Pure. */

/** Why a scope that was asked for was not given. */
export type WhyNotGiven =
  /** No scope of this name is known here. */
  | 'unknown'
  /** The client's `scope` does not list it. */
  | 'not_registered'
  /** The client's `resource_scopes` or `admin_scopes` do not list it. */
  | 'not_registered_at_resource'
  /** It is one of a resource that the request does not name. */
  | 'other_resource'
  /** `offline_access` for a client that may not have refresh tokens … */
  | 'offline_grant'
  /** … to which an administrator has not given it … */
  | 'offline_not_allowed'
  /** … or whose request does not ask for consent (OpenID Connect Core, section 11). */
  | 'offline_prompt'
  /** The person has not allowed it. */
  | 'not_consented';

export interface ScopeResult {
  readonly scope: string;
  /** Undefined where it was given. */
  readonly why?: WhyNotGiven;
  /** The resource of which it is one. */
  readonly resource?: string;
}

/** What of a client decides about scopes, as it is registered (RFC 7591). */
type Registered = Readonly<Record<string, unknown>>;

export interface ScopeFacts {
  /** Scopes that mean something by themselves. */
  readonly known: readonly string[];
  readonly client: Registered;
  readonly resources: readonly Pick<Resource, 'identifier' | 'scopes' | 'builtIn'>[];
  /** Resources that the request was for. */
  readonly named: readonly string[];
  readonly given: ReadonlySet<string>;
  readonly prompt: string | undefined;
}

/** For each scope that was asked for, whether it was given, and else why not. */
export const judgeScopes = (asked: readonly string[], facts: ScopeFacts): ScopeResult[] =>
  [...new Set(asked)].map((scope) => judge(scope, facts));

function judge(scope: string, facts: ScopeFacts): ScopeResult {
  const { client, given, named } = facts;
  const of = facts.resources.filter((resource) => resource.scopes.some(({ name }) => name === scope));
  const isAboutPeople = facts.known.includes(scope);
  const resource = isAboutPeople
    ? undefined
    : (of.find(({ identifier }) => named.includes(identifier)) ?? of[0]);
  const about = resource === undefined ? { scope } : { scope, resource: resource.identifier };
  if (given.has(scope)) return about;
  if (scope === 'offline_access') return { ...about, why: whyNotOffline(facts) };
  if (isAboutPeople) {
    const allowed = client.scope === undefined || wordsOf(client.scope).includes(scope);
    return { ...about, why: allowed ? 'not_consented' : 'not_registered' };
  }
  if (resource === undefined) return { ...about, why: 'unknown' };
  if (!scopesAllowed(resource, client).includes(scope))
    return { ...about, why: 'not_registered_at_resource' };
  return { ...about, why: named.includes(resource.identifier) ? 'not_consented' : 'other_resource' };
}

function whyNotOffline({ client, prompt }: ScopeFacts): WhyNotGiven {
  const { grant_types: grants = ['authorization_code'] } = client as { grant_types?: readonly string[] };
  if (client.scope !== undefined && !wordsOf(client.scope).includes('offline_access'))
    return 'not_registered';
  if (!grants.includes('refresh_token')) return 'offline_grant';
  if (!mayStayOffline(client)) return 'offline_not_allowed';
  return isFirstParty(client) || wordsOf(prompt).includes('consent') ? 'not_consented' : 'offline_prompt';
}

/**
 * What a client asks for in a test whose asker has not said: everything about people that its `scope` allows, and the scopes of its
 * `resource_scopes` where they are all of one resource, so that the request has an answer.
 */
export function usualScope(
  client: Registered,
  resources: readonly Pick<Resource, 'scopes'>[],
  known: readonly string[],
): string {
  const about =
    client.scope === undefined ? known.filter((scope) => scope !== 'offline_access') : wordsOf(client.scope);
  const own = (client.resource_scopes ?? []) as readonly string[];
  const services = resources.filter(({ scopes }) => scopes.some(({ name }) => own.includes(name)));
  return [...new Set([...about, ...(services.length === 1 ? own : [])])].join(' ');
}

export interface DecodedToken {
  readonly header: Readonly<Record<string, unknown>>;
  readonly claims: Readonly<Record<string, unknown>>;
}

/** The parts of a JWT of ours; undefined for what is none. */
export function decoded(token: unknown): DecodedToken | undefined {
  if (typeof token !== 'string' || token.split('.').length !== 3) return undefined;
  return { header: { ...decodeProtectedHeader(token) }, claims: decodeJwt(token) };
}

/** How long something is good for, by its own claims, in seconds. */
export const lifetimeOf = ({ claims: { iat, exp } }: DecodedToken): number | undefined =>
  typeof iat === 'number' && typeof exp === 'number' ? exp - iat : undefined;

/** Claims that the scopes open and of which nothing is known of the person. `openid` tells how they signed in, not who they are. */
export const claimsWithoutValue = (
  given: ReadonlySet<string>,
  opens: Readonly<Record<string, readonly string[]>>,
  known: Readonly<Record<string, unknown>>,
): { readonly scope: string; readonly claim: string }[] =>
  Object.entries(opens)
    .filter(([scope]) => scope !== 'openid' && given.has(scope))
    .flatMap(([scope, claims]) =>
      claims.filter((claim) => known[claim] === undefined).map((claim) => ({ scope, claim })),
    );
