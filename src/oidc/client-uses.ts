import type { KoaContextWithOIDC, Provider } from 'oidc-provider';
import { isTest } from './test-requests.ts';

/** Where clients authenticate themselves; a public one only names itself there. */
const AUTHENTICATED: ReadonlySet<string> = new Set([
  'token',
  'introspection',
  'revocation',
  'pushed_authorization_request',
]);

/**
 * Tells of each use of a client: a person was let in to it, or it has shown who it is. A public client, whose id anybody can send,
 * counts where it has redeemed a code or refresh token; a test sign-in does not count. It must come before what answers in the place of the library.
 */
export function noteClientUses(provider: Provider, onUse: (clientId: string) => void): void {
  provider.use(async (plain, next) => {
    await next();
    const { oidc, status } = plain as KoaContextWithOIDC;
    const { client, route } = (oidc as KoaContextWithOIDC['oidc'] | undefined) ?? {};
    if (client === undefined || status >= 400 || !AUTHENTICATED.has(route ?? '')) return;
    if (route === 'token' || client.tokenEndpointAuthMethod !== 'none') onUse(client.clientId);
  });
  provider.on('authorization.success', ({ oidc }) => {
    if (oidc.client !== undefined && !isTest({ oidc })) onUse(oidc.client.clientId);
  });
}
