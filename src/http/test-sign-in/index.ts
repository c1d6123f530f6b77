import type Router from '@koa/router';
import type { Context } from 'koa';
import { z } from 'zod';
import type { Account, AccountStore } from '../../domain/accounts/store.ts';
import type { Client, ClientStore } from '../../domain/clients/store.ts';
import {
  stateOfTest,
  TEST_LINKS,
  TEST_SIGN_IN_PATH,
  type TestRequest,
} from '../../domain/clients/test-sign-ins.ts';
import type { OneTimeLink, OneTimeLinkStore } from '../../domain/one-time-links/store.ts';
import { constantTimeEqual } from '../../kernel/crypto.ts';
import type { Sessions } from '../../oidc/sessions.ts';
import type { TestResult, TestSignIns } from '../../oidc/test-sign-ins.ts';
import { readForm } from '../kit/form.ts';
import { seeOther } from '../kit/redirects.ts';
import type { TestCookie } from '../kit/test-cookie.ts';
import type { Pages } from '../pages/pages.ts';
import { reportOnPage } from './report.ts';
import type { TestClosed, TestViews } from './views.ts';

/** What the pages of a test sign-in need: `administration/clients/testing.ts` makes the links. */
export interface TestPagesDependencies {
  readonly issuer: string;
  readonly testSignIns: TestSignIns;
  /** Whether somebody may test a client, at this moment. */
  readonly mayTestSignIn: (accountId: string, clientId: string) => Promise<boolean>;
  /** Everything for which a client is refused. */
  readonly whyRefused: (client: Client) => readonly string[];
  readonly testLinks: Pick<OneTimeLinkStore, 'peek' | 'wasUsed'>;
  readonly testCookie: TestCookie;
  readonly accounts: Pick<AccountStore, 'findById'>;
  readonly clients: Pick<ClientStore, 'find'>;
  readonly sessions: Pick<Sessions, 'peek'>;
  readonly pages: Pages<TestViews>;
  readonly bodyLimitBytes: number;
}

const tokenField = z.string().regex(/^[\w-]{43}$/u);

const short = z.string().max(1_000);
/** The answer of the protocol (RFC 6749, section 4.1.2; RFC 9207). */
const answerSchema = z.object({
  state: z.string().max(200),
  iss: short.optional(),
  code: short.min(1).optional(),
  error: short.min(1).optional(),
  error_description: short.optional(),
});

const STATUSES: Readonly<Record<TestClosed, number>> = {
  unknown: 410,
  used: 410,
  over: 410,
  foreign: 400,
  somebody_else: 403,
  not_permitted: 403,
  client_gone: 410,
  client_disabled: 409,
  client_refused: 409,
};

/** Asked for by what is not a person who opens it: nothing is spent on that. */
const isAhead = (ctx: Context): boolean =>
  ctx.method === 'HEAD' || /prefetch|prerender/u.test(`${ctx.get('Sec-Purpose')} ${ctx.get('Purpose')}`);

/**
 * `/test-sign-in`: the link to a test of a client, which sends the browser into its authorization request, and where the answer comes
 * (`…/callback`). The answer is shown to the browser that has opened the link, once, when nothing of it is left.
 */
