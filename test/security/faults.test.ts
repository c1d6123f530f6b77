import { EventEmitter } from 'node:events';
import { expect } from 'chai';
import type { Database } from '../../src/storage/database.ts';
import { listenForChanges } from '../../src/storage/notifications.ts';
import { WEB_CLIENT } from '../support/relying-party.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { UserAgent } from '../support/user-agent.ts';
import {
  type Answer,
  asOwner,
  authorizePath,
  type Client,
  get,
  INNARDS,
  introspect,
  isAlive,
  post,
  token,
  tokensFor,
  userinfo,
} from './support.ts';

const TABLES = [
  'accounts',
  'oidc_artifacts',
  'clients',
  'consents',
  'sign_in_attempts',
  'one_time_links',
  'audit_events',
  'revoked_tokens',
  'status_lists',
];

const RESOURCE = 'https://api.example.org';

describe('faults', function faults() {
  this.timeout(60_000);
  let server: TestServer;
  let client: Client;
  let person: { id: string; email: string; password: string };
  /** An access token of the client for itself that is a JWT. */
  let jwt: string;

  before(async () => {
    server = await startTestServer();
    client = await server.addClient({
      ...WEB_CLIENT,
      grant_types: ['authorization_code', 'refresh_token', 'client_credentials'],
    });
    person = await server.addAccount();
    await server.addResource({ identifier: RESOURCE, name: 'API', scopes: ['read'] });
    const { body } = await token(server, client, { grant_type: 'client_credentials', resource: RESOURCE });
    jwt = String(body.access_token);
  });
  after(() => server.stop());

  /** Does something while a table is not there. */
  async function without<T>(table: string, work: () => Promise<T>): Promise<T> {
    await asOwner(server, (owner) => owner.query(`alter table ${table} rename to broken`));
    try {
      return await work();
    } finally {
      await asOwner(server, (owner) => owner.query(`alter table broken rename to ${table}`));
    }
  }

  const all = async (agent: UserAgent, tokens: Record<string, string>): Promise<Record<string, Answer>> => {
    const cookie = await agent.jar.getCookieString(server.issuer);
    const link = '/setup?token=abcdefghijklmnop';
    return {
      authorize: await get(server, authorizePath(client), { cookie }),
      'authorize, as a page': await get(server, authorizePath(client), { cookie, accept: 'text/html' }),
      account: await get(server, '/account', { cookie, accept: 'text/html' }),
      logout: await get(server, '/logout', { cookie, accept: 'text/html' }),
      token: await token(server, client, { grant_type: 'client_credentials' }),
      refresh: await token(server, client, {
        grant_type: 'refresh_token',
        refresh_token: String(tokens.refresh_token),
      }),
      userinfo: await userinfo(server, String(tokens.access_token)),
      introspect: await introspect(server, client, String(tokens.access_token)),
      'introspect a JWT': await introspect(server, client, jwt),
      'revoke a JWT': await post(server, '/token/revoke', { token: jwt }, client),
      'status list': await get(server, '/status-lists/0'),
      'status lists': await get(server, '/status-lists'),
      par: await post(
        server,
        '/par',
        Object.fromEntries(new URLSearchParams(authorizePath(client).split('?')[1])),
        client,
      ),
      setup: await get(server, link, { accept: 'text/html' }),
      'setup, as JSON': await get(server, link, { accept: 'application/json' }),
      health: await get(server, '/health/ready'),
    };
  };

  it('line 76: a fault says nothing of what is inside, and has a reference', async () => {
    let faulty = 0;
    for (const table of TABLES) {
      const agent = new UserAgent();
      const tokens = await tokensFor(server, client, person, {}, agent);
      const answers = await without(table, () => all(agent, tokens));
      for (const [what, { status, text, headers, body }] of Object.entries(answers)) {
        expect(text, `${table}: ${what}`).not.to.match(INNARDS);
        expect(text, `${table}: ${what}`).not.to.match(
          /postgres|oidc_artifacts|undefined_table|does not exist|42P01/,
        );
        expect(headers.get('content-security-policy'), `${table}: ${what}`).to.be.a('string');
        if (status < 500) continue;
        faulty += 1;
        expect(headers.getSetCookie(), `${table}: ${what}`).to.deep.equal([]);
        if (headers.get('content-type')?.includes('json') === true)
          expect(body.error ?? body.status, `${table}: ${what}`).to.be.oneOf([
            'internal',
            'server_error',
            'unavailable',
          ]);
      }
    }
    expect(faulty).to.be.greaterThan(15);
    expect(await isAlive(server)).to.equal(true);
  });

  describe('line 77: without PostgreSQL nothing is granted, and it comes back by itself', () => {
    it('while the database refuses, and afterwards', async () => {
      const agent = new UserAgent();
      const tokens = await tokensFor(server, client, person, {}, agent);
      const page = await new UserAgent().open(server.issuer + authorizePath(client));
      const waiting = new UserAgent();
      const form = await waiting.open(server.issuer + authorizePath(client));
      const name = new URL(server.database.ownerUrl).pathname.slice(1);
      const elsewhere = new URL(server.database.ownerUrl);
      elsewhere.pathname = '/postgres';
      const admin = { ...server, database: { ...server.database, ownerUrl: elsewhere.href } };
      const cut = `select pg_terminate_backend(pid) from pg_stat_activity where datname = '${name}' and pid <> pg_backend_pid()`;
      await asOwner(admin, async (owner) => {
        await owner.query(`alter database ${name} allow_connections false`);
        await owner.query(cut);
      });
      try {
        const answers = await all(agent, tokens);
        for (const [what, { status, body, text }] of Object.entries(answers)) {
          expect(status, what).to.be.within(500, 503);
          expect(body, what).not.to.have.any.keys('access_token', 'request_uri', 'active', 'sub');
          expect(text, what).not.to.match(INNARDS);
        }
        const signIn = await waiting.submit(form, { identifier: person.email, password: person.password });
        expect(signIn.status).to.be.within(500, 503);
        expect(page.status).to.equal(200);
        expect(await isAlive(server)).to.equal(true);
      } finally {
        await asOwner(admin, (owner) => owner.query(`alter database ${name} allow_connections true`));
      }
      const recovered = async () => (await get(server, '/health/ready')).status === 200;
      for (let tries = 0; tries < 100 && !(await recovered()); tries += 1)
        await new Promise((r) => setTimeout(r, 50));
      expect(await recovered()).to.equal(true);
      expect((await userinfo(server, String(tokens.access_token))).status).to.equal(200);
      const answer = await waiting.submit(form, { identifier: person.email, password: person.password });
      expect(answer.status).to.equal(303);
    });
  });

  it('a server that is stopped while it reconnects gives its connections back', async () => {
    const clients: (EventEmitter & { released: boolean })[] = [];
    let admit: () => void = () => undefined;
    // The first listens, the second says what that has to hear; the third is the one that reconnects, and has to wait.
    const reserve = () =>
      new Promise((resolve) => {
        const client = Object.assign(new EventEmitter(), {
          released: false,
          query: async ({ values = [] }: { values?: string[] }) => {
            for (const other of clients) other.emit('notification', { payload: values[1] });
            return { rows: [] };
          },
          release: () => {
            client.released = true;
          },
        });
        admit = () => resolve(client);
        if (clients.push(client) < 3) admit();
      });
    const feed = await listenForChanges({
      reserve,
      refuse: () => undefined,
      hold: () => undefined,
      setting: 'DATABASE_URL',
    } as unknown as Database);
    expect(feed.connected).to.equal(true);
    clients[0]?.emit('end');
    clients[0]?.emit('error', new Error('late'));
    for (let tries = 0; tries < 100 && clients.length < 3; tries += 1)
      await new Promise((r) => setTimeout(r, 50));
    const closing = feed.close();
    admit();
    await closing;
    for (let tries = 0; tries < 100 && clients.some(({ released }) => !released); tries += 1)
      await new Promise((r) => setTimeout(r, 20));
    expect(clients.filter(({ released }) => !released)).to.deep.equal([]);
  });

  it('an answer leaves only when its audit event is written', async () => {
    const agent = new UserAgent();
    const page = await agent.open(server.issuer + authorizePath(client));
    const tokens = await tokensFor(server, client, person);
    await asOwner(server, (owner) => owner.query('revoke insert on audit_events from gatehouse_server'));
    try {
      for (const { status, body } of [
        await token(server, client, { grant_type: 'client_credentials' }),
        await token(server, client, {
          grant_type: 'refresh_token',
          refresh_token: String(tokens.refresh_token),
        }),
      ]) {
        expect(status).to.be.at.least(500);
        expect(body).not.to.have.property('access_token');
      }
      const signIn = await agent.submit(page, { identifier: person.email, password: person.password });
      expect(signIn.status).to.be.at.least(500);
    } finally {
      await asOwner(server, (owner) => owner.query('grant insert on audit_events to gatehouse_server'));
    }
    const refresh = { grant_type: 'refresh_token', refresh_token: String(tokens.refresh_token) };
    expect((await token(server, client, refresh)).status, 'nothing was spent').to.equal(200);
    expect(
      (await agent.submit(page, { identifier: person.email, password: person.password })).status,
    ).to.equal(303);
  });
});
