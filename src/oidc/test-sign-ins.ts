import type { Context } from 'koa';
import type { Provider } from 'oidc-provider';
import { person } from '../domain/audit/actor.ts';
import type { AuditEvent } from '../domain/audit/events.ts';
import { addPendingEvent } from '../domain/audit/pending-events.ts';
import type { Client, ClientStore } from '../domain/clients/store.ts';
import {
  type BegunTest,
  stateOfTest,
  TEST_LINKS,
  type TestRequest,
  testCallback,
  verifierOfTest,
} from '../domain/clients/test-sign-ins.ts';
import type { OneTimeLinkStore } from '../domain/one-time-links/store.ts';
import { epochSeconds } from '../kernel/clock.ts';
import { sha256 } from '../kernel/crypto.ts';
import { requestUnit, UnitConflict, type UnitOfWork } from '../storage/unit-of-work.ts';
import type { ActiveProvider } from './active-provider.ts';
import { ALREADY_CONSUMED } from './artifact-write-store.ts';
import { ARTIFACT_CHANGES } from './artifacts.ts';
import { pushRequest } from './internals-test-sign-in.ts';
import { ROUTES } from './provider.ts';
import { type RefusalReason, reasonOf } from './refusal-reasons.ts';
import { clientIn } from './refusal-request.ts';
import { wordsOf } from './requested-scopes.ts';
import { revokeFamily } from './revocation-store.ts';
import { answersToTest, type TestAnswerDependencies, type TestAnswers } from './test-answers.ts';
import { parametersOf, requestObject } from './test-parameters.ts';
import { usualScope } from './test-report.ts';
import { JWT_ACCESS_TOKEN } from './token-records.ts';

/** What has come of a test, for the page that shows it. */
export type TestResult =
  | (TestAnswers & { readonly client: Client })
  /** There is nothing to show. */
  | { readonly kind: 'closed'; readonly why: 'over' | 'somebody_else' | 'client_gone' };

export interface TestSignIns {
  /** The test that the browser with this token has begun, while it is open. */
  begun(token: string): Promise<BegunTest | undefined>;
  /**
   * Begins a test: spends its link, which nobody else gets, and answers where the browser goes and what it keeps for the answer. Commits
   * the unit of the request; undefined where somebody was faster.
   */
  begin(test: AskedTest): Promise<{ readonly location: string; readonly token: string } | undefined>;
  /**
   * Takes the answer of the protocol: redeems the code once, decodes what comes, and commits that nothing of it is left. Undefined, with
   * nothing done, where the answer is not one of this test.
   */
  finish(
    ctx: Context,
    test: BegunTest,
    answer: TestAnswer,
    signedIn: string | undefined,
  ): Promise<TestResult | undefined>;
}

/** A link that works, with its client and person as they are now. */
export interface AskedTest {
  readonly token: string;
  readonly account: { readonly id: string; readonly sub: string };
  readonly client: Client;
  readonly request: TestRequest;
  /** Who is signed in in the browser that has opened it. */
  readonly signedIn: string | undefined;
}

export type TestAnswer =
  | { readonly code: string }
  | { readonly error: string; readonly error_description?: string | undefined };

export interface TestSignInDependencies extends TestAnswerDependencies {
  readonly active: ActiveProvider;
  readonly links: Pick<OneTimeLinkStore, 'peek' | 'take' | 'draft'>;
  readonly clients: Pick<ClientStore, 'find'>;
}

/** The code with which a unit fails when the link, or the browser's part of it, was taken. */
const TAKEN = 'test_sign_in_taken';

/** Our own page asks for it at once. */
const PUSHED_SECONDS = 60;

type LibraryClient = NonNullable<Awaited<ReturnType<Provider['Client']['find']>>>;

/** Finds the test of a browser by its token: it is open as long as its link works. */
export const findBegunTest =
  (links: Pick<OneTimeLinkStore, 'peek'>) =>
  async (token: string): Promise<BegunTest | undefined> => {
    const link = await links.peek(TEST_LINKS.begun.purpose, token);
    if (link?.accountId === undefined) return undefined;
    const { client, parameters } = link.payload as unknown as Pick<BegunTest, 'client' | 'parameters'>;
    return { token, account: link.accountId, client, parameters };
  };

