import type { Context } from 'koa';
import { errors, type KoaContextWithOIDC, type Provider } from 'oidc-provider';
import type { Client } from '../domain/clients/store.ts';
import { type BegunTest, testCallback, verifierOfTest } from '../domain/clients/test-sign-ins.ts';
import type { ResourceStore } from '../domain/resources/store.ts';
import type { Clock } from '../kernel/clock.ts';
import type { Randomness } from '../kernel/ids.ts';
import { composeProvider } from './endpoint.ts';
import { createProver, innerRequest, redeemCode } from './internals-test-sign-in.ts';
import { ROUTES } from './provider.ts';
import { type RefusalReason, reasonOf } from './refusal-reasons.ts';
import { factsOf, refusedBy } from './refusal-request.ts';
import { wordsOf } from './requested-scopes.ts';
import {
  claimsWithoutValue,
  type DecodedToken,
  decoded,
  judgeScopes,
  lifetimeOf,
  type ScopeResult,
} from './test-report.ts';
import { stateOf } from './test-requests.ts';

export interface TestReport {
  readonly scopes: readonly ScopeResult[];
  readonly withoutValue: readonly { readonly scope: string; readonly claim: string }[];
  /** Undefined without the scope `openid`. */
  readonly idToken: DecodedToken | undefined;
  readonly idTokenSeconds: number | undefined;
  /** Undefined where the access token does not open it. */
  readonly userinfo: Readonly<Record<string, unknown>> | undefined;
  readonly accessToken: {
    /** Undefined for an opaque one. */
    readonly decoded: DecodedToken | undefined;
    readonly type: string;
    readonly scope: string;
    readonly audience: readonly string[];
    readonly seconds: number | undefined;
  };
  /** Undefined where none was given. */
  readonly refreshTokenSeconds: number | undefined;
  readonly acr: string | undefined;
  readonly amr: readonly string[];
  readonly signedInAt: Date | undefined;
}

export type TestAnswers =
  | { readonly kind: 'done'; readonly report: TestReport }
  | { readonly kind: 'refused'; readonly reason: RefusalReason };

export interface TestAnswerDependencies {
  /** Which claims a scope opens, and every scope that means something by itself. */
  readonly told: {
    readonly byScope: Readonly<Record<string, readonly string[]>>;
    readonly scopes: readonly string[];
  };
  readonly resources: Pick<ResourceStore, 'list'>;
  readonly clock: Clock;
  readonly random: Randomness;
}

type LibraryClient = NonNullable<Awaited<ReturnType<Provider['Client']['find']>>>;
type Redeemed = Awaited<ReturnType<typeof redeemCode>>;

/**
 * What the endpoints answer to the client of a test: redeems its code by the library's own handler and asks userinfo, both within the
 * running request, whose unit of work then holds what they have made. The caller has to take all of it out again.
 */
export async function answersToTest(
  provider: Provider,
  ctx: Context,
  test: BegunTest,
  {
    client,
    library,
    code,
  }: { readonly client: Client; readonly library: LibraryClient; readonly code: string },
  deps: TestAnswerDependencies,
): Promise<TestAnswers> {
  const bound = (library as { dpopBoundAccessTokens?: boolean }).dpopBoundAccessTokens === true;
  const prove = bound ? await createProver(deps.clock.now()) : undefined;
  /** An inner request, with a proof of the key to which the client's tokens are bound. */
  async function request(method: string, path: string, token?: string): Promise<Context> {
    const { href } = innerRequest(provider, ctx, { method, path });
    const headers: Record<string, string> = {
      ...(token === undefined ? {} : { authorization: `${bound ? 'DPoP' : 'Bearer'} ${token}` }),
      ...(prove === undefined ? {} : { dpop: await prove(method, href, deps.random.uuid(), token) }),
    };
    return innerRequest(provider, ctx, { method, path, headers });
  }

  const inner = await request('POST', ROUTES.token);
  stateOf(inner).redeemsTest = true;
  let redeemed: Redeemed;
  try {
    redeemed = await redeemCode(provider, inner, library, {
      code,
      redirect_uri: testCallback(provider.issuer),
      code_verifier: verifierOfTest(test.token),
    });
  } catch (error) {
    if (!(error instanceof errors.OIDCProviderError)) throw error;
    return { kind: 'refused', reason: reasonOf(factsOf(inner, refusedBy(error), provider.issuer)) };
  }
  const { answer, entities } = redeemed;
  const opensUserinfo = entities.AccessToken?.aud === undefined && wordsOf(answer.scope).includes('openid');
  const userinfo = opensUserinfo
    ? await userinfoBy(provider, await request('GET', ROUTES.userinfo, String(answer.access_token)))
    : undefined;
  const resources = await deps.resources.list();
  return {
    kind: 'done',
    report: await reportOf(test, client, redeemed, { userinfo, resources, told: deps.told }),
  };
}

/** As a program asks for it, from the endpoint itself. */
async function userinfoBy(provider: Provider, inner: Context): Promise<Readonly<Record<string, unknown>>> {
  await composeProvider(provider)(inner, async () => undefined);
  return decoded(inner.body)?.claims ?? (inner.body as Record<string, unknown>);
}

async function reportOf(
  { parameters }: BegunTest,
  client: Client,
  { answer, entities }: Redeemed,
  {
    userinfo,
    resources,
    told,
  }: Pick<TestAnswerDependencies, 'told'> & {
    readonly userinfo: Readonly<Record<string, unknown>> | undefined;
    readonly resources: Awaited<ReturnType<ResourceStore['list']>>;
  },
): Promise<TestReport> {
  const { AuthorizationCode: code, AccessToken: token, RefreshToken: refresh } = entities;
  const given = new Set([...wordsOf(code?.scope), ...wordsOf(token?.scope)]);
  const idToken = decoded(answer.id_token);
  return {
    scopes: judgeScopes(wordsOf(parameters.scope), {
      known: told.scopes,
      client: client.metadata,
      resources,
      named: [code?.resource ?? []].flat().map(String),
      given,
      prompt: typeof parameters.prompt === 'string' ? parameters.prompt : undefined,
    }),
    withoutValue: claimsWithoutValue(given, told.byScope, await knownOf(entities, given)),
    idToken,
    idTokenSeconds: idToken && lifetimeOf(idToken),
    userinfo,
    accessToken: {
      decoded: decoded(answer.access_token),
      type: String(answer.token_type),
      scope: String(answer.scope ?? ''),
      audience: [token?.aud ?? []].flat(),
      seconds: typeof answer.expires_in === 'number' ? answer.expires_in : undefined,
    },
    refreshTokenSeconds: answer.refresh_token === undefined ? undefined : refresh?.expiration,
    acr: code?.acr,
    amr: code?.amr ?? [],
    signedInAt: code?.authTime === undefined ? undefined : new Date(code.authTime * 1000),
  };
}

const knownOf = async (
  { Account: account }: KoaContextWithOIDC['oidc']['entities'],
  scopes: ReadonlySet<string>,
): Promise<Readonly<Record<string, unknown>>> =>
  (await account?.claims('userinfo', [...scopes].join(' '), {}, [])) ?? {};
