/**
 * What a test sign-in needs of oidc-provider beyond what it promises, as `internals.ts` has the rest. Held by
 * `test/flows/test-sign-in.test.ts`.
 */
import { type IncomingMessage, ServerResponse } from 'node:http';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import type { Context } from 'koa';
import type { KoaContextWithOIDC, Provider } from 'oidc-provider';
// @ts-expect-error: a module that the library does not show, and that has no types.
import contexts from 'oidc-provider/lib/helpers/als.js';
// @ts-expect-error: the same.
import internalsOf from 'oidc-provider/lib/helpers/weak_cache.js';
import { sha256 } from '../kernel/crypto.ts';

/** Has more redirect URIs be accepted than are registered: those that `allows` says, of the client, in the running request. */
export function acceptRedirectUris(
  provider: Provider,
  allows: (uri: string, clientId: string) => boolean,
): void {
  const { prototype } = provider.Client as unknown as {
    prototype: { clientId: string; redirectUriAllowed(uri: string): boolean };
  };
  const { redirectUriAllowed } = prototype;
  if (typeof redirectUriAllowed !== 'function')
    throw new Error('oidc-provider no longer compares redirect URIs where it did');
  prototype.redirectUriAllowed = function allowed(this: typeof prototype, uri) {
    return redirectUriAllowed.call(this, uri) || allows(uri, this.clientId);
  };
}

/** Stores an authorization request as if a client had pushed it (RFC 9126), and answers its `request_uri`. */
export async function pushRequest(
  provider: Provider,
  request: string,
  lifetimeSeconds: number,
): Promise<string> {
  const { PushedAuthorizationRequest } = provider as unknown as {
    PushedAuthorizationRequest: new (payload: object) => { save(seconds: number): Promise<string> };
  };
  const id = await new PushedAuthorizationRequest({ request, trusted: true }).save(lifetimeSeconds);
  return `urn:ietf:params:oauth:request_uri:${id}`;
}

/** A request of a program within the running one, of which only the answer is looked at. */
export function innerRequest(
  provider: Provider,
  outer: Context,
  { method, path, headers = {} }: { method: string; path: string; headers?: Record<string, string> },
): Context {
  const req = Object.create(outer.req) as IncomingMessage;
  for (const [name, value] of Object.entries({
    method,
    url: path,
    originalUrl: path,
    headers: { host: new URL(provider.issuer).host, ...headers },
  }))
    Object.defineProperty(req, name, { value, writable: true });
  const ctx = provider.createContext(req, new ServerResponse(req)) as unknown as Context;
  ctx.request.ip = outer.ip;
  return ctx;
}

type Handler = (ctx: KoaContextWithOIDC) => Promise<void>;

/**
 * Redeems a code by the library's own handler of the token endpoint, for a client that nobody has to authenticate: we hold none of its
 * secrets. Changes what the endpoint would, in the unit of work. Throws the library's errors.
 */
export async function redeemCode(
  provider: Provider,
  inner: Context,
  client: object,
  params: Readonly<Record<string, string>>,
): Promise<KoaContextWithOIDC['oidc'] & { readonly answer: Record<string, unknown> }> {
  const { grantTypeHandlers } = internalsOf(provider) as { grantTypeHandlers?: Map<string, Handler> };
  const handle = grantTypeHandlers?.get('authorization_code');
  if (handle === undefined || typeof contexts?.run !== 'function')
    throw new Error('oidc-provider no longer redeems codes where it did');
  Object.assign(inner, { _matchedRouteName: 'token' });
  const OIDCContext = provider.OIDCContext as unknown as new (ctx: Context) => KoaContextWithOIDC['oidc'];
  const oidc = new OIDCContext(inner);
  Object.assign(inner, { oidc });
  Object.assign(oidc, { params: { grant_type: 'authorization_code', ...params } });
  oidc.entity('Client' as never, client as never);
  await contexts.run(inner, () => handle(inner as unknown as KoaContextWithOIDC));
  return Object.assign(oidc, { answer: inner.body as Record<string, unknown> });
}

/** Makes proofs by a key of the moment (RFC 9449, section 4.2), for clients whose tokens are bound to one. */
export async function createProver(now: Date) {
  const { privateKey, publicKey } = await generateKeyPair('ES256');
  const jwk = await exportJWK(publicKey);
  return (method: string, address: string, jti: string, token?: string): Promise<string> =>
    new SignJWT({
      htm: method,
      htu: address,
      jti,
      ...(token === undefined ? {} : { ath: sha256(token).toString('base64url') }),
    })
      .setProtectedHeader({ alg: 'ES256', typ: 'dpop+jwt', jwk })
      .setIssuedAt(now)
      .sign(privateKey);
}
