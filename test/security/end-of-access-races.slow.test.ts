import { expect } from 'chai';
import pg from 'pg';
import { factors } from '../../src/administration/factors.ts';
import { people } from '../../src/administration/people/index.ts';
import { sessions } from '../../src/administration/sessions.ts';
import { createLifecycleStore } from '../../src/domain/accounts/life-store.ts';
import { LINKS, stateOf } from '../../src/lifecycle/links.ts';
import { belongingsOf, leftOf } from '../support/access.ts';
import { act } from '../support/administration.ts';
import { asFixture } from '../support/evidence/fixture.ts';
import { addApp, addPasskey, showPasskey, typeCode, typePassword } from '../support/factors.ts';
import { untilWaiting } from '../support/lock-waits.ts';
import type { Person } from '../support/protocol.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { UserAgent } from '../support/user-agent.ts';

const BY = { actor: { kind: 'system' }, origin: {} } as const;
const CHOSEN = 'marble otters juggle quietly';

/** What is under way at the very moment at which access is ended. */
describe('line 38: an end of access in the middle of something', function races() {
  this.timeout(120_000);
  let server: TestServer;
  let owner: pg.Client;
  before(async () => {
    server = await startTestServer();
    owner = new pg.Client({ connectionString: server.database.ownerUrl });
    await owner.connect();
  });
  after(async () => {
    await owner.end();
    await server.stop();
  });

  const page = () => `${server.issuer}/account`;
  const isIn = async (agent: UserAgent) => (await agent.get(page())).status === 200;
  /** Off and on again: nobody is kept out by it, so whatever does not come back was ended. */
  const disableAndEnable = async ({ id }: Pick<Person, 'id'>) => {
    for (const verb of ['disable', 'enable'] as const) await act(server.app, people[verb], { person: id });
  };

  /** Does `act` while the request waits for the lock that `sql` takes, with everything read that it reads. */
  async function between<T>(
    sql: string,
    values: unknown[],
    request: () => Promise<T>,
    act: () => Promise<unknown>,
  ) {
    await owner.query('begin');
    await owner.query(sql, values);
    try {
      const running = request();
      await untilWaiting(owner, 1);
      await act();
      await owner.query('commit');
      return await running;
    } finally {
      await owner.query('rollback');
    }
  }
  const ATTEMPT = `select 1 from sign_in_attempts where evidence ->> 'accountId' = $1 for update`;

  it('the last factor is being verified: the sign-in does not complete', async () => {
    const person = await server.addAccount();
    const app = await addApp(server, person);
    const agent = new UserAgent();
    const asked = await typePassword(agent, await agent.open(page()), person);
    const code = await app.fresh();
    const answer = await between(
      ATTEMPT,
      [person.id],
      () => typeCode(agent, asked, code),
      () => disableAndEnable(person),
    );
    expect(answer.status).to.equal(409);
    expect(await isIn(agent)).to.equal(false);
    const again = await typeCode(agent, asked, await app.fresh());
    expect((await agent.follow(again)).forms.some(({ fields }) => 'identifier' in fields)).to.equal(true);
    expect(await isIn(agent)).to.equal(false);
  });

  it('the password is being verified: it counts for nothing after', async () => {
    const person = await server.addAccount();
    const app = await addApp(server, person);
    const agent = new UserAgent();
    // So that there is an attempt already, whose row can be held.
    const start = await agent.open(page());
    const wrong = await typePassword(agent, start, { ...person, password: 'not the password' });
    const answer = await between(
      'select 1 from sign_in_attempts for update',
      [],
      () => agent.submit(wrong, { identifier: person.email, password: person.password }),
      () => disableAndEnable(person),
    );
    // The answer was decided before; what it leads to knows better.
    const next = await agent.follow(answer);
    expect(next.forms.some(({ fields }) => 'identifier' in fields)).to.equal(true);
    const asked = await typePassword(agent, next, person);
    await agent.follow(await typeCode(agent, asked, await app.fresh()));
    expect(await isIn(agent), 'after showing both anew').to.equal(true);
  });

  for (const [how, begin] of [
    [
      'password and code',
      async (person: Person, agent: UserAgent) => {
        const app = await addApp(server, person);
        const asked = await typePassword(agent, await agent.open(page()), person);
        return typeCode(agent, asked, await app.fresh());
      },
    ],
    [
      'a passkey alone',
      async (person: Person & { name: string }, agent: UserAgent) => {
        const key = await addPasskey(server, person);
        return showPasskey(agent, await agent.open(page()), key);
      },
    ],
  ] as const) {
    it(`a sign-in by ${how} is becoming a session: there is none`, async () => {
      const person = await server.addAccount();
      const agent = new UserAgent();
      const last = await begin(person, agent);
      expect(last.location).to.include('/authorize/');
      const {
        database,
        lifecycle: { endOfAccess },
      } = server.app;
      const resumed = await asFixture(database, async (tx) => {
        await endOfAccess.end(tx, person.id, 'signedOutEverywhere', BY);
        const running = agent.get(String(last.location));
        await untilWaiting(owner, 1);
        return { running };
      });
      const answer = await resumed.running;
      expect(answer.status).to.equal(400);
      expect(answer.body).to.include('finished');
      expect(await isIn(agent)).to.equal(false);
      expect(await server.app.sessions.store.openOf(person.id, server.app.clock.now())).to.deep.equal([]);
    });
  }

  it('the owner changes the password in a session that somebody else ends', async () => {
    const { person, session } = await belongingsOf(server);
    const account = await server.app.accounts.store.findById(person.id);
    if (account === undefined) throw new Error('no account');
    await disableAndEnable(person);
    const given = { current: person.password, chosen: CHOSEN };
    const late = await server.app.lifecycle.changes
      .password(account, given, { session, origin: {} })
      .catch((error) => error);
    expect(late).to.have.property('code', 'changed_meanwhile');
    expect((await server.app.accounts.store.findById(person.id))?.passwordHash).to.equal(
      account.passwordHash,
    );
  });

  it('the last factor is removed in a session that somebody else ends', async () => {
    const { person, session } = await belongingsOf(server);
    const {
      accounts: { store: accounts },
      lifecycle: { ownFactors },
    } = server.app;
    const account = await accounts.findById(person.id);
    const [app] = (await ownFactors.of(person.id)).own.totp;
    if (account === undefined || app === undefined) throw new Error('no account, or no app');
    await disableAndEnable(person);
    const which = { kind: 'totp', id: app.id, endOthers: false } as const;
    const late = await ownFactors.remove(account, which, { session, origin: {} }).catch((error) => error);
    expect(late).to.have.property('code', 'changed_meanwhile');
    expect((await ownFactors.of(person.id)).own.totp).to.have.length(1);
  });

  it('a link is used while the account is disabled: neither waits for the other for ever', async () => {
    const { person, links } = await belongingsOf(server);
    const {
      database,
      clock,
      lifecycle: { endOfAccess, passwordReset },
    } = server.app;
    const life = createLifecycleStore(clock);
    const using = await asFixture(database, async (tx) => {
      await life.lock(tx, person.id);
      const running = passwordReset.complete(links.reset, CHOSEN, {}).catch((error) => error);
      await untilWaiting(owner, 1);
      await endOfAccess.end(tx, person.id, 'disabled', BY);
      return { running };
    });
    expect(await using.running).to.have.property('code', 'link_invalid');
  });

  it('a link that is made at the same moment is void', async () => {
    const person = await server.addAccount({ emailVerified: true });
    const { app } = server;
    const account = await app.accounts.store.findById(person.id);
    if (account === undefined) throw new Error('no account');
    await disableAndEnable(person);
    // As the job would have it that had read the account before.
    const link = { ...LINKS.reset, accountId: person.id, payload: { state: stateOf(account) } };
    const { token } = await app.database.transaction((tx) => app.accounts.links.issue(tx, link));
    expect(await app.lifecycle.passwordReset.look(token)).to.equal(undefined);
  });

  it('two acts at once: both are done, and nothing is left', async () => {
    for (let round = 0; round < 5; round += 1) {
      const belongings = await belongingsOf(server);
      const { person, links } = belongings;
      const { app } = server;
      const acts: (() => Promise<unknown>)[] = [
        () => disableAndEnable(person),
        () => act(app, sessions.endAll, { person: person.id }),
        () => act(app, factors.reset, { person: person.id }),
        () => app.lifecycle.passwordReset.complete(links.reset, CHOSEN, {}),
        () => app.lifecycle.securing.secure(links.notMe, {}),
        () => app.lifecycle.securing.secure(links.factorAdded, {}),
        () => app.lifecycle.addressRestoring.restore(links.formerAddress, {}),
        () => app.lifecycle.changes.confirmAddress(links.address, {}),
      ];
      const outcomes = await Promise.all(
        acts.map((act) =>
          act().then(
            () => 'done',
            (error) => error.code,
          ),
        ),
      );
      for (const outcome of outcomes) expect(outcome).to.be.oneOf(['done', 'link_invalid']);
      expect(outcomes.slice(0, 3)).to.deep.equal(['done', 'done', 'done']);
      expect(withoutLinks(await leftOf(server, belongings))).to.deep.equal({
        ownSession: false,
        otherSession: false,
        ownTokens: false,
        otherTokens: false,
        waiting: false,
        complete: false,
        trustedDevices: 0,
      });
    }
  });

  const withoutLinks = ({
    links: _links,
    temporaryCode: _code,
    ...rest
  }: Awaited<ReturnType<typeof leftOf>>) => rest;
});
