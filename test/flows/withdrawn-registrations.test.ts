import { expect } from 'chai';
import { decodeJwt } from 'jose';
import pg from 'pg';
import { untilWaiting } from '../support/lock-waits.ts';
import { eventually } from '../support/processes.ts';
import { authorize, type HandClient, handClient, type Person, tokensFor } from '../support/protocol.ts';
import { WEB_CLIENT } from '../support/relying-party.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { revokedOnList } from '../support/status-list.ts';
import { UserAgent } from '../support/user-agent.ts';

const RECORDS = 'https://records.example.org';
const BILLING = 'https://billing.example.org';
const OWN = { grant_types: ['client_credentials'], redirect_uris: [], response_types: [] };
const RESOURCES = {
  [RECORDS]: { identifier: RECORDS, name: 'Records', scopes: ['records:read', 'records:write', 'read'] },
  [BILLING]: { identifier: BILLING, name: 'Billing', scopes: ['billing', 'read'] },
};
const EVERYTHING = {
  scope: 'openid email offline_access records:read records:write read billing',
  prompt: 'consent',
};

/** What was issued for a resource ends with it, and with the scopes that it or a client loses, on all nodes. */
describe('what is withdrawn of resources and clients', function withdrawn() {
  this.timeout(120_000);
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
    owner = new pg.Client({ connectionString: server.database.ownerUrl });
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
    server.app.database.transaction((tx) => server.app.clients.resources.delete(tx, identifier));
  const scopesOf = (names: readonly string[]) => JSON.stringify(names.map((name) => ({ name })));
  const setScopes = (...names: string[]) =>
    owner.query('update resources set scopes = $1 where identifier = $2', [scopesOf(names), RECORDS]);
  const allow = (client: HandClient, ...names: string[]) =>
    owner.query(
      `update clients set metadata = metadata || jsonb_build_object('resource_scopes', $1::jsonb) where id = $2`,
      [JSON.stringify(names), client.id],
    );

  /** Every way to lose `records:read` at the one resource; what is left to `records:write` there, and to the other resource. */
  const WAYS: Record<
    string,
    {
      change: () => Promise<unknown>;
      write?: boolean;
      elsewhere?: boolean;
      /** It is as it was: a service may have the same token again, and so the one that it has. */
      undone?: boolean;
    }
  > = {
    'the resource is removed': { change: () => deleteResource() },
    'the resource is removed and registered anew': {
      change: async () => {
        await deleteResource();
        await server.addResource(RESOURCES[RECORDS] ?? {});
      },
    },
    'the resource is replaced in one transaction': {
      change: async () => {
        await owner.query('begin');
        await owner.query('create temporary table was as select * from resources where identifier = $1', [
          RECORDS,
        ]);
        await owner.query('delete from resources where identifier = $1', [RECORDS]);
        await owner.query(
          "insert into resources select identifier, name, scopes, token_algorithm, token_seconds, created_at + interval '1 ms' from was",
        );
        await owner.query('drop table was');
        await owner.query('commit');
      },
    },
    'the resource gets another name': {
      change: async () => {
        await owner.query("update resources set identifier = 'urn:new' where identifier = $1", [RECORDS]);
        await owner.query("update resources set identifier = $1 where identifier = 'urn:new'", [RECORDS]);
      },
      undone: true,
    },
    'the resource loses the scope': { change: () => setScopes('records:write', 'read'), write: true },
    'the resource loses the scope, and gets it back': {
      change: async () => {
        await setScopes('records:write', 'read');
        await setScopes('records:read', 'records:write', 'read');
      },
      write: true,
      undone: true,
    },
    'the clients lose the scope': {
      change: () =>
        Promise.all([
          allow(webApp, 'records:write', 'billing', 'read'),
          allow(service, 'records:write', 'billing', 'read'),
        ]),
      write: true,
      elsewhere: true,
    },
    'the clients lose all scopes there': {
      change: () => Promise.all([allow(webApp, 'billing'), allow(service, 'billing')]),
      elsewhere: true,
    },
    'the clients lose all scopes': {
      change: () => Promise.all([allow(webApp), allow(service)]),
      elsewhere: false,
    },
    'the clients are removed': {
      change: () => owner.query('delete from clients where id = any ($1)', [[webApp.id, service.id]]),
      elsewhere: false,
    },
    'the clients are removed and registered anew': {
      change: async () => {
        await server.app.database.transaction(async (tx) => {
          for (const { id } of [webApp, service]) await server.app.clients.store.delete(tx, id);
        });
        webApp = await registerApp({ client_id: webApp.id });
        service = await registerService({ client_id: service.id });
      },
      elsewhere: false,
    },
  };

  for (const [what, { change, write = false, elsewhere = true, undone = false }] of Object.entries(WAYS)) {
    it(`ends the tokens that have it, and no others, when ${what}`, async () => {
      const [reading, writing, other] = [
        await tokensOf(webApp, 'records:read records:write', RECORDS),
        await tokensOf(webApp, 'records:write', RECORDS),
        await tokensOf(webApp, 'billing', BILLING),
      ];
      const bystander = await tokensOf(otherApp, 'billing', BILLING);
      const [read, both, wrote, billed] = [
        await forService('records:read', RECORDS),
        await forService('records:write records:read', RECORDS),
        await forService('records:write', RECORDS),
        await forService('billing', BILLING),
      ];
      for (const token of [reading, writing, other]) {
        expect(await state(token.access_token)).to.deep.equal(GOOD);
      }
      expect(await introspected(read)).to.deep.equal([true, true]);

      await change();
      await eventually('both nodes know', async () =>
        (await introspected(read)).every((active) => active === undone),
      );
      expect(await introspected(both)).to.deep.equal([undone, undone]);
      expect(await introspected(wrote)).to.deep.equal([write || undone, write || undone]);
      expect(await introspected(billed)).to.deep.equal([elsewhere, elsewhere]);
      const good = (is: boolean) => (is ? GOOD : ENDED);
      expect(await state(reading.access_token), 'reading').to.deep.equal(ENDED);
      expect(await state(writing.access_token), 'writing').to.deep.equal(good(write));
      expect(await state(other.access_token), 'elsewhere').to.deep.equal(good(elsewhere));
      expect(await state(bystander.access_token), 'of another client').to.deep.equal(GOOD);
    });

    it(`gives nothing for what was granted before, when ${what}`, async () => {
      const tokens = await tokensOf(webApp, 'records:read', RECORDS);
      const page = await authorize(
        new UserAgent(),
        webApp.authorizeUrl({ ...EVERYTHING, scope: 'openid records:read', resource: RECORDS }),
        person,
      );
      const only = await tokensFor(webApp, person, { scope: 'records:read', resource: RECORDS });
      await change();
      await known(async ({ app }) => {
        const [resource, client] = [
          await app.clients.resources.find(RECORDS),
          await app.clients.store.find(webApp.id),
        ];
        return (
          JSON.stringify([resource, client]) === JSON.stringify([await fresh(RECORDS), await freshClient()])
        );
      });
      for (const [ask, kind] of [
        [() => webApp.refresh(tokens.refresh_token, { resource: RECORDS }), 'refresh token'],
        [() => webApp.redeem(String(page.location), { resource: RECORDS }), 'code'],
        [() => webApp.refresh(only.refresh_token, {}), 'refresh token for nothing else'],
      ] as const) {
        const { status, body } = await ask();
        expect(status, `${kind}: ${JSON.stringify(body)}`).to.be.oneOf([400, 401]);
        expect(body.error, kind).to.be.oneOf(['invalid_target', 'invalid_grant', 'invalid_client']);
      }
      expect((await introspected(only.refresh_token)).includes(true), 'it has nothing left').to.equal(false);
      const { body } = await api.post('/token/introspect', { token: tokens.refresh_token });
      expect(String(body.scope), 'what is left of the refresh token').to.not.contain('records:read');
      const consent = await server.app.clients.consents.find(person.id, webApp.id);
      expect(JSON.stringify(consent?.resources ?? {})).to.not.contain('records:read');
    });
  }

  const fresh = async (identifier: string) => {
    const { rows } = await owner.query('select * from resources where identifier = $1', [identifier]);
    const [row] = rows;
    return (
      row && {
        identifier: row.identifier,
        name: row.name,
        scopes: row.scopes,
        tokenAlgorithm: row.token_algorithm,
        tokenSeconds: row.token_seconds,
        createdAt: row.created_at,
      }
    );
  };
  const freshClient = async () => {
    const { rows } = await owner.query('select * from clients where id = $1', [webApp.id]);
    const [row] = rows;
    return (
      row && {
        id: row.id,
        metadata: row.metadata,
        secretDigest: row.secret_digest ?? undefined,
        createdAt: row.created_at,
      }
    );
  };

  it('leaves what a person may go on with: their sign-in, and the other resource of the same refresh token', async () => {
    const page = await authorize(
      new UserAgent(),
      `${webApp.authorizeUrl({ ...EVERYTHING, resource: RECORDS })}&resource=${encodeURIComponent(BILLING)}`,
      person,
    );
    const first = (await webApp.redeem(String(page.location), { resource: RECORDS })).body;
    expect(first.scope).to.equal('records:read records:write read');
    await deleteResource();
    await known(async ({ app }) => (await app.clients.resources.find(RECORDS)) === undefined);
    const refused = await webApp.refresh(first.refresh_token, { resource: RECORDS });
    expect(refused.body.error).to.equal('invalid_target');
    const there = (await webApp.refresh(first.refresh_token, { resource: BILLING })).body;
    expect(there.scope).to.equal('read billing');
    const plain = (await webApp.refresh(there.refresh_token)).body;
    expect(plain.scope).to.equal('openid email offline_access');
    expect(decodeJwt(plain.id_token).sub).to.equal(person.id);
  });

  it('asks people again for a resource that is registered anew', async () => {
    await tokensOf(webApp, 'records:read', RECORDS);
    await deleteResource();
    await server.addResource(RESOURCES[RECORDS] ?? {});
    await known(async ({ app }) => (await app.clients.resources.find(RECORDS)) !== undefined);
    const agent = new UserAgent();
    const opened = await agent.open(webApp.authorizeUrl({ scope: 'openid records:read', resource: RECORDS }));
    const { email: identifier, password } = person;
    const asked = await agent.follow(await agent.submit(opened, { identifier, password }));
    expect(asked.forms.some(({ action }) => action.endsWith('/consent'))).to.equal(true);
    expect(asked.body).to.contain('records:read');
  });

  it('does not end anything when a resource gets a scope, or a client', async () => {
    const tokens = await tokensOf(webApp, 'records:read', RECORDS);
    const own = await forService('records:read', RECORDS);
    await setScopes('records:read', 'records:write', 'read', 'records:delete');
    await Promise.all([webApp, service].map((client) => allow(client, 'records:read', 'more')));
    await owner.query(
      `update clients set metadata = metadata || '{"client_name": "Renamed"}' where id = $1`,
      [webApp.id],
    );
    expect(await state(tokens.access_token)).to.deep.equal(GOOD);
    expect(await introspected(own)).to.deep.equal([true, true]);
    expect((await webApp.refresh(tokens.refresh_token, { resource: RECORDS })).status).to.equal(200);
    await setScopes('records:read', 'records:write', 'read');
  });

  it('ends tokens whose record does not say what they are for', async () => {
    const tokens = await tokensOf(webApp, 'records:read', RECORDS);
    await owner.query(
      `update oidc_artifacts set payload = payload - 'resource' - 'scope' where model = 'JwtAccessToken'`,
    );
    await deleteResource();
    expect(await state(tokens.access_token)).to.deep.equal(ENDED);
  });

  describe('at the same moment as a token is issued', () => {
    const changes: Record<string, (executor: Pick<pg.Client, 'query'>) => Promise<unknown>> = {
      'the resource is removed': (by) => by.query('delete from resources where identifier = $1', [RECORDS]),
      'the resource loses the scope': (by) =>
        by.query('update resources set scopes = $1 where identifier = $2', [scopesOf(['read']), RECORDS]),
      'the client loses the scope': (by) =>
        by.query(`update clients set metadata = metadata || '{"resource_scopes": ["read"]}' where id = $1`, [
          webApp.id,
        ]),
      'the client is removed': (by) => by.query('delete from clients where id = $1', [webApp.id]),
    };
    for (const [what, change] of Object.entries(changes)) {
      it(`${what}: whoever comes first, no token is left`, async () => {
        const tokens = await tokensOf(webApp, 'records:read', RECORDS);
        const admin = new pg.Client({ connectionString: server.database.ownerUrl });
        await admin.connect();
        try {
          // The refresh is first: it holds the registration and waits for its own token; the change waits for it.
          let refreshing: ReturnType<HandClient['refresh']> | undefined;
          let changing: Promise<unknown> | undefined;
          await server.app.database.transaction(async (tx) => {
            await tx.query(
              `select 1 from oidc_artifacts where model = 'RefreshToken' and account_id = $1 for update`,
              [person.id],
            );
            refreshing = webApp.refresh(tokens.refresh_token, { resource: RECORDS });
            await untilWaiting(owner, 1);
            await admin.query('begin');
            changing = change(admin);
            await untilWaiting(owner, 2);
          });
          const refreshed = await refreshing;
          await changing;
          expect(refreshed?.status, 'it came first').to.equal(200);
          // The change is first: another refresh waits for it.
          const late = webApp.refresh(String(refreshed?.body.refresh_token), { resource: RECORDS });
          await untilWaiting(owner, 1);
          await admin.query('commit');
          const { status, body } = await late;
          expect([status, body.error]).to.deep.equal([400, 'invalid_target']);
          expect(await state(String(refreshed?.body.access_token))).to.deep.equal(ENDED);
          expect(await state(tokens.access_token)).to.deep.equal(ENDED);
          if (!what.startsWith('the client is')) {
            const again = await webApp.refresh(String(refreshed?.body.refresh_token));
            expect([again.status, again.body.scope], 'nothing was spent').to.deep.equal([
              200,
              'openid offline_access',
            ]);
          }
        } finally {
          await admin.end();
          await owner.query('delete from resources where identifier = $1', [RECORDS]);
        }
      });
    }
  });
});
