import { expect } from 'chai';
import { createFailedAttemptNotices } from '../../src/jobs/failed-attempt-notices.ts';
import { fixtures } from '../support/evidence/fixture.ts';
import { guess, withoutVariables } from '../support/guessing.ts';
import { type HandClient, handClient, type Person } from '../support/protocol.ts';
import { WEB_CLIENT } from '../support/relying-party.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { UserAgent } from '../support/user-agent.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

const SUBJECT = 'Failed attempts to sign in to your account';

describe('notices of failed sign-ins', function failures() {
  this.timeout(60_000);
  const clock = { offset: 0, now: () => new Date(Date.now() + clock.offset) };
  let server: TestServer;
  let client: HandClient;
  let person: Person & { id: string };

  before(async () => {
    server = await startTestServer({ replace: { clock } });
    client = handClient(server.issuer, await server.addClient(WEB_CLIENT));
  });
  after(() => server.stop());
  beforeEach(async () => {
    person = await server.addAccount({ name: 'Robin Reyes' });
  });

  const page = (agent: UserAgent) => agent.open(client.authorizeUrl({ prompt: 'login' }));
  const signIn = async (agent = new UserAgent(), given: { email: string; password: string } = person) =>
    guess(agent, await page(agent), given);
  async function fail(times: number, email = person.email, agent = new UserAgent()) {
    for (let failure = 0; failure < times; failure += 1) await signIn(agent, { email, password: 'wrong' });
  }
  const look = async (node = server) => {
    const {
      database,
      signIn: { failedAttempts },
      lifecycle: { notices },
    } = node.app;
    await createFailedAttemptNotices({ database, failedAttempts, notices }).round();
  };
  const told = async (id = person.id) =>
    (await server.app.mail.outbox.list({ limit: 500 })).filter(
      ({ accountId, kind }) => accountId === id && kind === 'failed-attempts',
    ).length;
  const rows = async (id = person.id) =>
    server.app.database.query('select 1 from failed_attempts where account_id = $1', [id]);

  it('come when nobody tries any more: how many, since when, from where, and what to do', async () => {
    await fail(3);
    await look();
    expect(await told()).to.equal(0);
    clock.offset += 16 * MINUTE;
    await look();
    const message = await server.mailbox.next(person.email);
    expect(message.subject).to.equal(SUBJECT);
    expect(message.text).to.include('there were 3 failed attempts').and.include('Nobody got in');
    expect(message.text)
      .to.match(/127\.0\.0\.1|::1/)
      .and.include('This wasn’t you?');
    expect(server.mailbox.linkIn(message)).to.match(/\/secure\?token=[\w-]{43}$/);
  });

  it('come once, whichever nodes look', async () => {
    const other = await server.secondNode();
    try {
      await fail(3);
      clock.offset += 16 * MINUTE;
      await Promise.all([look(), look(other), look(), look(other)]);
      expect(await told()).to.equal(1);
    } finally {
      await other.stop();
    }
  });

  it('come at once when somebody signs in after them, and say so', async () => {
    await fail(3);
    await signIn();
    await look();
    const message = await server.mailbox.next(person.email);
    expect(message.text)
      .to.include('Then somebody, probably you, signed in')
      .and.not.include('Nobody got in');
  });

  it('come of no less than three, and not of who mistypes and then gets in', async () => {
    await fail(2);
    clock.offset += 16 * MINUTE;
    await look();
    expect(await told()).to.equal(0);

    const other = await server.addAccount();
    const agent = new UserAgent();
    const form = await page(agent);
    for (let typo = 0; typo < 4; typo += 1) await guess(agent, form, { ...other, password: 'typo' });
    await guess(agent, form, other);
    await look();
    clock.offset += 16 * MINUTE;
    await look();
    expect(await told(other.id)).to.equal(0);
  });

  it('cannot fill a mailbox: one a day, which counts all that came since', async () => {
    for (let hour = 0; hour < 12; hour += 1) {
      await fail(3);
      clock.offset += HOUR;
      await look();
    }
    expect(await told()).to.equal(1);
    clock.offset += 13 * HOUR;
    await look();
    await look();
    expect(await told()).to.equal(2);
    await server.mailbox.next(person.email);
    expect((await server.mailbox.next(person.email)).text).to.include('there were 33 failed attempts');
  });

  it('come within an hour or so although somebody never stops', async () => {
    for (let minutes = 0; minutes < 70; minutes += 10) {
      await fail(1);
      clock.offset += 10 * MINUTE;
      await look();
    }
    expect(await told()).to.equal(1);
  });

  it('count every failure of 20 in parallel', async () => {
    const agents = Array.from({ length: 20 }, () => new UserAgent());
    await Promise.all(agents.map((agent) => fail(1, person.email, agent)));
    clock.offset += 16 * MINUTE;
    await look();
    expect((await server.mailbox.next(person.email)).text).to.include('there were 20 failed attempts');
  });

  it('go to nobody for an address without an account or a disabled one, with the same answer', async () => {
    const off = await server.addAccount();
    await server.app.accounts.store.setStatus(fixtures(server.app.database), off.id, 'disabled');
    const unknown = 'nobody-at-all@example.org';
    const answers = [];
    for (const email of [person.email, off.email, unknown]) {
      await fail(2, email);
      const answer = await signIn(new UserAgent(), { email, password: 'wrong' });
      answers.push(withoutVariables(answer).replaceAll(email, 'ADDRESS'));
    }
    expect(new Set(answers).size).to.equal(1);
    clock.offset += 16 * MINUTE;
    await look();
    expect((await server.mailbox.next(person.email)).subject).to.equal(SUBJECT);
    expect(await rows(off.id)).to.deep.equal([]);
    const others = server.mailbox.messages.filter(({ to }) => [off.email, unknown].includes(to.address));
    expect(others).to.deep.equal([]);
  });

  it('are forgotten after a day in which nothing came of them', async () => {
    await fail(1);
    clock.offset += 23 * HOUR;
    await look();
    expect(await rows()).to.have.length(1);
    clock.offset += 2 * HOUR;
    await look();
    expect(await rows()).to.deep.equal([]);
  });
});

