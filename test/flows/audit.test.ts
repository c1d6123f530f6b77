import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import pg from 'pg';
import { command } from '../support/commands.ts';
import { dumpDatabase, formsOf } from '../support/database-dump.ts';
import { createTestDatabase } from '../support/postgres.ts';
import {
  type AuditRow,
  authorize,
  basic,
  callbackOf,
  eventsDuring,
  type HandClient,
  handClient,
  type Person,
  postForm,
  tokensFor,
} from '../support/protocol.ts';
import { WEB_CLIENT } from '../support/relying-party.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { UserAgent } from '../support/user-agent.ts';

const RECORDS = 'https://records.example.org';

describe('the audit trail', () => {
  let server: TestServer;
  let person: Person;
  let client: HandClient;

  before(async () => {
    server = await startTestServer();
    person = await server.addAccount();
    client = handClient(server.issuer, await server.addClient(WEB_CLIENT));
    await server.addResource({ identifier: RECORDS, name: 'Records', scopes: ['records:read'] });
  });
  after(() => server.stop());

  const types = (events: readonly AuditRow[]) => events.map(({ type }) => type);
  const browser = () => new UserAgent({ 'user-agent': 'Test browser/1.0' });
  const during = <T>(work: () => Promise<T>) => eventsDuring(server, work);

  it('tells a whole sign-in: who, what, when, where, for which client, in which session, by which factor', async () => {
    const began = Date.now();
    const { events } = await during(() => tokensFor(client, person, { scope: 'openid email' }, browser()));
    // Each test begins in a browser that is new to the person, which is an event of its own.
    expect(types(events)).to.deep.equal([
      'sign_in.succeeded',
      'device.added',
      'session.started',
      'authorization.granted',
      'token.issued',
    ]);
    const [proof, , session, authorization, token] = events as [
      AuditRow,
      AuditRow,
      AuditRow,
      AuditRow,
      AuditRow,
    ];
    for (const event of events) {
      expect(event).to.include({
        outcome: 'success',
        actor: person.id,
        account: person.id,
      });
      expect(event.at.getTime()).to.be.within(began - 1, Date.now() + 1);
      expect(event.ip).to.equal('127.0.0.1');
      expect(event.request_id).to.match(/^[0-9a-f-]{36}$/u);
      expect(event.command).to.equal(null);
      if (event.type !== 'device.added') expect(event.client).to.equal(client.id);
    }
    for (const event of [proof, session, authorization])
      expect(event.user_agent).to.equal('Test browser/1.0');
    expect(proof.factor).to.equal('pwd');
    expect(proof.details).to.deep.equal({ acr: 'aal1', amr: ['pwd'] });
    expect(session.session).to.be.a('string');
    expect(authorization.session).to.equal(session.session);
    expect(token.session).to.equal(session.session);
    expect(session.details).to.deep.equal({ acr: 'aal1', amr: ['pwd'] });
    expect(authorization.details).to.deep.equal({ scope: 'openid email' });
    expect(token.details).to.deep.equal({ grantType: 'authorization_code', scope: 'openid email' });
  });

  it('keeps the time in UTC, to the microsecond at most, whatever the zone of the reader', async () => {
    const [row] = await server.app.database.query<{ type: string }>(
      `select data_type as type from information_schema.columns where table_name = 'audit_events' and column_name = 'at'`,
    );
    expect(row?.type).to.equal('timestamp with time zone');
  });

  it('tells of a consent between the sign-in and the grant, and of one session', async () => {
    const partner = handClient(server.issuer, await server.addClient({ ...WEB_CLIENT, first_party: false }));
    const { events } = await during(() => authorize(browser(), partner.authorizeUrl(), person));
    expect(types(events)).to.deep.equal([
      'sign_in.succeeded',
      'device.added',
      'session.started',
      'consent.granted',
      'authorization.granted',
    ]);
    expect(events[3]).to.include({ actor: person.id, account: person.id, client: partner.id });
  });

  it('tells of every refusal once', async () => {
    const page = await browser().open(client.authorizeUrl());
    const refusals: [string, string, () => Promise<unknown>][] = [
      [
        'authorization.refused',
        'login_required',
        () => browser().open(client.authorizeUrl({ prompt: 'none' })),
      ],
      [
        'authorization.refused',
        'invalid_request',
        () => browser().open(client.authorizeUrl({ code_challenge_method: 'plain' })),
      ],
      [
        'authorization.refused',
        'invalid_client',
        () => browser().open(client.authorizeUrl({ client_id: 'nobody' })),
      ],
      [
        'authorization.refused',
        'invalid_redirect_uri',
        () => browser().open(client.authorizeUrl({ redirect_uri: 'https://evil.example' })),
      ],
      ['token.refused', 'invalid_grant', () => client.redeem('no-such-code')],
      [
        'token.refused',
        'invalid_client',
        () =>
          postForm(`${server.issuer}/token`, { grant_type: 'client_credentials' }, basic(client.id, 'wrong')),
      ],
      ['token.refused', 'invalid_token', () => client.userinfo('nonsense')],
      [
        'token.refused',
        'invalid_client',
        () => postForm(`${server.issuer}/token/introspect`, { token: 'x' }, basic(client.id, 'wrong')),
      ],
      [
        'token.refused',
        'invalid_client',
        () => postForm(`${server.issuer}/token/revoke`, { token: 'x' }, basic(client.id, 'wrong')),
      ],
      [
        'authorization.refused',
        'invalid_client',
        () => postForm(`${server.issuer}/par`, client.parameters(), basic(client.id, 'wrong')),
      ],
      [
        'authorization.refused',
        'invalid_request',
        () => browser().open(`${server.issuer}/logout?id_token_hint=x`),
      ],
    ];
    expect(page.status).to.equal(200);
    for (const [type, error, work] of refusals) {
      const { events } = await during(work);
      const told = events.map((event) => [event.type, event.outcome, event.details.error]);
      expect(told).to.deep.equal([[type, 'failure', error]]);
    }
  });

  it('names the client whose authentication failed, as far as it is known', async () => {
    const { events } = await during(() =>
      postForm(`${server.issuer}/token`, { grant_type: 'client_credentials' }, basic(client.id, 'wrong')),
    );
    expect(events[0]?.client).to.equal(client.id);
  });

  it('tells of tokens of services, with their audience', async () => {
    const service = handClient(
      server.issuer,
      await server.addClient({ grant_types: ['client_credentials'], redirect_uris: [], response_types: [] }),
    );
    const { events } = await during(() =>
      service.post('/token', { grant_type: 'client_credentials', resource: RECORDS, scope: 'records:read' }),
    );
    expect(types(events)).to.deep.equal(['token.issued']);
    expect(events[0]).to.include({ actor: service.id, client: service.id, account: null });
    expect(events[0]?.details).to.deep.equal({
      grantType: 'client_credentials',
      scope: 'records:read',
      audience: [RECORDS],
    });
  });

  it('tells of 50 tokens that are issued at once, each before its answer', async () => {
    const service = handClient(
      server.issuer,
      await server.addClient({ grant_types: ['client_credentials'], redirect_uris: [], response_types: [] }),
    );
    const { events } = await during(() =>
      Promise.all(
        Array.from({ length: 50 }, () => service.post('/token', { grant_type: 'client_credentials' })),
      ),
    );
    expect(events).to.have.length(50);
    expect(new Set(events.map(({ request_id: id }) => id)).size).to.equal(50);
  });

  it('tells of a refresh and of a revocation, each once', async () => {
    const tokens = await tokensFor(client, person);
    const refreshed = await during(() => client.refresh(tokens.refresh_token));
    expect(types(refreshed.events)).to.deep.equal(['token.issued']);
    expect(refreshed.events[0]).to.include({ account: person.id, client: client.id });
    const { refresh_token: token } = refreshed.result.body;
    const revoked = await during(() => client.post('/token/revoke', { token }));
    expect(types(revoked.events)).to.deep.equal(['token.revoked']);
    expect(revoked.events[0]).to.include({ actor: client.id, account: person.id, client: client.id });
    expect(revoked.events[0]?.details).to.deep.equal({ kind: 'refresh_token' });
    expect((await during(() => client.post('/token/revoke', { token: 'unknown' }))).events).to.have.length(0);
  });

  it('tells of changes of clients and resources with the command that made them', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'gatehouse-audit-'));
    const fileOf = async (name: string, content: object) => {
      await writeFile(join(folder, name), JSON.stringify(content));
      return join(folder, name);
    };
    const registered = await fileOf('client.json', { ...WEB_CLIENT, client_name: 'Short-lived' });
    const service = await fileOf('resource.json', {
      identifier: 'https://short.example',
      name: 'Short',
      scopes: ['read'],
    });
    const { events } = await during(async () => {
      await command(server, 'clients', 'create', registered);
      await command(server, 'resources', 'create', service, '--reason', 'a test');
    }).finally(() => rm(folder, { recursive: true }));
    expect(types(events)).to.deep.equal(['client.created', 'resource.created']);
    for (const event of events) expect(event).to.include({ actor: 'command', ip: null });
    const commands = events.map((event) => event.command);
    expect(commands).to.deep.equal(['gatehouse clients create', 'gatehouse resources create']);
    expect(events.at(-1)?.details).to.have.nested.property('operator.reason', 'a test');
  });

  it('holds no secret, and neither does any other table', async () => {
    const agent = browser();
    const page = await agent.open(client.authorizeUrl());
    const cookies = async () => (await agent.jar.getCookies(server.issuer)).map(({ value }) => value);
    const pushed = await client.post('/par', client.parameters());
    const end = await authorize(agent, client.authorizeUrl(), person);
    const code = String(callbackOf(end).get('code'));
    const { body: tokens } = await client.redeem(code);
    await client.redeem('a-stolen-code-1234567890');
    const waiting = await browser().open(client.authorizeUrl());
    const secrets: Record<string, string> = {
      password: person.password,
      'client secret': String(client.secret),
      verifier: client.verifier,
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
    const dump = await dumpDatabase(server.database.ownerUrl);
    expect(dump).to.include(person.id);
    for (const [name, secret] of Object.entries(secrets)) {
      for (const form of formsOf(secret)) expect(dump.includes(form), name).to.equal(false);
    }
  });

  it('has nothing of a unit that failed', async () => {
    const code = String((await authorize(browser(), client.authorizeUrl(), person)).location);
    const admin = new pg.Client({ connectionString: server.database.ownerUrl });
    await admin.connect();
    await admin.query(
      `create function refuse() returns trigger language plpgsql as $$ begin raise exception 'disk full'; end $$;
       create trigger refuse before insert on oidc_artifacts for each row
       when (new.model = 'AccessToken') execute function refuse()`,
    );
    try {
      const { events, result } = await during(() => client.redeem(code));
      expect(result.status).to.equal(500);
      expect(result.body).to.not.have.any.keys('access_token', 'id_token', 'refresh_token');
      expect(JSON.stringify(result.body)).to.not.include('disk full');
      expect(events).to.deep.equal([]);
    } finally {
      await admin.query('drop trigger refuse on oidc_artifacts; drop function refuse');
      await admin.end();
    }
    expect((await client.redeem(code)).status, 'the code was not spent').to.equal(200);
  });

  it('fails closed: no token without its event', async () => {
    const service = handClient(
      server.issuer,
      await server.addClient({ grant_types: ['client_credentials'], redirect_uris: [], response_types: [] }),
    );
    const admin = new pg.Client({ connectionString: server.database.ownerUrl });
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
        const code = await server.app.database.query(statement).then(
          () => 'done',
          (error: { code: string }) => error.code,
        );
        expect(code, statement).to.equal('42501');
      }
    });
  });
});
