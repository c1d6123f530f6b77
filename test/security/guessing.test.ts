import { expect } from 'chai';
import { fixture, fixtures } from '../support/evidence/fixture.ts';
import { type CountingHasher, countingHasher, guess, newEvents } from '../support/guessing.ts';
import { WEB_CLIENT } from '../support/relying-party.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { type Page, UserAgent } from '../support/user-agent.ts';
import { authorizePath, type Client } from './support.ts';

/** Lines of the checklist about guessing passwords. More of the same, at more length: test/flows/lockout*.test.ts. */
describe('guessing', function guessing() {
  this.timeout(60_000);
  let hasher: CountingHasher;
  let server: TestServer;
  let client: Client;

  before(async () => {
    hasher = await countingHasher();
    server = await startTestServer({
      settings: {
        MAX_FAILED_LOGIN_ATTEMPTS: '5',
        MAX_CONSECUTIVE_FAILURES: '100',
        TRUSTED_PROXIES: '127.0.0.1,::1',
      },
      replace: { hasher },
    });
    client = await server.addClient(WEB_CLIENT);
  });
  after(() => server.stop());
  beforeEach(() => {
    hasher.verified();
  });

  let hosts = 0;
  /** A browser at an address that nobody has come from. */
  function newBrowser(): UserAgent {
    hosts += 1;
    return new UserAgent({ 'x-forwarded-for': `198.51.100.${hosts}` });
  }
  async function tryOnce(email: string, password: string, agent = newBrowser()): Promise<Page> {
    return guess(agent, await agent.open(server.issuer + authorizePath(client, { prompt: 'login' })), {
      email,
      password,
    });
  }

  it('line 11: after 100 failures in a row the right password is refused too, until it is reset', async () => {
    const person = await server.addAccount();
    // 99 of them, on whatever counters: a hundred over HTTP take twenty locks, and the day that those last.
    await fixture(
      server.app.database,
      'insert into password_failures (account_id, consecutive, updated_at) values ($1, 99, now())',
      [person.id],
    );
    await tryOnce(person.email, 'not the password');
    expect((await tryOnce(person.email, person.password)).status).to.equal(401);
    const account = { id: person.id, identifier: person.email };
    await server.app.protection.lockout.unlock(fixtures(server.app.database), account);
    expect((await tryOnce(person.email, person.password)).status, 'an unlock is no reset').to.equal(401);
    await server.app.protection.lockout.clear(fixtures(server.app.database), account);
    expect((await tryOnce(person.email, person.password)).status).to.equal(303);
  });

  it('line 12: five guesses are verified, in parallel, from new addresses and on another node', async () => {
    const person = await server.addAccount();
    const other = await server.secondNode();
    try {
      const browsers = Array.from({ length: 8 }, newBrowser);
      const pages = await Promise.all(
        browsers.map((agent) => agent.open(server.issuer + authorizePath(client))),
      );
      const given = { email: person.email, password: 'not the password' };
      await Promise.all(
        Array.from({ length: 64 }, (_, index) =>
          guess(
            browsers[index % 8] as UserAgent,
            pages[index % 8] as Page,
            given,
            index % 3 === 0 ? other : server,
          ),
        ),
      );
    } finally {
      await other.stop();
    }
    expect(hasher.verified()).to.equal(5);
    expect((await tryOnce(person.email, person.password)).status).to.equal(401);
  });

  it('line 13: a success resets the counter', async () => {
    const person = await server.addAccount();
    for (let round = 0; round < 3; round += 1) {
      for (let failures = 0; failures < 4; failures += 1) await tryOnce(person.email, 'not the password');
      expect((await tryOnce(person.email, person.password)).status).to.equal(303);
    }
  });

  it('line 14: failures from elsewhere do not lock out the browser that has signed the person in', async () => {
    const person = await server.addAccount();
    const mine = newBrowser();
    await tryOnce(person.email, person.password, mine);
    for (let failures = 0; failures < 6; failures += 1) await tryOnce(person.email, 'not the password');
    expect((await tryOnce(person.email, person.password)).status).to.equal(401);
    expect((await tryOnce(person.email, person.password, mine)).status).to.equal(303);
  });

  it('line 72: locks and their reasons are written down, with where they came from', async () => {
    const person = await server.addAccount();
    const { events } = await newEvents(server, async () => {
      for (let failures = 0; failures < 6; failures += 1) await tryOnce(person.email, 'not the password');
    });
    expect(events.map(({ type }) => type)).to.deep.equal([
      ...Array<string>(5).fill('sign_in.failed'),
      'lockout.started',
      'sign_in.failed',
    ]);
    for (const event of events) {
      expect(event).to.include({ account: person.id, outcome: 'failure' });
      expect(event.ip).to.match(/^198\.51\.100\.\d+$/);
    }
  });
});
