import type { Context } from 'koa';
import { errors, type Provider } from 'oidc-provider';
import { type BegunTest, testCallback } from '../domain/clients/test-sign-ins.ts';
import { beforeEveryGrant } from './internals.ts';
import { acceptRedirectUris } from './internals-test-sign-in.ts';
import { mayAnswerTest, stateOf } from './test-requests.ts';

/** The test that the browser of a request has begun, while it is open; undefined where there is none. */
export type BegunTests = (ctx: Context) => Promise<BegunTest | undefined>;

/**
 * Lets the requests of test sign-ins through: their answer goes to a page of ours, for the client and the browser of the test alone, as
 * long as it is open. What comes there, no client redeems.
 */
export function admitTests(provider: Provider, authorization: string, begunTests: BegunTests): void {
  provider.use(async (ctx, next) => {
    // Of all requests only those that were pushed can be of a test.
    const isCandidate = ctx.path === authorization && typeof ctx.query.request_uri === 'string';
    if (isCandidate) stateOf(ctx).begunTest = await begunTests(ctx as unknown as Context);
    await next();
  });
  acceptRedirectUris(provider, mayAnswerTest);
  beforeEveryGrant(provider, async (ctx) => {
    const isOurs = ctx.oidc.params?.redirect_uri === testCallback(provider.issuer);
    if (isOurs && stateOf(ctx).redeemsTest !== true)
      throw new errors.InvalidGrant('the code of a test sign-in is for nobody');
  });
}
