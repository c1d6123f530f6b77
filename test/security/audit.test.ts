import { expect } from 'chai';
import pg from 'pg';
import { WEB_CLIENT } from '../support/relying-party.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { UserAgent } from '../support/user-agent.ts';
import { asOwner, audited, authorizePath, type Client, codeFor, post, redeem, token } from './support.ts';

describe('the audit trail', () => {
  let server: TestServer;
  let client: Client;
  let person: { id: string; email: string; password: string };

  before(async () => {
    server = await startTestServer();
    client = await server.addClient({ ...WEB_CLIENT, first_party: false });
    person = await server.addAccount();
  });
  after(() => server.stop());

  describe('line 72: what happens is written down: when, who, what, from where, with which factor', () => {
    it('in a life of one person’s access', async () => {
      const agent = new UserAgent({ 'user-agent': 'a browser of the tests' });
      const page = await agent.open(server.issuer + authorizePath(client));
      await agent.submit(page, { identifier: person.email, password: 'wrong one' });
      await agent.submit(page, { identifier: 'nobody@example.org', password: 'wrong one' });
      const code = (await codeFor(server, client, person, {}, agent)).get('code');
      const { body } = await redeem(server, client, code);
      await token(server, client, { grant_type: 'refresh_token', refresh_token: String(body.refresh_token) });
      await token(server, client, { grant_type: 'refresh_token', refresh_token: String(body.refresh_token) });
      await post(server, '/token', { grant_type: 'x' }, { ...client, client_secret: 'wrong' });
      const second = await codeFor(server, client, person, {}, agent);
      const tokens = (await redeem(server, client, second.get('code'))).body;
      await post(server, '/token/revoke', { token: String(tokens.access_token) }, client);
      const account = await agent.open(`${server.issuer}/account`);
      const withdraw = account.forms.find(({ action }) => action.endsWith('/withdraw'));
      await agent.post(String(withdraw?.action), withdraw?.fields ?? {});
      await agent.submit(await agent.open(`${server.issuer}/logout`), { logout: 'yes' });

      const rows = await audited(server);
      const types = new Set(rows.map(({ type }) => type));
      expect([...types]).to.include.members([
        'key.published',
        'client.created',
        'sign_in.failed',
        'sign_in.succeeded',
        'consent.granted',
        'authorization.granted',
        'token.issued',
        'token.refused',
        'token.reuse_detected',
        'token.revoked',
        'consent.withdrawn',
        'sign_out.completed',
      ]);
      const failed = rows
        .filter(({ type }) => type === 'sign_in.failed')
        .map(({ details }) => details.reason);
      expect(failed).to.deep.equal(['password_wrong', 'account_unknown']);
      const accounts = rows.filter(({ type }) => type === 'sign_in.failed').map(({ account }) => account);
      expect(accounts).to.deep.equal([person.id, null]);
      for (const row of rows) {
        expect(Math.abs(Date.now() - new Date(row.at).getTime())).to.be.lessThan(60_000);
        expect(row.outcome).to.be.oneOf(['success', 'failure']);
        expect(row.actor_kind ?? row.ip, `${row.type}: by whom or from where`).to.be.a('string');
      }
      const signedIn = rows.findLast(({ type }) => type === 'sign_in.succeeded');
      expect(signedIn).to.include({
        actor: person.id,
        account: person.id,
        client: client.client_id,
        factor: 'pwd',
        user_agent: 'a browser of the tests',
      });
      expect(signedIn?.ip).to.match(/^(127\.0\.0\.1|::1)$/);
      expect(signedIn?.request_id).to.match(/^[0-9a-f-]{36}$/);
      expect(JSON.stringify(rows)).not.to.contain('nobody@example.org');
    });

    it('times are UTC whatever the database is set to', async () => {
      const [row] = await asOwner(server, async (owner) => {
        await owner.query(`set time zone 'Asia/Kolkata'`);
        return (await owner.query('select extract(epoch from max(at)) as at from audit_events')).rows;
      });
      expect(Math.abs(Date.now() / 1000 - Number(row.at))).to.be.lessThan(60);
    });
  });

  it('line 73: what a person does carries the person’s unique id', async () => {
    await codeFor(server, client, person);
    const rows = (await audited(server)).filter(({ type }) =>
      [
        'sign_in.succeeded',
        'consent.granted',
        'authorization.granted',
        'consent.withdrawn',
        'sign_out.completed',
      ].includes(type),
    );
    expect(rows.length).to.be.at.least(3);
    for (const row of rows) expect(row.account, row.type).to.equal(person.id);
  });

  describe('line 75: nobody changes what was written', () => {
    const CHANGES = [
      `update audit_events set type = 'nothing.happened'`,
      `update audit_events set account = null where false`,
      'delete from audit_events',
      'truncate audit_events',
      'truncate audit_events cascade',
      `insert into audit_events select * from audit_events limit 1 on conflict (id, at) do update set type = 'x'`,
      'with gone as (delete from audit_events returning *) select count(*) from gone',
      'merge into audit_events a using audit_events b on a.id = b.id when matched then delete',
    ];
    const AS_SERVER_ONLY = [
      'alter table audit_events disable trigger all',
      'alter table audit_events disable trigger audit_events_append_only',
      'drop trigger audit_events_append_only on audit_events',
      'drop table audit_events',
      'alter table audit_events rename to other',
      'alter table audit_events drop column actor',
      'create rule r as on insert to audit_events do instead nothing',
      'create or replace function refuse_audit_change() returns trigger language plpgsql as $$ begin return old; end $$',
      `set session_replication_role = 'replica'`,
      'create table t (x int)',
      'create trigger t before insert on audit_events for each row execute function refuse_audit_change()',
      `alter role gatehouse_server superuser`,
      'select pg_read_file($$/etc/passwd$$)',
      `copy audit_events to program 'true'`,
    ];

    /** The SQLSTATE of a statement that is refused; `undefined` for one that is not. */
    const refusal = (work: Promise<unknown>): Promise<string | undefined> =>
      work.then(
        () => undefined,
        (error: { code?: string }) => error.code ?? 'no code',
      );

    for (const statement of [...CHANGES, ...AS_SERVER_ONLY]) {
      it(`not the server: ${statement}`, async () => {
        const count = async () => (await audited(server)).length;
        const before = await count();
        expect(await refusal(server.app.database.query(statement))).to.equal('42501');
        expect(await count()).to.equal(before);
      });
    }

    for (const statement of CHANGES.filter((each) => !each.includes('where false'))) {
      it(`not the owner of the tables either: ${statement}`, async () => {
        const before = await audited(server);
        expect(await asOwner(server, (owner) => refusal(owner.query(statement)))).to.equal('42501');
        expect(await audited(server)).to.deep.equal(before);
      });
    }

    it('not a login that is only a member of the server’s role, nor by leaving that role', async () => {
      const name = `login_${Math.random().toString(36).slice(2)}`;
      await asOwner(server, (owner) =>
        owner.query(`create role ${name} login password 'p' in role gatehouse_server noinherit`),
      );
      const url = new URL(server.database.ownerUrl);
      url.username = name;
      url.password = 'p';
      const login = new pg.Client({ connectionString: url.href });
      await login.connect();
      try {
        for (const role of ['gatehouse_server', 'none']) {
          await login.query(`set role ${role}`);
          for (const statement of [
            'update audit_events set type = $$x$$',
            'delete from audit_events',
            'truncate audit_events',
          ])
            expect(await refusal(login.query(statement)), `${role}: ${statement}`).to.equal('42501');
        }
        expect(
          await refusal(login.query('select * from audit_events')),
          'outside the role: nothing',
        ).to.equal('42501');
      } finally {
        await login.end();
        await asOwner(server, (owner) => owner.query(`drop role ${name}`));
      }
    });

    it('the server runs with that role on every connection', async () => {
      const rows = await Promise.all(
        Array.from({ length: 20 }, () =>
          server.app.database.query<{ who: string }>('select current_user as who'),
        ),
      );
      expect(new Set(rows.map(([row]) => row?.who))).to.deep.equal(new Set(['gatehouse_server']));
      const [privileges] = await asOwner(server, async (owner) => {
        const text = `select array_agg(privilege_type::text order by privilege_type) as list
          from information_schema.role_table_grants
          where grantee = 'gatehouse_server' and table_name = 'audit_events'`;
        return (await owner.query(text)).rows;
      });
      expect(privileges.list).to.deep.equal(['INSERT', 'SELECT']);
    });
  });
});