describe('failed sign-ins of which another mail tells, or none', function otherwise() {
  this.timeout(60_000);

  async function failuresTold(settings: Record<string, string>): Promise<string[]> {
    const clock = { offset: 0, now: () => new Date(Date.now() + clock.offset) };
    const server = await startTestServer({ settings, replace: { clock } });
    try {
      const client = handClient(server.issuer, await server.addClient(WEB_CLIENT));
      const person = await server.addAccount();
      for (let failure = 0; failure < 5; failure += 1) {
        const agent = new UserAgent();
        await guess(agent, await agent.open(client.authorizeUrl()), { ...person, password: 'wrong' });
      }
      clock.offset = 20 * MINUTE;
      const {
        database,
        signIn: { failedAttempts },
        lifecycle: { notices },
      } = server.app;
      await createFailedAttemptNotices({ database, failedAttempts, notices }).round();
      return (await server.app.mail.outbox.list({ limit: 50 })).map(({ kind }) => kind);
    } finally {
      await server.stop();
    }
  }

  it('are those of a lock', async () => {
    expect(await failuresTold({ MAX_FAILED_LOGIN_ATTEMPTS: '5' })).to.not.include('failed-attempts');
    expect(await failuresTold({ MAX_FAILED_LOGIN_ATTEMPTS: '6' })).to.include('failed-attempts');
  });

  it('are all of them where the operator says so, or fewer than they say', async () => {
    expect(await failuresTold({ FAILED_ATTEMPTS_NOTICE: '0' })).to.not.include('failed-attempts');
    expect(await failuresTold({ FAILED_ATTEMPTS_NOTICE: '6' })).to.not.include('failed-attempts');
  });
});
