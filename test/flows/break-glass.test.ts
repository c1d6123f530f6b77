import { expect } from 'chai';
import { decodeJwt } from 'jose';
import type { PersonActor } from '../../src/administration/actor.ts';
import { breakGlass } from '../../src/administration/break-glass.ts';
import { factors } from '../../src/administration/factors.ts';
import { people } from '../../src/administration/people/index.ts';
import { ADMIN_SCOPES } from '../../src/domain/clients/admin-scopes.ts';
import { createWatchBreakGlass } from '../../src/jobs/watch-break-glass.ts';
import { act, OPERATOR } from '../support/administration.ts';
import { asksFor, typeCode, typePassword } from '../support/factors.ts';
import { createMailbox } from '../support/mailbox.ts';
import { type HandClient, handClient } from '../support/protocol.ts';
import { WEB_CLIENT } from '../support/relying-party.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { useTravel } from '../support/time.ts';
import { totpCode } from '../support/totp.ts';
import { type Page, UserAgent } from '../support/user-agent.ts';

const ALARMS = 'security@example.org';
const HOUR = 3_600;
const DAY = 24 * HOUR;

interface Sealed {
  readonly account: string;
  readonly username: string;
  readonly password: string;
  readonly code: string;
  readonly totpSecret: string;
}

