import { expect } from 'chai';
import pg from 'pg';
import { RECORDS, useAuditedServer } from '../support/audited-server.ts';
import { dumpDatabase, formsOf } from '../support/database-dump.ts';
import { createTestDatabase } from '../support/postgres.ts';
import { authorize, callbackOf, handClient } from '../support/protocol.ts';

describe('the audit trail', () => {
  const setup = useAuditedServer();
  const { browser, during } = setup;

  it('holds no secret, and neither does any other table', async () => {
    const agent = browser();
    const page = await agent.open(setup.client.authorizeUrl());
    const cookies = async () => (await agent.jar.getCookies(setup.server.issuer)).map(({ value }) => value);
    const pushed = await setup.client.post('/par', setup.client.parameters());
    const end = await authorize(agent, setup.client.authorizeUrl(), setup.person);
    const code = String(callbackOf(end).get('code'));
    const { body: tokens } = await setup.client.redeem(code);
    await setup.client.redeem('a-stolen-code-1234567890');
    const waiting = await browser().open(setup.client.authorizeUrl());
    const secrets: Record<string, string> = {
      password: setup.person.password,
      'client secret': String(setup.client.secret),
      verifier: setup.client.verifier,
      code,
      'access token': tokens.access_token,
      'refresh token': tokens.refresh_token,
      'ID token': tokens.id_token,
      'pushed request': String(pushed.body.request_uri.split(':').at(-1)),
      'interaction under way': String(new URL(waiting.url).pathname.split('/').at(-1)),
      'interaction that ended': String(new URL(page.url).pathname.split('/').at(-1)),
      guess: 'a-stolen-code-1234567890',
    };
    for (const value of await cookies()) secrets[`cookie ${value}`] = value;
    expect(await cookies()).to.not.have.length(0);
    const dump = await dumpDatabase(setup.server.database.ownerUrl);
    expect(dump).to.include(setup.person.id);
    for (const [name, secret] of Object.entries(secrets)) {
      for (const form of formsOf(secret)) expect(dump.includes(form), name).to.equal(false);
    }
  });

  it('has nothing of a unit that failed', async () => {
    const code = String((await authorize(browser(), setup.client.authorizeUrl(), setup.person)).location);
    const admin = new pg.Client({ connectionString: setup.server.database.ownerUrl });
    await admin.connect();
    await admin.query(
      `create function refuse() returns trigger language plpgsql as $$ begin raise exception 'disk full'; end $$;
       create trigger refuse before insert on oidc_artifacts for each row
       when (new.model = 'AccessToken') execute function refuse()`,
    );
    try {
      const { events, result } = await during(() => setup.client.redeem(code));
      expect(result.status).to.equal(500);
      expect(result.body).to.not.have.any.keys('access_token', 'id_token', 'refresh_token');
      expect(JSON.stringify(result.body)).to.not.include('disk full');
      expect(events).to.deep.equal([]);
    } finally {
      await admin.query('drop trigger refuse on oidc_artifacts; drop function refuse');
      await admin.end();
    }
    expect((await setup.client.redeem(code)).status, 'the code was not spent').to.equal(200);
  });

  it('fails closed: no token without its event', async () => {
    const service = handClient(
      setup.server.issuer,
      await setup.server.addClient({
        grant_types: ['client_credentials'],
        redirect_uris: [],
        response_types: [],
      }),
    );
    const admin = new pg.Client({ connectionString: setup.server.database.ownerUrl });
    await admin.connect();
    await admin.query('alter table audit_events rename to audit_events_away');
    try {
      for (const fields of [{ resource: RECORDS }, {}]) {
        const { status, body } = await service.post('/token', {
          grant_type: 'client_credentials',
          ...fields,
        });
        expect(status).to.equal(500);
        expect(body).to.not.have.property('access_token');
      }
    } finally {
      await admin.query('alter table audit_events_away rename to audit_events');
      await admin.end();
    }
    expect((await service.post('/token', { grant_type: 'client_credentials' })).status).to.equal(200);
  });

  describe('cannot be changed', () => {
    const changes = [
      `update audit_events set outcome = 'success'`,
      'delete from audit_events',
      'truncate audit_events',
      'truncate audit_events cascade',
    ];
    for (const statement of changes) {
      it(`${statement}: refused to the server and to the owner`, async () => {
        const database = await createTestDatabase();
        const owner = new pg.Client({ connectionString: database.ownerUrl });
        await owner.connect();
        try {
          await owner.query(
            `insert into audit_events (id, at, type, outcome, details) values (gen_random_uuid(), now(), 'x', 'failure', '{}')`,
          );
          for (const role of ['none', 'gatehouse_server']) {
            await owner.query(`set role ${role}`);
            const code = await owner.query(statement).then(
              () => 'done',
              (error: { code: string }) => error.code,
            );
            expect(code, role).to.equal('42501');
          }
          await owner.query('set role gatehouse_server');
          const { rows } = await owner.query('select outcome from audit_events');
          expect(rows).to.deep.equal([{ outcome: 'failure' }]);
        } finally {
          await owner.end();
          await database.drop();
        }
      });
    }

    it('the server role cannot take the guard away', async () => {
      for (const statement of [
        'drop table audit_events',
        'alter table audit_events disable trigger all',
        'drop trigger audit_events_append_only on audit_events',
        'create or replace function refuse_audit_change() returns trigger language plpgsql as $$ begin return null; end $$',
        'set session_replication_role = replica',
      ]) {
        const code = await setup.server.app.database.query(statement).then(
          () => 'done',
          (error: { code: string }) => error.code,
        );
        expect(code, statement).to.equal('42501');
      }
    });
  });
});
