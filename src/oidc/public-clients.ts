import type { KoaContextWithOIDC, Provider } from 'oidc-provider';
import { readBasic } from './basic-credentials.ts';
import { amendBodies } from './internals.ts';

type Request = KoaContextWithOIDC['req'] & { [PUBLIC]?: string };

/** Marks a request whose Basic header names a public client and has no secret. */
const PUBLIC = Symbol('public client');

/**
 * Takes a Basic header with an empty secret of a public client for what it means: its `client_id`, which is all that such a client
 * has to show (RFC 6749, section 3.2.1). Some libraries send a header for every client. For a client that has a secret, an empty one
 * stays wrong, and so does a header beside a secret, an assertion or another `client_id` in the body.
 */
export function acceptEmptySecrets(provider: Provider, paths: ReadonlySet<string>): void {
  provider.use(async (ctx, next) => {
    if (ctx.method === 'POST' && paths.has(ctx.path)) {
      const basic = readBasic(ctx.headers.authorization);
      if (basic?.secret === '' && basic.id !== '') {
        const client = await provider.Client.find(basic.id);
        if (client?.tokenEndpointAuthMethod === 'none') (ctx.req as Request)[PUBLIC] = client.clientId;
      }
    }
    await next();
  });
  amendBodies(provider, (ctx, body) => {
    const id = (ctx.req as Request)[PUBLIC];
    if (id === undefined || ![undefined, '', id].includes(body.client_id as string | undefined)) return;
    if (body.client_secret || body.client_assertion) return;
    body.client_id = id;
    delete ctx.req.headers.authorization;
  });
}
