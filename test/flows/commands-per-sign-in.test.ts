import { expect } from 'chai';
import { type CommandCounter, countCommands } from '../support/command-counter.ts';
import { createTestDatabase, type TestDatabase } from '../support/postgres.ts';
import { createRelyingParty, signInThrough, WEB_CLIENT } from '../support/relying-party.ts';
import { startTestServer, type TestServer } from '../support/server.ts';

/** Round trips to the database that a person waits for: page, password, code and tokens together. */
const AT_MOST = 18;

describe('storage commands of a sign-in', () => {
  let database: TestDatabase;
  let counter: CommandCounter;
  let server: TestServer;

  before(async () => {
    database = await createTestDatabase();
    counter = await countCommands(database.serverUrl);
    server = await startTestServer({ settings: { DATABASE_URL: counter.url } });
  });
  after(async () => {
    await server.stop();
    await counter.close();
    await database.drop();
  });

  async function commandsOf(work: () => Promise<unknown>): Promise<number> {
    const before = counter.commands();
    await work();
    return counter.commands() - before;
  }

  it(`are ${AT_MOST} at most, from the application to its tokens`, async () => {
    const person = await server.addAccount();
    const party = await createRelyingParty(server.issuer, await server.addClient(WEB_CLIENT));
    const flow = () => signInThrough(party, person);
    // The first fills the caches of clients and resources.
    await flow();
    const counts: number[] = [];
    for (let times = 0; times < 3; times += 1) counts.push(await commandsOf(flow));
    // The least: what the server does by itself at times belongs to nobody's sign-in.
    expect(Math.min(...counts), String(counts)).to.be.within(4, AT_MOST);
  });

  it('are none for discovery and keys', async () => {
    const documents = ['/.well-known/openid-configuration', '/jwks'];
    const fetchAll = () => Promise.all(documents.map((path) => fetch(`${server.issuer}${path}`)));
    await fetchAll();
    expect(await commandsOf(fetchAll)).to.equal(0);
  });

  it('are one for parallel lookups of the same moment', async () => {
    const people = await Promise.all(Array.from({ length: 8 }, () => server.addAccount()));
    const look = () => Promise.all(people.map(({ id }) => server.house.accounts.findById(id)));
    const found = await look();
    expect(found.map((account) => account?.email)).to.deep.equal(people.map(({ email }) => email));
    expect(await commandsOf(look)).to.be.at.most(2);
  });
});
