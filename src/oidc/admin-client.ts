import type { ClientMetadata } from 'oidc-provider';
import { ADMIN_SCOPES } from '../domain/clients/admin-scopes.ts';
import { DEVICE_GRANT } from '../domain/clients/kinds.ts';

/**
 * The `gatehouse` command as a client of the administration API, built in like that of our own pages (decision 6). Anybody can run
 * it, so it is public, and anybody's program can listen on a port of a person's machine and name itself so: its person is asked
 * every time (RFC 8252, section 8.6), which `first_party` would skip, and its tokens are bound to a key of the machine's
 * (RFC 9449). What a token opens is what its person may do.
 */
export const ADMIN_CLIENT_ID = 'gatehouse-cli';

export const ADMIN_CLIENT_NAME = 'Gatehouse command line';

/** Where it listens for the code, on whatever port is free (RFC 8252, section 7.3). */
const LOOPBACK = ['http://127.0.0.1/callback', 'http://[::1]/callback'];

/** `deviceSignIn`: its people may sign in where there is no browser (RFC 8628). */
export const adminClient = (deviceSignIn: boolean): ClientMetadata =>
  ({
    client_id: ADMIN_CLIENT_ID,
    client_name: ADMIN_CLIENT_NAME,
    application_type: 'native',
    redirect_uris: LOOPBACK,
    response_types: ['code'],
    grant_types: ['authorization_code', 'refresh_token', ...(deviceSignIn ? [DEVICE_GRANT] : [])],
    token_endpoint_auth_method: 'none',
    scope: 'openid',
    dpop_bound_access_tokens: true,
    admin_scopes: [...ADMIN_SCOPES],
  }) as ClientMetadata;
