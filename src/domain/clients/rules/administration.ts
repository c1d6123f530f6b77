import { ADMIN_SCOPES, isAdminScope } from '../admin-scopes.ts';
import type { CompleteMembers } from '../members.ts';
import { isPublic, type MetadataRule } from './rule.ts';

/** What a client of the administration API has to be: what it gets opens everything that an administrator may do. */

const asks = ({ admin_scopes: scopes = [] }: CompleteMembers): boolean => scopes.length > 0;

export const ADMINISTRATION_RULES: readonly MetadataRule[] = [
  {
    id: 'unknown-admin-scope',
    members: ['admin_scopes'],
    refuses: 'a scope in `admin_scopes` that the administration API does not have',
    reason: `is no scope of the administration API; there are ${ADMIN_SCOPES.join(', ')}`,
    source: 'RFC 7591, 2',
    known: () => ADMIN_SCOPES,
    isBroken: ({ admin_scopes: scopes = [] }) => scopes.filter((scope) => !isAdminScope(scope)),
  },
  {
    id: 'admin-without-proof',
    members: ['admin_scopes'],
    reads: ['token_endpoint_auth_method', 'dpop_bound_access_tokens'],
    refuses: '`admin_scopes` for a public client without `dpop_bound_access_tokens`',
    reason:
      'is for clients whose tokens are of no use to whoever finds one: authenticate with private_key_jwt or a secret, or set ' +
      'dpop_bound_access_tokens to true',
    source: 'RFC 9700, 2.2.1; RFC 9449',
    isBroken: (metadata) =>
      asks(metadata) && isPublic(metadata) && metadata.dpop_bound_access_tokens !== true,
  },
  {
    id: 'admin-without-pkce',
    members: ['admin_scopes'],
    reads: ['require_pkce'],
    refuses: '`admin_scopes` with `require_pkce` false',
    reason: 'is for clients that use PKCE; leave require_pkce out',
    source: 'RFC 9700, 2.1.1',
    isBroken: (metadata) => asks(metadata) && metadata.require_pkce === false,
  },
  {
    id: 'admin-offline',
    members: ['admin_scopes'],
    reads: ['offline_access'],
    refuses: '`admin_scopes` with `offline_access`',
    reason:
      'opens administration only while the person is signed in, and offline_access is for what outlives that; register two clients',
    source: 'OpenID Connect Core, 11',
    isBroken: (metadata) => asks(metadata) && metadata.offline_access === true,
  },
];
