import pg from 'pg';
import { AS_FIXTURE, asFixture } from './evidence/fixture.ts';
import { eventually } from './processes.ts';
import { type HandClient, handClient, type Person, tokensFor } from './protocol.ts';
import { WEB_CLIENT } from './relying-party.ts';
import { startTestServer, type TestServer } from './server.ts';
import { revokedOnList } from './status-list.ts';

export const RECORDS = 'https://records.example.org';
export const BILLING = 'https://billing.example.org';
const OWN = { grant_types: ['client_credentials'], redirect_uris: [], response_types: [] };

export const RESOURCES = {
  [RECORDS]: { identifier: RECORDS, name: 'Records', scopes: ['records:read', 'records:write', 'read'] },
  [BILLING]: { identifier: BILLING, name: 'Billing', scopes: ['billing', 'read'] },
};

export const EVERYTHING = {
  scope: 'openid email offline_access records:read records:write read billing',
  prompt: 'consent',
};

/** Two nodes, two resources and their clients, of which a test withdraws something: to be called in a `describe`. */
export function useRegistrations() {
  let server: TestServer;
  let node: TestServer;
  let owner: pg.Client;
  let api: HandClient;
  let person: Person;
  /** An application of somebody else, and a service; and others that nothing here is about. */
  let webApp: HandClient;
  let service: HandClient;
  let otherApp: HandClient;

  const registerApp = (more = {}) =>
    server
      .addClient({ ...WEB_CLIENT, first_party: false, offline_access: true, ...more })
      .then((registration) => handClient(server.issuer, registration));
  const registerService = (more = {}) =>
    server.addClient({ ...OWN, ...more }).then((registration) => handClient(server.issuer, registration));

  before(async () => {
    server = await startTestServer();
    node = await server.secondNode();
    owner = new pg.Client({ connectionString: server.database.ownerUrl, options: AS_FIXTURE });
    await owner.connect();
    api = await registerService({ introspect_any_token: true });
    otherApp = await registerApp();
  });
  after(async () => {
    await owner.end();
    await node.stop();
    await server.stop();
  });

  beforeEach(async () => {
    await owner.query('delete from resources');
    // With clients that say by `read` alone which resource they mean, only one may have it.
    await owner.query(`delete from clients where metadata ? 'resource_scopes'`);
    await Promise.all(Object.values(RESOURCES).map((resource) => server.addResource(resource)));
    await known(async ({ app }) => {
      const list = await app.clients.resources.list();
      return list.length === 2 && list.every(({ scopes }) => scopes.some(({ name }) => name === 'read'));
    });
    person = await server.addAccount();
    webApp = await registerApp();
    service = await registerService();
  });

  /** Waits until both nodes have heard of a change. */
  const known = (holds: (of: TestServer) => Promise<boolean>) =>
    eventually('both nodes know', async () => (await Promise.all([server, node].map(holds))).every(Boolean));

  const introspected = async (token: string) => {
    const answers = await Promise.all(
      [server, node].map(({ app }) => {
        const there = handClient(`http://localhost:${app.config.server.port}`, {
          client_id: api.id,
          client_secret: String(api.secret),
        });
        return there.post('/token/introspect', { token });
      }),
    );
    return answers.map(({ body }) => body.active as boolean);
  };
  const ENDED = { active: [false, false], revoked: true };
  const GOOD = { active: [true, true], revoked: false };
  const state = async (token: string) => ({
    active: await introspected(token),
    revoked: (await revokedOnList(server, token))[0],
  });

  async function tokensOf(client: HandClient, scope: string, resource: string) {
    return tokensFor(client, person, { ...EVERYTHING, scope: `openid offline_access ${scope}`, resource });
  }
  const forService = async (scope: string | undefined, resource: string, who = service): Promise<string> =>
    (await who.post('/token', { grant_type: 'client_credentials', scope, resource })).body.access_token;

  const deleteResource = (identifier = RECORDS) =>
    asFixture(server.app.database, (tx) => server.app.clients.resources.delete(tx, identifier));
  const scopesOf = (names: readonly string[]) => JSON.stringify(names.map((name) => ({ name })));
  const setScopes = (...names: string[]) =>
    owner.query('update resources set scopes = $1 where identifier = $2', [scopesOf(names), RECORDS]);
  const allow = (client: HandClient, ...names: string[]) =>
    owner.query(
      `update clients set metadata = metadata || jsonb_build_object('resource_scopes', $1::jsonb) where id = $2`,
      [JSON.stringify(names), client.id],
    );

  return {
    get server() {
      return server;
    },
    get owner() {
      return owner;
    },
    get api() {
      return api;
    },
    get person() {
      return person;
    },
    get webApp() {
      return webApp;
    },
    set webApp(value) {
      webApp = value;
    },
    get service() {
      return service;
    },
    set service(value) {
      service = value;
    },
    get otherApp() {
      return otherApp;
    },
    registerApp,
    registerService,
    known,
    introspected,
    ENDED,
    GOOD,
    state,
    tokensOf,
    forService,
    deleteResource,
    scopesOf,
    setScopes,
    allow,
  };
}
