import { expect } from 'chai';
import { createLockoutNotices } from '../../src/jobs/lockout-notices.ts';
import { commitWrites, UnitConflict } from '../../src/storage/unit-of-work.ts';
import { fixtures } from '../support/evidence/fixture.ts';
import { guess, withoutVariables } from '../support/guessing.ts';
import { auditTrail, type HandClient, handClient, type Person } from '../support/protocol.ts';
import { WEB_CLIENT } from '../support/relying-party.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { type Page, UserAgent } from '../support/user-agent.ts';

const NEW_PASSWORD = 'marble otters juggle quietly';
const WEEK_MS = 7 * 86_400_000;

describe('security notices', function notices() {
  this.timeout(60_000);
  const clock = { offset: 0, now: () => new Date(Date.now() + clock.offset) };
  let server: TestServer;
  let client: HandClient;
  let person: Person & { id: string };

  before(async () => {
    server = await startTestServer({ replace: { clock }, settings: { MAX_FAILED_LOGIN_ATTEMPTS: '5' } });
    client = handClient(server.issuer, await server.addClient(WEB_CLIENT));
  });
  after(() => server.stop());
  beforeEach(async () => {
    clock.offset = 0;
    person = await server.addAccount({ name: 'Robin Reyes' });
  });

  const signIn = async (agent = new UserAgent(), given: { email: string; password: string } = person) =>
    guess(agent, await agent.open(client.authorizeUrl({ prompt: 'login' })), given);
  const mailsTo = (email: string) =>
    server.mailbox.messages.filter((message) => message.to.address === email);
  const kinds = async (account: string) =>
    (await server.app.mail.outbox.list({ limit: 500 }))
      .filter(({ accountId }) => accountId === account)
      .map(({ kind }) => kind);
  const events = async (type: string) =>
    (await auditTrail(server)).filter((event) => event.type === type && event.account === person.id);
  const tellOfLocks = async (node = server) => {
    const {
      database,
      protection: { lockout },
      lifecycle: { notices: told },
    } = node.app;
    const job = createLockoutNotices({ database, lockout, notices: told });
    while ((await job.round()) === 0);
  };
  async function lock(email: string): Promise<Page> {
    let page: Page | undefined;
    for (let failures = 0; failures < 5; failures += 1) {
      page = await signIn(new UserAgent(), { email, password: 'not the password' });
    }
    return page as Page;
  }

  describe('of a new device', () => {
    it('are mailed with the sign-in, not for the first device and not for a known one', async () => {
      const first = new UserAgent();
      await signIn(first);
      await signIn(first);
      expect(await kinds(person.id)).to.deep.equal([]);
      const second = new UserAgent();
      await signIn(second);
      const told = await server.mailbox.next(person.email);
      expect(told.subject).to.equal('New sign-in to your account');
      expect(server.mailbox.linkIn(told)).to.match(/\/secure\?token=[\w-]{43}$/);
      await signIn(second);
      await signIn(first);
      expect(await kinds(person.id)).to.deep.equal(['new-device']);
    });

    it('come of no sign-in that fails', async () => {
      await signIn();
      await signIn(new UserAgent(), { ...person, password: 'not the password' });
      expect(await kinds(person.id)).to.deep.equal([]);
    });

    it('leave no link behind where there is no mail', async () => {
      await signIn();
      const [row] = await server.app.database.query<{ count: string }>(
        'select count(*) from one_time_links where account_id = $1',
        [person.id],
      );
      expect(Number(row?.count)).to.equal(0);
    });
  });

  describe('of a lock', () => {
    it('are mailed once a lock, whichever node looks, in the language of the person', async () => {
      const ana = await server.addAccount({ locale: 'es' });
      const other = await server.secondNode();
      try {
        await lock(ana.email);
        await Promise.all([tellOfLocks(), tellOfLocks(other), tellOfLocks(), tellOfLocks(other)]);
        expect(await kinds(ana.id)).to.deep.equal(['account-locked']);
        const told = await server.mailbox.next(ana.email);
        expect(told.subject).to.equal('Su cuenta está bloqueada');
        expect(server.mailbox.linkIn(told)).to.include('/secure?token=');
        clock.offset = 31 * 60_000;
        await lock(ana.email);
        await Promise.all([tellOfLocks(), tellOfLocks(other)]);
        expect(await kinds(ana.id)).to.deep.equal(['account-locked', 'account-locked']);
      } finally {
        await other.stop();
      }
    });

    it('go to nobody for an address without an account or with a disabled one, and the answer is the same', async () => {
      const off = await server.addAccount();
      await server.app.accounts.store.setStatus(fixtures(server.app.database), off.id, 'disabled');
      const unknown = 'nobody-at-all@example.org';
      const answers = [];
      for (const email of [person.email, off.email, unknown]) {
        answers.push(withoutVariables(await lock(email)).replaceAll(email, 'ADDRESS'));
      }
      expect(new Set(answers).size).to.equal(1);
      await tellOfLocks();
      await server.mailbox.next(person.email);
      expect([...mailsTo(off.email), ...mailsTo(unknown)]).to.deep.equal([]);
    });

    it('lead straight to a new password where the old one has no effect any more', async () => {
      await server.app.protection.lockout.disablePassword(fixtures(server.app.database), person.id);
      await lock(person.email);
      await tellOfLocks();
      const told = await server.mailbox.next(person.email);
      expect(server.mailbox.linkIn(told)).to.equal(`${server.issuer}/forgot`);
    });
  });

  describe('"this wasn’t me"', () => {
    async function noticed(): Promise<{ link: string; agents: UserAgent[] }> {
      const agents = [new UserAgent(), new UserAgent()];
      for (const agent of agents) await agent.follow(await signInAtAccount(agent));
      return { link: server.mailbox.linkIn(await server.mailbox.next(person.email)), agents };
    }
    const signInAtAccount = async (agent: UserAgent, password = person.password) =>
      agent.submit(await agent.open(`${server.issuer}/account`), { identifier: person.email, password });
    const isSignedIn = async (agent: UserAgent) =>
      (await agent.get(`${server.issuer}/account`)).status === 200;
    const say = async (link: string, agent = new UserAgent()) => agent.submit(await agent.get(link), {});

    it('ends everything, and the password has no effect before another was chosen by mail', async () => {
      const { link, agents } = await noticed();
      const agent = new UserAgent();
      for (let look = 0; look < 3; look += 1) {
        const page = await agent.get(link);
        expect(page.status).to.equal(200);
        expect(page.headers.get('referrer-policy')).to.equal('no-referrer');
        expect(page.headers.get('cache-control')).to.include('no-store');
      }
      for (const each of agents) expect(await isSignedIn(each)).to.equal(true);
      const {
        database,
        signIn: { devices },
        factors: { trustedDevices },
      } = server.app;
      const seen = { ip: undefined, userAgent: undefined };
      await commitWrites(fixtures(database), trustedDevices.trust(person.id, devices.newId(), 7, seen));

      const done = await agent.follow(await say(link, agent));
      expect(done.body).to.include('Nobody is signed in to your account').and.include('href="/forgot"');
      for (const each of agents) expect(await isSignedIn(each)).to.equal(false);
      expect(await devices.list(person.id)).to.deep.equal([]);
      expect(await trustedDevices.list(person.id)).to.deep.equal([]);
      expect((await server.app.accounts.store.findById(person.id))?.passwordCompromised).to.equal(true);
      expect((await signInAtAccount(new UserAgent())).status).to.equal(401);

      await agent.submit(await agent.get(`${server.issuer}/forgot`), { identifier: person.email });
      const reset = server.mailbox.linkIn(await server.mailbox.next(person.email));
      await agent.submit(await agent.get(reset), { password: NEW_PASSWORD });
      const back = new UserAgent();
      await back.follow(await signInAtAccount(back, NEW_PASSWORD));
      expect(await isSignedIn(back)).to.equal(true);
    });

    it('is told to the trail, once, and works once', async () => {
      const { link } = await noticed();
      expect((await say(link)).status).to.equal(303);
      expect((await new UserAgent().get(link)).status).to.equal(410);
      const [event, ...more] = await events('account.secured');
      expect(more).to.deep.equal([]);
      expect(event).to.include({ actor: person.id, outcome: 'success' });
      expect(event?.ip).to.be.a('string');
      const told = (await events('password.change_required'))[0]?.details;
      expect(told).to.have.property('reason', 'compromised');
      expect(told).to.have.property('before').that.includes({ mustChange: false, compromised: false });
      expect(told).to.have.property('after').that.includes({ mustChange: false, compromised: true });
    });

    it('posted 50 times in parallel acts once', async () => {
      const { link } = await noticed();
      const agent = new UserAgent();
      const page = await agent.get(link);
      const answers = await Promise.all(Array.from({ length: 50 }, () => agent.submit(page, {})));
      expect(answers.filter(({ status }) => status === 303)).to.have.length(1);
      expect(answers.filter(({ status }) => status === 410)).to.have.length(49);
      expect(await events('account.secured')).to.have.length(1);
    });

    it('stops a sign-in whose password was verified just before', async () => {
      const { link } = await noticed();
      const {
        database,
        accounts: { store: accounts },
      } = server.app;
      const before = await accounts.findById(person.id);
      if (before === undefined) throw new Error('no account');
      await commitWrites(fixtures(database), [accounts.unchanged(before)]);
      await say(link);
      const late = await commitWrites(fixtures(database), [accounts.unchanged(before)]).catch(
        (error: Error) => error,
      );
      expect(late).to.be.instanceOf(UnitConflict);
    });

    it('replayed from before does nothing', async () => {
      const { link } = await noticed();
      const agent = new UserAgent();
      const page = await agent.get(link);
      await agent.submit(page, {});
      expect((await agent.submit(page, {})).status).to.equal(410);
      expect(await events('account.secured')).to.have.length(1);
    });

    it('is too late after a week, and needs an account that is active and the token of its form', async () => {
      const { link } = await noticed();
      const agent = new UserAgent();
      const page = await agent.get(link);
      expect((await agent.submit(page, { csrf: 'another' })).status).to.equal(403);
      clock.offset = WEEK_MS - 60_000;
      expect((await agent.get(link)).status).to.equal(200);
      clock.offset = WEEK_MS;
      expect((await agent.get(link)).status).to.equal(410);
      expect((await agent.submit(page, {})).status).to.equal(410);
      clock.offset = 0;
      await server.app.accounts.store.setStatus(fixtures(server.app.database), person.id, 'disabled');
      expect((await agent.get(link)).status).to.equal(410);
      expect((await agent.submit(page, {})).status).to.equal(410);
      expect(await events('account.secured')).to.deep.equal([]);
    });

    it('opens nothing without a token, with another link’s, or with what cannot be one', async () => {
      const agent = new UserAgent();
      await agent.submit(await agent.get(`${server.issuer}/forgot`), { identifier: person.email });
      const reset = server.mailbox.linkIn(await server.mailbox.next(person.email));
      const other = reset.replace('/reset?', '/secure?');
      for (const path of [
        '/secure',
        '/secure?token=',
        `/secure?token=${'x'.repeat(300)}`,
        '/secure?token=a&token=b',
      ]) {
        expect((await agent.get(`${server.issuer}${path}`)).status, path).to.equal(410);
      }
      expect((await agent.get(other)).status).to.equal(410);
    });

    it('is never linked to the Host of a request', async () => {
      await signIn();
      const agent = new UserAgent();
      const page = await agent.open(client.authorizeUrl({ prompt: 'login' }));
      await guess(agent, page, person, undefined, {
        'x-forwarded-host': 'evil.example',
        forwarded: 'host=evil.example',
      });
      const told = await server.mailbox.next(person.email);
      expect(server.mailbox.linkIn(told).startsWith(`${server.issuer}/secure?`)).to.equal(true);
      expect(told.text).to.not.include('evil.example');
    });

    it('is nowhere in the database', async () => {
      const { link } = await noticed();
      const token = new URL(link).searchParams.get('token') as string;
      const rows = await server.app.database.query<{ row: string }>(
        `select row_to_json(l)::text as row from one_time_links l
          union all select row_to_json(m)::text from mail_outbox m`,
      );
      expect(rows.map(({ row }) => row).join('\n')).to.not.include(token);
    });
  });
});