export function mountTestSignIn(router: Router, deps: TestPagesDependencies): void {
  const { testSignIns, testLinks, testCookie, pages } = deps;

  router.get(TEST_SIGN_IN_PATH, async (ctx) => {
    if (isAhead(ctx)) return refuseAhead(ctx);
    const opened = await open(ctx);
    if (typeof opened === 'string') return close(ctx, opened);
    if ('problems' in opened) return close(ctx, 'client_refused', opened.problems);
    const begun = await testSignIns.begin(opened);
    if (begun === undefined) return close(ctx, 'used');
    testCookie.write(ctx, begun.token, TEST_LINKS.begun.lifetimeSeconds);
    seeOther(ctx, begun.location);
  });

  router.get(`${TEST_SIGN_IN_PATH}/callback`, (ctx) =>
    isAhead(ctx) ? refuseAhead(ctx) : answer(ctx, answerSchema.safeParse(ctx.query).data),
  );

  // For clients that are answered by a form only (`response_mode`).
  router.post(`${TEST_SIGN_IN_PATH}/callback`, async (ctx) =>
    answer(ctx, await readForm(ctx, answerSchema, deps.bodyLimitBytes)),
  );

  function refuseAhead(ctx: Context): void {
    ctx.set('Cache-Control', 'no-store');
    ctx.status = 425;
  }

  /** What is to be tested, or why nothing is. Spends nothing. */
  async function open(ctx: Context) {
    const token = tokenField.safeParse(ctx.query.token).data;
    const link = token === undefined ? undefined : await testLinks.peek(TEST_LINKS.asked.purpose, token);
    if (token === undefined || link === undefined)
      return token !== undefined && (await testLinks.wasUsed(token)) ? 'used' : 'unknown';
    const account = await deps.accounts.findById(link.accountId ?? '');
    if (account?.status !== 'active') return 'unknown';
    ctx.state.accountLocale = account.locale;
    const session = await deps.sessions.peek(ctx);
    if (session !== undefined && session.accountId !== account.id) return 'somebody_else';
    return toTest(token, link, account, session?.accountId);
  }

  async function toTest(
    token: string,
    { payload }: OneTimeLink,
    account: Account,
    signedIn: string | undefined,
  ) {
    const { client: id, request } = payload as { readonly client: string; readonly request: TestRequest };
    const client = await deps.clients.find(id);
    if (client === undefined) return 'client_gone';
    if (!(await deps.mayTestSignIn(account.id, id))) return 'not_permitted';
    if (client.disabledAt !== undefined) return 'client_disabled';
    const problems = deps.whyRefused(client);
    return problems.length > 0 ? { problems } : { token, account, client, request, signedIn };
  }

  async function answer(ctx: Context, given: z.output<typeof answerSchema> | undefined): Promise<void> {
    const token = testCookie.read(ctx);
    const test = token === undefined ? undefined : await testSignIns.begun(token);
    const isOfThis = (of: string) => constantTimeEqual(given?.state ?? '', stateOfTest(of));
    if (token === undefined || !isOfThis(token)) return close(ctx, 'foreign');
    if (test === undefined) return close(ctx, 'over');
    const { iss, code, error, error_description } = given ?? {};
    if (iss !== undefined && iss !== deps.issuer) return close(ctx, 'foreign');
    if ((code === undefined) === (error === undefined)) return close(ctx, 'foreign');
    const [account, session] = await Promise.all([
      deps.accounts.findById(test.account),
      deps.sessions.peek(ctx),
    ]);
    ctx.state.accountLocale = account?.locale;
    const result = await testSignIns.finish(
      ctx,
      test,
      code === undefined ? { error: String(error), error_description } : { code },
      session?.accountId,
    );
    if (result === undefined) return close(ctx, 'foreign');
    testCookie.clear(ctx);
    await show(ctx, account, result);
  }

  async function show(ctx: Context, account: Account | undefined, result: TestResult): Promise<void> {
    if (result.kind === 'closed') return close(ctx, result.why);
    const client = nameOf(result.client);
    if (result.kind === 'refused')
      return pages.render(ctx, 'test-sign-in-refused', { client, reason: result.reason }, 200);
    await pages.render(ctx, 'test-sign-in', {
      client,
      account: { name: account?.name ?? '', email: account?.email ?? '' },
      ...(account?.zoneinfo === undefined ? {} : { zoneinfo: account.zoneinfo }),
      ...reportOnPage(result.report),
    });
  }

  const close = (ctx: Context, why: TestClosed, problems: readonly string[] = []): Promise<void> =>
    pages.render(ctx, 'test-sign-in-closed', { why, problems }, STATUSES[why]);
}

const nameOf = ({ id, metadata: { client_name: name } }: Client) => ({
  id,
  name: typeof name === 'string' ? name : id,
});