export function createTestSignIns(deps: TestSignInDependencies): TestSignIns {
  const { active, links, clock } = deps;

  const close = (unit: UnitOfWork, { token }: BegunTest) =>
    unit.add(links.take(TEST_LINKS.begun.purpose, token, TAKEN));

  return {
    begun: findBegunTest(links),

    async begin({ token: asked, account, client, request, signedIn }) {
      const unit = requestUnit();
      const { current: provider } = active;
      const scope =
        request.scope ?? usualScope(client.metadata, await deps.resources.list(), deps.told.scopes);
      const parameters = parametersOf(client, { ...request, scope }, account.sub);
      const payload = { client: client.id, parameters };
      const { token, write } = links.draft({ ...TEST_LINKS.begun, accountId: account.id, payload });
      const pushed = {
        ...parameters,
        redirect_uri: testCallback(provider.issuer),
        state: stateOfTest(token),
        // Without openid it is no request of OpenID Connect, to which a nonce belongs.
        ...(wordsOf(scope).includes('openid') ? { nonce: deps.random.uuid() } : {}),
        code_challenge: sha256(verifierOfTest(token)).toString('base64url'),
        code_challenge_method: 'S256',
      };
      const object = requestObject(pushed, provider.issuer, {
        now: epochSeconds(clock.now()),
        seconds: PUSHED_SECONDS,
      });
      const uri = await pushRequest(provider, object, PUSHED_SECONDS);
      unit.add(links.take(TEST_LINKS.asked.purpose, asked, TAKEN), write);
      addPendingEvent(unit, {
        type: 'client.test_sign_in_begun',
        outcome: 'success',
        ...about({ account: account.id, client: client.id }, signedIn),
        details: { scope },
      });
      if ((await commit(unit)) !== undefined) return undefined;
      const query = new URLSearchParams({ client_id: client.id, request_uri: uri });
      return { location: `${ROUTES.authorization}?${query}`, token };
    },

    async finish(ctx, test, answer, signedIn) {
      const unit = requestUnit();
      const result = await resultOf(ctx, test, answer);
      if (result === undefined) return undefined;
      close(unit, test);
      addPendingEvent(unit, done(test, result, signedIn));
      const conflict = await commit(unit);
      if (conflict === undefined) return result;
      if ('code' in answer) await forget(unit, test, answer.code, conflict, signedIn);
      return { kind: 'closed', why: 'over' };
    },
  };

  async function resultOf(
    ctx: Context,
    test: BegunTest,
    answer: TestAnswer,
  ): Promise<TestResult | undefined> {
    const { current: provider } = active;
    const [client, library] = await Promise.all([
      deps.clients.find(test.client),
      provider.Client.find(test.client),
    ]);
    if ('code' in answer) return redeem(ctx, test, answer.code, { client, library });
    if (client === undefined || library === undefined) return { kind: 'closed', why: 'client_gone' };
    return { kind: 'refused', client, reason: reasonFor(provider.issuer, test, library, answer) };
  }

  /** The code of this test, and of nothing else: else undefined, and nothing is done about it. */
  async function redeem(
    ctx: Context,
    test: BegunTest,
    code: string,
    { client, library }: { client: Client | undefined; library: LibraryClient | undefined },
  ): Promise<TestResult | undefined> {
    const { current: provider } = active;
    const source = await findCode(provider, code);
    if (source === undefined || source.clientId !== test.client) return undefined;
    if (source.redirectUri !== testCallback(provider.issuer)) return undefined;
    if ((source as { consumed?: unknown }).consumed !== undefined) return { kind: 'closed', why: 'over' };
    const changes = requestUnit().part(ARTIFACT_CHANGES);
    const grant = String(source.grantId);
    changes.lendGrant(String(source.sessionUid), test.client, grant);
    const result = await whoseResult();
    // Nothing that was made is stored, the code is spent, and what it was made under is gone.
    for (const model of ['AccessToken', JWT_ACCESS_TOKEN, 'RefreshToken'])
      changes.revokeByGrantId(model, grant);
    changes.consume('AuthorizationCode', code, clock.now());
    changes.destroy('Grant', grant);
    return result;

    async function whoseResult(): Promise<TestResult> {
      if (client === undefined || library === undefined) return { kind: 'closed', why: 'client_gone' };
      if (source?.accountId !== test.account) return { kind: 'closed', why: 'somebody_else' };
      return { client, ...(await answersToTest(provider, ctx, test, { client, library, code }, deps)) };
    }
  }

  /** A test that was not committed for another reason than that it was over leaves nothing either. */
  async function forget(
    unit: UnitOfWork,
    test: BegunTest,
    code: string,
    { code: why }: UnitConflict,
    signedIn: string | undefined,
  ): Promise<void> {
    if (why === TAKEN || why === ALREADY_CONSUMED) return;
    const grant = (await findCode(active.current, code))?.grantId;
    if (grant !== undefined) unit.add(revokeFamily(grant));
    close(unit, test);
    addPendingEvent(unit, done(test, { kind: 'closed', why: 'over' }, signedIn));
    await commit(unit);
  }
}

/** The session of a test does not know of its grant, so that nobody else finds its code. */
const findCode = (provider: Provider, code: string) =>
  provider.AuthorizationCode.find(code, { ignoreSessionBinding: true } as object);

/** What was lost, where the unit could not be committed; nothing of it is left in the unit. */
async function commit(unit: UnitOfWork): Promise<UnitConflict | undefined> {
  try {
    await unit.commit();
    return undefined;
  } catch (error) {
    if (!(error instanceof UnitConflict)) throw error;
    unit.discard();
    return error;
  }
}

const reasonFor = (
  issuer: string,
  { parameters }: BegunTest,
  client: LibraryClient,
  { error, error_description: said = '' }: { error: string; error_description?: string | undefined },
): RefusalReason =>
  reasonOf({
    endpoint: ROUTES.authorization,
    error,
    said,
    params: parameters,
    authentication: 'none',
    client: clientIn(client),
    clientHeldFor: undefined,
    issuer,
  });

/** Whom and what it is about, and who did it, where that is known: a link may be in anybody's hands. */
const about = ({ account, client }: Pick<BegunTest, 'account' | 'client'>, by: string | undefined) => ({
  ...(by === undefined ? {} : { actor: person(by) }),
  account,
  client,
});

function done(test: BegunTest, result: TestResult, signedIn: string | undefined): AuditEvent {
  const of = { type: 'client.test_sign_in_done' as const, ...about(test, signedIn) };
  if (result.kind === 'done') {
    const given = result.report.scopes.filter(({ why }) => why === undefined).map(({ scope }) => scope);
    return { ...of, outcome: 'success', details: { result: 'shown', scope: given.join(' ') } };
  }
  const details =
    result.kind === 'refused'
      ? { result: 'refused' as const, error: result.reason.error }
      : { result: result.why };
  return { ...of, outcome: 'failure', details };
}