describe('a break-glass account', function () {
  this.timeout(60_000);
  const travel = useTravel();
  const mailbox = createMailbox();
  const { send } = mailbox.transport;
  let relayIsDown = false;
  let server: TestServer;
  let client: HandClient;

  before(async () => {
    mailbox.transport.send = async (message, ...rest) => {
      if (relayIsDown) throw new Error('connect ECONNREFUSED');
      await send(message, ...rest);
    };
    server = await startTestServer({
      mailbox,
      replace: { clock: travel.clock },
      settings: {
        ALARM_EMAILS: `${ALARMS}, soc@example.org`,
        FOUR_EYES: '*',
        SECOND_FACTOR_POLICY: 'phishing_resistant',
        PASSWORD_EXPIRY_DAYS: '60',
        MAX_FAILED_LOGIN_ATTEMPTS: '3',
      },
    });
    client = handClient(server.issuer, await server.addClient(WEB_CLIENT));
  });
  after(() => server.stop());

  const create = (): Promise<Sealed> => act(server.app, breakGlass.create, {});
  const show = (account: string) => act(server.app, breakGlass.show, { account });
  const watch = () => {
    const { database, lifecycle, log } = server.app;
    return createWatchBreakGlass({ database, breakGlass: lifecycle.breakGlass, log }).round();
  };
  const actorOf = (accountId: string, level = 'aal2'): PersonActor => ({
    kind: 'person',
    accountId,
    sessionId: 'session',
    level,
    provenAt: travel.now(),
    scopes: ADMIN_SCOPES,
    reason: 'an emergency',
    origin: {},
  });
  const by = (work: () => Promise<unknown>) =>
    work().then(
      () => undefined,
      (error: { code: string }) => error.code,
    );
  const told = async (type: string, account: string) =>
    (
      await server.app.database.query('select 1 from audit_events where type = $1 and account = $2', [
        type,
        account,
      ])
    ).length;

  async function begin({ username, password }: Pick<Sealed, 'username' | 'password'>) {
    const agent = new UserAgent();
    const first = await agent.open(client.authorizeUrl());
    return { agent, page: await typePassword(agent, first, { email: username, password }) };
  }
  async function byCode(sealed: Sealed, factor: 'totp' | 'recovery_code', code: string): Promise<Page> {
    const { agent, page } = await begin(sealed);
    expect(asksFor(page), `${page.status} ${page.url}`).to.equal('totp');
    return agent.follow(await typeCode(agent, page, code, { factor }));
  }
  const claimsAt = async (page: Page) => {
    const { body } = await client.redeem(String(page.location));
    return { claims: decodeJwt(body.id_token), accessToken: String(body.access_token) };
  };

  it('goes from sealing to review', async () => {
    const sealed = await create();
    expect(sealed.username).to.match(/^(?:[0-9a-z]{4}-){2}[0-9a-z]{4}$/u);
    expect(sealed.password).to.match(/^(?:[0-9A-Z]{4}-){6}[0-9A-Z]{4}$/u);
    expect((await mailbox.next(ALARMS)).text)
      .to.include(sealed.username)
      .and.not.include(sealed.password);
    await mailbox.next('soc@example.org');
    expect(await show(sealed.account)).to.include({ state: 'sealed', usedAt: null });
    expect(JSON.stringify(await show(sealed.account))).to.not.include(sealed.password);

    // Longer than passwords last, and than envelopes stay without a drill.
    travel.pass(91 * DAY);
    await watch();
    await watch();
    expect(await told('break_glass.drill_due', sealed.account)).to.equal(1);
    expect((await mailbox.next(ALARMS)).subject).to.include('drilled');
    await act(server.app, breakGlass.drill, { account: sealed.account });
    travel.pass(89 * DAY);
    await watch();
    expect(await told('break_glass.drill_due', sealed.account)).to.equal(1);

    relayIsDown = true;
    const { claims, accessToken } = await claimsAt(await byCode(sealed, 'recovery_code', sealed.code));
    expect(claims).to.deep.include({ sub: sealed.account, acr: 'aal2' });
    const { state, usedAt, endsAt } = await show(sealed.account);
    expect(state).to.equal('used');
    expect(Number(endsAt) - Number(usedAt)).to.equal(4 * HOUR * 1000);

    const { administration } = server.app;
    const actor = actorOf(sealed.account, String(claims.acr));
    const somebody = await server.addAccount();
    // What others need a second person for, it does alone.
    await administration.perform(factors.reset, actor, { person: somebody.id });
    await administration.perform(people.disable, actor, { person: somebody.id });
    relayIsDown = false;

    // Within its four hours it signs in again, with an app; that is the same use.
    travel.pass(3 * HOUR + 3_500);
    const again = await claimsAt(await byCode(sealed, 'totp', totpCode(sealed.totpSecret, travel.now())));
    expect(await show(sealed.account)).to.deep.include({ usedAt, endsAt });
    expect(await told('break_glass.used', sealed.account)).to.equal(2);
    expect((await client.userinfo(again.accessToken)).status).to.equal(200);
    const review = { account: sealed.account, text: 'Restored the mail relay, disabled one account.' };
    const reviewer = await server.addAccount({ roles: ['administrator'] });
    const sign = (accountId: string, text = review.text) =>
      by(() => administration.perform(breakGlass.review, actorOf(accountId), { ...review, text }));
    expect(await sign(reviewer.id)).to.equal('break_glass_in_use');

    travel.pass(200);
    expect((await begin(sealed)).page.location ?? '').to.not.include('code=');
    await watch();
    expect(await show(sealed.account)).to.include({ state: 'ended' });
    for (const token of [accessToken, again.accessToken])
      expect((await client.userinfo(token)).status).to.equal(401);
    expect(await by(() => administration.perform(people.disable, actor, { person: somebody.id }))).to.equal(
      'not_permitted',
    );
    expect(await told('account.disabled', sealed.account)).to.equal(1);

    expect(await sign(sealed.account)).to.equal('not_permitted');
    expect(await sign((await create()).account)).to.equal('not_permitted');
    expect(await sign(reviewer.id, 'fine')).to.equal('input_invalid');
    expect(await by(() => act(server.app, breakGlass.review, review))).to.equal('person_required');
    expect(await sign(reviewer.id)).to.equal(undefined);
    expect(await sign(reviewer.id)).to.equal('break_glass_reviewed');
    const { accounts } = await act(server.app, breakGlass.list, {});
    expect(accounts.find(({ account }) => account === sealed.account)).to.include({
      state: 'reviewed',
      reviewedBy: reviewer.id,
    });
  });

  it('has its alarms mailed once the relay works again, and nothing to itself', async () => {
    const sealed = await create();
    await byCode(sealed, 'recovery_code', sealed.code);
    const subjects = new Set<string>();
    while (!subjects.has('Alarm: a break-glass account has signed in'))
      subjects.add((await mailbox.next(ALARMS)).subject);
    expect(mailbox.messages.filter(({ to }) => to.address.endsWith('.invalid'))).to.deep.equal([]);
  });

  it('is no second person; and who does without one rings the alarms', async () => {
    await create();
    const { accountStatus } = server.app.lifecycle;
    const held = await server.app.database.query<{ id: string }>(
      "select id from accounts where roles @> '{administrator}' and not break_glass and status = 'active'",
    );
    const administrator = await server.addAccount({ roles: ['administrator'] });
    const origin = { actor: { kind: 'system' }, origin: {} } as const;
    for (const { id } of held)
      await server.app.database.transaction((tx) => accountStatus.set(tx, id, 'disabled', origin));
    const { id: person } = await server.addAccount();
    const { administration } = server.app;
    const reset = (actor: Parameters<typeof administration.perform>[1]) =>
      by(() => administration.perform(factors.reset, actor, { person }));
    expect(await reset(actorOf(administrator.id))).to.equal('approvers_missing');
    const last = server.app.database.transaction((tx) =>
      accountStatus.set(tx, administrator.id, 'disabled', origin),
    );
    expect(await by(() => last)).to.equal('last_administrator');
    expect(await reset({ ...OPERATOR, reason: 'fire', emergency: true })).to.equal(undefined);
    const subjects = new Set<string>();
    while (!subjects.has('Alarm: a second person was bypassed'))
      subjects.add((await mailbox.next(ALARMS)).subject);
  });

  it('is used once, also by two sign-ins at the same moment', async () => {
    const sealed = await create();
    const browsers = await Promise.all([begin(sealed), begin(sealed)]);
    const [first, second] = await Promise.all([
      typeCode(browsers[0].agent, browsers[0].page, sealed.code, { factor: 'recovery_code' }),
      typeCode(browsers[1].agent, browsers[1].page, totpCode(sealed.totpSecret, travel.now())),
    ]);
    await Promise.all([browsers[0].agent.follow(first), browsers[1].agent.follow(second)]);
    const { usedAt, endsAt } = await show(sealed.account);
    expect(Number(endsAt) - Number(usedAt)).to.equal(4 * HOUR * 1000);
  });

  it('is refused at once when its time is over, before any job has ended it', async () => {
    const sealed = await create();
    await byCode(sealed, 'recovery_code', sealed.code);
    travel.pass(4 * HOUR + 1);
    const { agent, page } = await begin(sealed);
    const answer = await typeCode(agent, page, totpCode(sealed.totpSecret, travel.now()));
    expect(answer.status).to.equal(409);
    expect(await told('break_glass.used', sealed.account)).to.equal(1);
    await watch();
    expect((await begin(sealed)).page.forms.some(({ fields }) => 'factor' in fields)).to.equal(false);
  });

  it('is locked by guessing as anybody is', async () => {
    const sealed = await create();
    for (let guess = 0; guess < 3; guess += 1) await begin({ ...sealed, password: `guess ${guess}` });
    const { page } = await begin(sealed);
    expect(asksFor(page)).to.equal(undefined);
    expect(await show(sealed.account)).to.include({ state: 'sealed' });
  });

  it('cannot be made permanent, nor anybody’s, by anybody', async () => {
    const { account: person, username } = await create();
    const { app } = server;
    const somebody = await server.addAccount();
    const emergency = { ...OPERATOR, reason: 'fire', emergency: true };
    const refusals = [
      () => app.administration.perform(people.setRoles, emergency, { person, roles: ['nurse'] }),
      () =>
        app.administration.perform(people.setAddress, emergency, {
          person,
          email: 'mine@example.org',
          emailVerified: true,
        }),
      () => app.administration.perform(people.enable, emergency, { person: username }),
      () => app.administration.perform(people.delete, emergency, { person }),
      () => app.administration.perform(people.merge, emergency, { person, into: somebody.id }),
      () => app.administration.perform(people.merge, emergency, { person: somebody.id, into: person }),
      () => app.administration.perform(factors.reset, emergency, { person }),
      () => app.administration.perform(factors.issueTemporaryCode, emergency, { person }),
    ];
    for (const refused of refusals) expect(await by(refused)).to.equal('break_glass_account');
    const { accountStatus, deletion, roleSetting } = app.lifecycle;
    const origin = { actor: { kind: 'system' }, origin: {} } as const;
    await act(app, breakGlass.revoke, { account: person });
    const inside = app.database.transaction((tx) => accountStatus.set(tx, person, 'active', origin));
    expect(await inside).to.equal(false);
    for (const work of [
      () => app.database.transaction((tx) => deletion.remove(tx, person, origin)),
      () => app.database.transaction((tx) => roleSetting.set(tx, person, { roles: [] }, origin)),
    ])
      expect(await by(work)).to.equal('break_glass_account');
    expect(await show(person)).to.include({ state: 'revoked' });
    expect(await by(() => act(app, breakGlass.revoke, { account: person }))).to.equal('break_glass_over');
    expect(await by(() => act(app, breakGlass.drill, { account: person }))).to.equal('break_glass_over');
  });

  it('is not counted as an administrator, and is of no other act', async () => {
    const { account } = await create();
    const { app } = server;
    const held = await app.accounts.administrators.has(app.database, account, 'administrator');
    expect(held).to.equal(false);
    const somebody = await server.addAccount();
    for (const which of [breakGlass.revoke, breakGlass.drill, breakGlass.show])
      expect(await by(() => act(app, which as typeof breakGlass.drill, { account: somebody.id }))).to.equal(
        'account_unknown',
      );
    const administrator = await server.addAccount({ roles: ['administrator'] });
    expect(
      await by(() => app.administration.perform(breakGlass.create, actorOf(administrator.id), {})),
    ).to.equal('not_permitted');
    const auditor = await server.addAccount({ roles: ['auditor'] });
    expect(
      await by(() => app.administration.perform(breakGlass.revoke, actorOf(auditor.id), { account })),
    ).to.equal('not_permitted');
  });
});
