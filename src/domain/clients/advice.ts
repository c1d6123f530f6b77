import { nearestName } from '../../kernel/nearest.ts';
import type { CompleteMembers } from './members.ts';
import { isLoopback } from './rules/addresses.ts';
import type { ClientContext } from './rules/index.ts';

/**
 * What is allowed and probably not meant, a line each, for whoever registers a client. `resourceScopes` are the scopes of all
 * resources that are registered by now, those of several as often.
 */
export function adviceOn(
  { application_type: type, redirect_uris: addresses, resource_scopes: scopes = [] }: CompleteMembers,
  { issuer }: ClientContext,
  resourceScopes: readonly string[],
): string[] {
  const loopback = addresses.filter((address) => {
    const { protocol, hostname } = new URL(address);
    return protocol === 'http:' && isLoopback(hostname);
  });
  const unknown = scopes.filter((scope) => !resourceScopes.includes(scope));
  const shared = scopes.filter((scope) => resourceScopes.filter((each) => each === scope).length > 1);
  return [
    ...(type === 'native' ? loopback.filter((address) => new URL(address).hostname === 'localhost') : []).map(
      (address) =>
        `redirect_uris: "${address}" may lead to another program where "localhost" is resolved otherwise; ` +
        'http://127.0.0.1 and http://[::1] cannot (RFC 8252, 8.3)',
    ),
    ...(type === 'web' && issuer.startsWith('https:') ? loopback : []).map(
      (address) =>
        `redirect_uris: "${address}" works on the machine of its developer only; remove it before others use it`,
    ),
    ...unknown.map((scope) => {
      const nearest = nearestName(scope, resourceScopes);
      const meant = nearest === undefined ? '' : `; did you mean ${nearest}?`;
      return `resource_scopes: no resource has the scope "${scope}" yet${meant}`;
    }),
    ...shared.map(
      (scope) =>
        `resource_scopes: several resources have the scope "${scope}"; requests for it have to name one in the parameter resource`,
    ),
  ];
}
