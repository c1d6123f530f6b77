import { type KoaContextWithOIDC, Provider } from 'oidc-provider';
import { type BegunTest, stateOfTest, testCallback } from '../domain/clients/test-sign-ins.ts';
import type { Payload } from './artifact-record-store.ts';

/**
 * What the protocol does otherwise in a test sign-in (`test-sign-ins.ts`): its answer may go to our page, and nothing of it is
 * left, neither with the session nor with the client.
 */

/** Whether the request is one of a test: nothing else can have our address as its `redirect_uri`. */
export const isTest = (ctx: Pick<KoaContextWithOIDC, 'oidc'> | undefined): boolean =>
  ctx?.oidc.params?.redirect_uri === testCallback(String(ctx?.oidc.issuer));

/** The same of parameters that were stored. */
export const isTestRequest = (params: Payload, issuer: string): boolean =>
  params.redirect_uri === testCallback(issuer);

/** What the middleware of `admitTests` has found. */
interface State {
  begunTest?: BegunTest | undefined;
  /** The code is redeemed by ourselves. */
  redeemsTest?: boolean;
}

export const stateOf = (ctx: { readonly state: object }): State => ctx.state;

/**
 * Whether the running request may be answered at our address: it was pushed by ourselves, for this client, and for the test that
 * this browser has begun and that is not over. Every client's own requests are refused there, pushed or not.
 */
export function mayAnswerTest(uri: string, clientId: string): boolean {
  const { ctx } = Provider;
  if (ctx === undefined || uri !== testCallback(ctx.oidc.issuer)) return false;
  const { begunTest } = stateOf(ctx);
  return (
    begunTest !== undefined &&
    begunTest.client === clientId &&
    ctx.oidc.entities.PushedAuthorizationRequest !== undefined &&
    ctx.oidc.params?.state === stateOfTest(begunTest.token)
  );
}

/**
 * A session as it is stored: after a test, what its client has in it is what it had before. So no sign-out is told to the client, and
 * tokens that it really holds stay with their grant.
 */
export function withoutTest(session: Payload, before: Payload | undefined): Payload {
  const { ctx } = Provider;
  const client = ctx?.oidc.client?.clientId;
  if (client === undefined || !isTest(ctx)) return session;
  const { [client]: _test, ...others } = (session.authorizations ?? {}) as Payload;
  const former = ((before?.authorizations ?? {}) as Payload)[client];
  return { ...session, authorizations: former === undefined ? others : { ...others, [client]: former } };
}
