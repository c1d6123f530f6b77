import { expect } from 'chai';
import { decodeJwt } from 'jose';
import { asFixture } from '../support/evidence/fixture.ts';
import { eventually } from '../support/processes.ts';
import { authorize, tokensFor } from '../support/protocol.ts';
import { UserAgent } from '../support/user-agent.ts';
import {
  BILLING,
  EVERYTHING,
  RECORDS,
  RESOURCES,
  useRegistrations,
} from '../support/withdrawn-registrations.ts';

/** What was issued for a resource ends with it, and with the scopes that it or a client loses, on all nodes. */
describe('what is withdrawn of resources and clients', function withdrawn() {
  this.timeout(120_000);
  const setup = useRegistrations();
  const {
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
    setScopes,
    allow,
  } = setup;

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
        await setup.server.addResource(RESOURCES[RECORDS] ?? {});
      },
    },
    'the resource is replaced in one transaction': {
      change: async () => {
        await setup.owner.query('begin');
        await setup.owner.query(
          'create temporary table was as select * from resources where identifier = $1',
          [RECORDS],
        );
        await setup.owner.query('delete from resources where identifier = $1', [RECORDS]);
        await setup.owner.query(
          "insert into resources select identifier, name, scopes, token_algorithm, token_seconds, created_at + interval '1 ms' from was",
        );
        await setup.owner.query('drop table was');
        await setup.owner.query('commit');
      },
    },
    'the resource gets another name': {
      change: async () => {
        await setup.owner.query("update resources set identifier = 'urn:new' where identifier = $1", [
          RECORDS,
        ]);
        await setup.owner.query("update resources set identifier = $1 where identifier = 'urn:new'", [
          RECORDS,
        ]);
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
          allow(setup.webApp, 'records:write', 'billing', 'read'),
          allow(setup.service, 'records:write', 'billing', 'read'),
        ]),
      write: true,
      elsewhere: true,
    },
    'the clients lose all scopes there': {
      change: () => Promise.all([allow(setup.webApp, 'billing'), allow(setup.service, 'billing')]),
      elsewhere: true,
    },
    'the clients lose all scopes': {
      change: () => Promise.all([allow(setup.webApp), allow(setup.service)]),
      elsewhere: false,
    },
    'the clients are removed': {
      change: () =>
        setup.owner.query('delete from clients where id = any ($1)', [[setup.webApp.id, setup.service.id]]),
      elsewhere: false,
    },
    'the clients are removed and registered anew': {
      change: async () => {
        await asFixture(setup.server.app.database, async (tx) => {
          for (const { id } of [setup.webApp, setup.service])
            await setup.server.app.clients.store.delete(tx, id);
        });
        setup.webApp = await registerApp({ client_id: setup.webApp.id });
        setup.service = await registerService({ client_id: setup.service.id });
      },
      elsewhere: false,
    },
  };

  for (const [what, { change, write = false, elsewhere = true, undone = false }] of Object.entries(WAYS)) {
    it(`ends the tokens that have it, and no others, when ${what}`, async () => {
      const [reading, writing, other] = [
        await tokensOf(setup.webApp, 'records:read records:write', RECORDS),
        await tokensOf(setup.webApp, 'records:write', RECORDS),
        await tokensOf(setup.webApp, 'billing', BILLING),
      ];
      const bystander = await tokensOf(setup.otherApp, 'billing', BILLING);
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
      const tokens = await tokensOf(setup.webApp, 'records:read', RECORDS);
      const page = await authorize(
        new UserAgent(),
        setup.webApp.authorizeUrl({ ...EVERYTHING, scope: 'openid records:read', resource: RECORDS }),
        setup.person,
      );
      const only = await tokensFor(setup.webApp, setup.person, { scope: 'records:read', resource: RECORDS });
      await change();
      await known(async ({ app }) => {
        const [resource, client] = [
          await app.clients.resources.find(RECORDS),
          await app.clients.store.find(setup.webApp.id),
        ];
        const { secrets: _secrets, ownersMayEnable: _may, ...rest } = client ?? {};
        return (
          JSON.stringify([resource, client && rest]) ===
          JSON.stringify([await fresh(RECORDS), await freshClient()])
        );
      });
      for (const [ask, kind] of [
        [() => setup.webApp.refresh(tokens.refresh_token, { resource: RECORDS }), 'refresh token'],
        [() => setup.webApp.redeem(String(page.location), { resource: RECORDS }), 'code'],
        [() => setup.webApp.refresh(only.refresh_token, {}), 'refresh token for nothing else'],
      ] as const) {
        const { status, body } = await ask();
        expect(status, `${kind}: ${JSON.stringify(body)}`).to.be.oneOf([400, 401]);
        expect(body.error, kind).to.be.oneOf(['invalid_target', 'invalid_grant', 'invalid_client']);
      }
      expect((await introspected(only.refresh_token)).includes(true), 'it has nothing left').to.equal(false);
      const { body } = await setup.api.post('/token/introspect', { token: tokens.refresh_token });
      expect(String(body.scope), 'what is left of the refresh token').to.not.contain('records:read');
      const consent = await setup.server.app.clients.consents.find(setup.person.id, setup.webApp.id);
      expect(JSON.stringify(consent?.resources ?? {})).to.not.contain('records:read');
    });
  }

  const fresh = async (identifier: string) => {
    const { rows } = await setup.owner.query('select * from resources where identifier = $1', [identifier]);
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
    const { rows } = await setup.owner.query('select * from clients where id = $1', [setup.webApp.id]);
    const [row] = rows;
    return (
      row && {
        id: row.id,
        metadata: row.metadata,
        createdAt: row.created_at,
      }
    );
  };

  it('leaves what a person may go on with: their sign-in, and the other resource of the same refresh token', async () => {
    const page = await authorize(
      new UserAgent(),
      `${setup.webApp.authorizeUrl({ ...EVERYTHING, resource: RECORDS })}&resource=${encodeURIComponent(BILLING)}`,
      setup.person,
    );
    const first = (await setup.webApp.redeem(String(page.location), { resource: RECORDS })).body;
    expect(first.scope).to.equal('records:read records:write read');
    await deleteResource();
    await known(async ({ app }) => (await app.clients.resources.find(RECORDS)) === undefined);
    const refused = await setup.webApp.refresh(first.refresh_token, { resource: RECORDS });
    expect(refused.body.error).to.equal('invalid_target');
    const there = (await setup.webApp.refresh(first.refresh_token, { resource: BILLING })).body;
    expect(there.scope).to.equal('read billing');
    const plain = (await setup.webApp.refresh(there.refresh_token)).body;
    expect(plain.scope).to.equal('openid email offline_access');
    expect(decodeJwt(plain.id_token).sub).to.equal(setup.person.id);
  });

  it('asks people again for a resource that is registered anew', async () => {
    await tokensOf(setup.webApp, 'records:read', RECORDS);
    await deleteResource();
    await setup.server.addResource(RESOURCES[RECORDS] ?? {});
    await known(async ({ app }) => (await app.clients.resources.find(RECORDS)) !== undefined);
    const agent = new UserAgent();
    const opened = await agent.open(
      setup.webApp.authorizeUrl({ scope: 'openid records:read', resource: RECORDS }),
    );
    const { email: identifier, password } = setup.person;
    const asked = await agent.follow(await agent.submit(opened, { identifier, password }));
    expect(asked.forms.some(({ action }) => action.endsWith('/consent'))).to.equal(true);
    expect(asked.body).to.contain('records:read');
  });

  it('does not end anything when a resource gets a scope, or a client', async () => {
    const tokens = await tokensOf(setup.webApp, 'records:read', RECORDS);
    const own = await forService('records:read', RECORDS);
    await setScopes('records:read', 'records:write', 'read', 'records:delete');
    await Promise.all([setup.webApp, setup.service].map((client) => allow(client, 'records:read', 'more')));
    await setup.owner.query(
      `update clients set metadata = metadata || '{"client_name": "Renamed"}' where id = $1`,
      [setup.webApp.id],
    );
    expect(await state(tokens.access_token)).to.deep.equal(GOOD);
    expect(await introspected(own)).to.deep.equal([true, true]);
    expect((await setup.webApp.refresh(tokens.refresh_token, { resource: RECORDS })).status).to.equal(200);
    await setScopes('records:read', 'records:write', 'read');
  });

  it('takes no scope about people along, also where a resource has one of that name', async () => {
    const scope = 'openid profile email roles groups offline_access records:read';
    const tokens = await tokensFor(setup.webApp, setup.person, { ...EVERYTHING, scope, resource: RECORDS });
    const left = async () =>
      (await setup.api.post('/token/introspect', { token: tokens.refresh_token })).body.scope;
    await setScopes('records:read', 'roles', 'groups');
    await setScopes('records:read');
    expect(await left(), 'the resource loses them').to.equal(scope);
    await allow(setup.webApp, 'records:read', 'more');
    expect(await left(), 'the client gets a list').to.equal(scope);
    await setScopes('records:read', 'records:write', 'read');
  });

  it('ends tokens whose record does not say what they are for', async () => {
    const tokens = await tokensOf(setup.webApp, 'records:read', RECORDS);
    await setup.owner.query(
      `update oidc_artifacts set payload = payload - 'resource' - 'scope' where model = 'JwtAccessToken'`,
    );
    await deleteResource();
    expect(await state(tokens.access_token)).to.deep.equal(ENDED);
  });
});
