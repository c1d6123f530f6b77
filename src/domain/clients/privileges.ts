import type { ClientMetadata } from './record-store.ts';

/**
 * What of client metadata gives a client more than its owner may give it: no consent page, tokens that last longer or tell of others,
 * scopes of services, rights over Gatehouse. Somebody whose right is limited to the clients that they own leaves that to others. Pure.
 */

/** Given by `true`. */
const FLAGS = [
  'first_party',
  'introspect_any_token',
  'offline_access',
  'refresh_counts_as_activity',
] as const;

/** Each privilege by a name of its own, with the member that gives it. */
function privilegesOf(metadata: ClientMetadata): Map<string, string> {
  const given = new Map<string, string>(
    FLAGS.filter((member) => metadata[member] === true).map((member) => [member, member]),
  );
  if (metadata.require_pkce === false) given.set('require_pkce', 'require_pkce');
  for (const member of ['admin_scopes', 'resource_scopes'] as const)
    for (const scope of listOf(metadata[member])) given.set(`${member} ${scope}`, member);
  // Left out, it means all there are and will be.
  if (metadata.resource_scopes === undefined && getsTokens(metadata))
    given.set(EVERY_SCOPE, 'resource_scopes');
  return given;
}

const EVERY_SCOPE = 'resource_scopes *';

/** Metadata without grants mean a client that gets no tokens; without the member it gets some (RFC 7591, section 2). */
const getsTokens = ({ grant_types: grants }: ClientMetadata) =>
  !(Array.isArray(grants) && grants.length === 0);

const listOf = (value: unknown): string[] => (Array.isArray(value) ? value.map(String) : []);

/** The members by which `after` has a privilege that `before` (undefined: a client that is not there yet) has not, each once. */
export function privilegesAdded(before: ClientMetadata | undefined, after: ClientMetadata): string[] {
  const had = before === undefined ? new Map<string, string>() : privilegesOf(before);
  const added = [...privilegesOf(after)].filter(
    ([name, member]) => !had.has(name) && !(member === 'resource_scopes' && had.has(EVERY_SCOPE)),
  );
  return [...new Set(added.map(([, member]) => member))].sort();
}

/** Metadata in which nothing is said of scopes of services: there are none, instead of all of them. */
export const withoutEveryScope = (given: Readonly<Record<string, unknown>>): Record<string, unknown> =>
  given.resource_scopes === undefined && getsTokens(given) ? { ...given, resource_scopes: [] } : { ...given };
