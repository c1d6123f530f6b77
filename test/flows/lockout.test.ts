import { expect } from 'chai';
import { asFixture, fixture, fixtures } from '../support/evidence/fixture.ts';
import {
  type CountingHasher,
  countingHasher,
  guess,
  newEvents,
  withoutVariables,
} from '../support/guessing.ts';
import { type AuditRow, auditTrail, type HandClient, handClient, type Person } from '../support/protocol.ts';
import { WEB_CLIENT } from '../support/relying-party.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { type Page, UserAgent } from '../support/user-agent.ts';

const MINUTE = 60_000;

describe('lockout', function lockout() {
  this.timeout(120_000);
  /** A clock that tests move. */
  const clock = { offset: 0, now: () => new Date(Date.now() + clock.offset) };
  let hasher: CountingHasher;
  let server: TestServer;
  let client: HandClient;
  let person: Person;

  before(async () => {
    hasher = await countingHasher();
    server = await startTestServer({
      settings: { MAX_FAILED_LOGIN_ATTEMPTS: '5' },
      replace: { clock, hasher },
    });
    client = handClient(server.issuer, await server.addClient(WEB_CLIENT));
  });
  after(() => server.stop());
  beforeEach(async () => {
    clock.offset = 0;
    person = await server.addAccount();
    hasher.full = false;
    hasher.verified();
  });

  const open = (agent: UserAgent) => agent.open(client.authorizeUrl({ prompt: 'login' }));
  const wrong = (email = person.email) => ({ email, password: 'not the password' });

  async function tryOnce(given: { email: string; password: string }, agent = new UserAgent()): Promise<Page> {
    return guess(agent, await open(agent), given);
  }

  async function lock(email = person.email, agent = new UserAgent()): Promise<Page> {
    let page = await tryOnce(wrong(email), agent);
    for (let more = 0; more < 4; more += 1) page = await tryOnce(wrong(email), agent);
    return page;
  }

  const LOCKED = /is locked\. Try again in 30 minutes\./;
  const ofType = (events: readonly AuditRow[], type: string) => events.filter((event) => event.type === type);

  it('begins with the fifth failure, says for how long, and refuses the right password', async () => {
    for (let failures = 0; failures < 4; failures += 1) {
      const page = await tryOnce(wrong());
      expect(page.status).to.equal(401);
      expect(page.body).not.to.match(LOCKED);
    }
    const fifth = await tryOnce(wrong());
    expect(fifth.status).to.equal(401);
    expect(fifth.body).to.match(LOCKED);
    expect(Number(fifth.headers.get('retry-after'))).to.be.within(1790, 1800);
    expect(hasher.verified()).to.equal(5);

    const right = await tryOnce(person);
    expect(right.status).to.equal(401);
    expect(right.body).to.match(LOCKED);
    expect(hasher.verified(), 'nothing is verified while locked').to.equal(0);
  });

  it('looks the same for who is unknown, disabled or there', async () => {
    const disabled = await server.addAccount();
    await server.app.accounts.store.setStatus(fixtures(server.app.database), disabled.id, 'disabled');
    const texts = new Set<string>();
    for (const email of [person.email, 'nobody-at-all@example.org', disabled.email]) {
      const last = await lock(email);
      const after = await tryOnce({ email, password: person.password });
      for (const page of [last, after]) {
        expect([page.status, page.headers.get('retry-after')?.length]).to.deep.equal([401, 4]);
        texts.add(withoutVariables(page).replaceAll(email, 'ADDRESS'));
      }
    }
    expect(texts.size).to.equal(1);
  });

  it('is spoken of in Spanish, too', async () => {
    const agent = new UserAgent({ 'accept-language': 'es' });
    expect((await lock(person.email, agent)).body).to.contain(
      'bloqueado. Inténtelo de nuevo dentro de 30 minutos.',
    );
  });

  it('counts an address however it is typed', async () => {
    for (const email of [
      ` ${person.email}`,
      person.email.toUpperCase(),
      person.email,
      person.email.replace('@', '＠'),
    ]) {
      await tryOnce(wrong(email));
    }
    expect((await tryOnce(wrong())).body).to.match(LOCKED);
  });

  it('ends by itself, and the trail is told of beginning and end once', async () => {
    const { events: all } = await newEvents(server, async () => {
      await lock();
      clock.offset = 30 * MINUTE + 1_000;
      const answers = await Promise.all(Array.from({ length: 4 }, () => tryOnce(person)));
      expect(answers.map(({ status }) => status)).to.deep.equal([303, 303, 303, 303]);
      await server.app.protection.lockout.sweep();
    });
    // Those of other tests are over by then, too.
    const events = all.filter(({ account }) => account === person.id);
    const [started] = ofType(events, 'lockout.started');
    expect(ofType(events, 'lockout.started')).to.have.length(1);
    expect(started).to.include({ account: person.id, actor_kind: 'system', outcome: 'failure' });
    expect(started?.details).to.include({ failures: 5, device: false });
    const [failed] = ofType(events, 'sign_in.failed');
    expect(started?.details.identifierDigest).to.equal(failed?.details.identifierDigest);
    expect(ofType(events, 'lockout.ended')).to.have.length(1);
    expect(ofType(events, 'lockout.ended')[0]).to.include({ account: person.id });
  });

  it('is forgotten after a success', async () => {
    for (let round = 0; round < 3; round += 1) {
      for (let failures = 0; failures < 4; failures += 1) await tryOnce(wrong());
      expect((await tryOnce(person)).status).to.equal(303);
    }
  });

  it('tells the trail why each try was refused', async () => {
    const { events } = await newEvents(server, async () => {
      await lock();
      await tryOnce(person);
    });
    const reasons = ofType(events, 'sign_in.failed').map(({ details }) => details.reason);
    expect(reasons).to.deep.equal([...Array<string>(5).fill('password_wrong'), 'locked']);
  });

  it('is ended by an operator', async () => {
    await lock();
    const { database } = server.app;
    const account = { id: person.id, identifier: person.email };
    await asFixture(database, (tx) => server.app.protection.lockout.unlock(tx, account));
    expect((await tryOnce(person)).status).to.equal(303);
  });

  it('does not count a try that the server was too busy to verify', async () => {
    hasher.full = true;
    for (let tries = 0; tries < 8; tries += 1) {
      const page = await tryOnce(person);
      expect(page.status).to.equal(503);
      expect(page.headers.get('retry-after')).to.equal('7');
    }
    hasher.full = false;
    expect((await tryOnce(person)).status).to.equal(303);
  });

  describe('under attack', () => {
    const nodes: TestServer[] = [];
    const start = async () => {
      nodes.push(await server.secondNode(), await server.secondNode());
    };
    const stop = async () => {
      for (const node of nodes.splice(0)) await node.stop();
    };
    beforeEach(start);
    afterEach(stop);

    /** Guesses in parallel, turn by turn at each node, out of as many browsers as there are pages. */
    async function storm(count: number, given: { email: string; password: string }): Promise<Page[]> {
      const agents = Array.from({ length: 10 }, () => new UserAgent());
      const pages = await Promise.all(agents.map(open));
      return Promise.all(
        Array.from({ length: count }, (_, index) => {
          const browser = index % agents.length;
          return guess(
            agents[browser] as UserAgent,
            pages[browser] as Page,
            given,
            nodes[index % nodes.length],
          );
        }),
      );
    }

    it('200 parallel wrong guesses over two nodes cause five verifications, and the right password is refused after', async () => {
      const { events, result: answers } = await newEvents(server, () => storm(200, wrong()));
      expect(answers.every(({ status }) => status === 401)).to.equal(true);
      expect(hasher.verified()).to.equal(5);
      expect(ofType(events, 'lockout.started')).to.have.length(1);

      const right = await storm(4, person);
      expect(right.map(({ status }) => status)).to.deep.equal([401, 401, 401, 401]);
      expect(right.every(({ body }) => LOCKED.test(body))).to.equal(true);
      expect(hasher.verified()).to.equal(0);
    });

    it('a restart of the nodes in between gives no guess more', async () => {
      await storm(2, wrong());
      await stop();
      await start();
      await storm(100, wrong());
      await stop();
      await start();
      await storm(50, wrong());
      expect(hasher.verified()).to.equal(5);
      expect((await storm(1, person))[0]?.status).to.equal(401);
    });

    it('the same holds for an address that nobody has', async () => {
      await storm(100, wrong('nobody-else@example.org'));
      expect(hasher.verified()).to.equal(5);
    });

    it('the right password among wrong ones counts or does not, and never leaves a lock that was not told of', async () => {
      for (let round = 0; round < 5; round += 1) {
        const someone = await server.addAccount();
        const { events } = await newEvents(server, async () => {
          await Promise.all([
            storm(6, wrong(someone.email)),
            storm(1, someone),
            storm(6, wrong(someone.email)),
          ]);
        });
        expect(hasher.verified()).to.be.at.most(11);
        const started = ofType(events, 'lockout.started').length;
        const succeeded = ofType(events, 'sign_in.succeeded').length;
        const after = await tryOnce(someone);
        hasher.verified();
        if (after.status === 401) expect(started, 'locked, and told so').to.be.at.least(1);
        else expect(started === 0 || succeeded === 1).to.equal(true);
      }
    });
  });

  describe('of the password itself', () => {
    it('comes after 100 failures in a row, over all locks, and lasts until the password is reset', async () => {
      const {
        database,
        protection: { lockout: room },
      } = server.app;
      await fixture(
        database,
        `insert into password_failures (account_id, consecutive, updated_at) values ($1, 99, now())`,
        [person.id],
      );
      const { events } = await newEvents(server, () => tryOnce(wrong()));
      expect(
        ofType(events, 'password.disabled').map(({ account, details }) => [account, details]),
      ).to.deep.equal([[person.id, { failures: 100 }]]);
      const refused = await tryOnce(person);
      const unknown = await tryOnce(wrong('nobody-here@example.org'));
      expect(refused.status).to.equal(401);
      expect(withoutVariables(refused)).to.equal(withoutVariables(unknown));
      expect(hasher.verified(), 'a disabled password costs a hash, too').to.equal(3);
      expect(await room.passwordDisabled(person.id)).to.equal(true);
      const reasons = (await auditTrail(server)).flatMap(({ account, details }) =>
        account === person.id && details.reason !== undefined ? [details.reason] : [],
      );
      expect(reasons).to.deep.equal(['password_wrong', 'password_disabled']);

      await asFixture(database, (tx) => room.clear(tx, { id: person.id, identifier: person.email }));
      expect((await tryOnce(person)).status).to.equal(303);
    });
  });
});
