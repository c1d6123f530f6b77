import { expect } from 'chai';
import pg from 'pg';
import { createTestDatabase, type TestDatabase } from '../support/postgres.ts';

const INSERT = (table: string, at = 'now()') =>
  `insert into ${table} (id, at, type, outcome, details) values (gen_random_uuid(), ${at}, 'x', 'failure', '{}')`;

describe('the partitions of the audit trail', () => {
  let database: TestDatabase;
  let owner: pg.Client;
  let server: pg.Client;
  const values = async <T>(client: pg.Client, sql: string): Promise<T[]> =>
    (await client.query<{ value: T }>(sql)).rows.map(({ value }) => value);
  const outcome = (client: pg.Client, sql: string) =>
    client.query(sql).then(
      () => 'done',
      (error: { code: string }) => error.code,
    );
  const names = () =>
    values<string>(
      owner,
      `select relname::text as value from pg_inherits join pg_class on pg_class.oid = inhrelid
       where inhparent = 'audit_events'::regclass order by 1`,
    );
  const open = async () => {
    const client = new pg.Client({ connectionString: database.ownerUrl });
    await client.connect();
    return client;
  };

  beforeEach(async () => {
    database = await createTestDatabase();
    [owner, server] = [await open(), await open()];
    await server.query('set role gatehouse_server');
    await server.query(INSERT('audit_events'));
    await server.query(INSERT('audit_events', `now() + interval '5 months'`));
  });
  afterEach(async () => {
    await Promise.all([owner.end(), server.end()]);
    await database.drop();
  });

  it('take what is written to the trail, and nothing that is written past it', async () => {
    expect(await values(owner, 'select tableoid::regclass::text as value from audit_events order by at'))
      .to //
      .have.length(2)
      .and.include('audit_events_before');
    for (const name of await names()) {
      for (const attempt of [
        INSERT(name),
        `select count(*) from ${name}`,
        `update ${name} set type = 'y'`,
        `delete from ${name}`,
        `truncate ${name}`,
        `drop table ${name}`,
        `alter table audit_events detach partition ${name}`,
        `alter table audit_events detach partition ${name} concurrently`,
        `alter table ${name} disable trigger all`,
        `alter table ${name} no inherit audit_events`,
      ])
        expect(await outcome(server, attempt), attempt).to.equal('42501');
    }
    for (const attempt of [
      'create table audit_events_2001_01 partition of audit_events default',
      'create table mine (like audit_events)',
      `select audit_month_table('audit_events_mine')`,
      'drop function make_audit_months()',
    ])
      expect(await outcome(server, attempt), attempt).to.equal('42501');
    expect(await values(owner, 'select 1 as value from audit_events')).to.have.length(2);
  });

  it('refuse to their owner what the trail refuses, and go on when they are detached', async () => {
    const full = await values<string>(owner, 'select tableoid::regclass::text as value from audit_events');
    for (const name of await names()) {
      expect(await outcome(owner, `truncate ${name}`), name).to.equal('42501');
      const rows = full.includes(name);
      for (const attempt of [`delete from ${name}`, `update ${name} set type = 'y'`])
        expect(await outcome(owner, attempt), attempt).to.equal(rows ? '42501' : 'done');
      await owner.query('begin');
      await owner.query(`alter table audit_events detach partition ${name}`);
      await owner.query('savepoint detached');
      for (const attempt of [`truncate ${name}`, ...(rows ? [`delete from ${name}`] : [])]) {
        expect(await outcome(owner, attempt), `${attempt} of what is detached`).to.equal('42501');
        await owner.query('rollback to detached');
      }
      await owner.query('rollback');
    }
  });

  it('are made for the server, thirteen months ahead, once, whatever its names mean', async () => {
    const all = await names();
    const taken = all.filter((name) => /\d{4}_\d{2}$/u.test(name)).slice(-3);
    for (const name of taken) await owner.query(`alter table audit_events detach partition ${name}`);
    for (const name of taken) await owner.query(`drop table ${name}`);
    for (const setting of [
      'search_path = pg_temp, nowhere',
      `timezone = 'Pacific/Kiritimati'`,
      `datestyle = 'German'`,
      'check_function_bodies = off',
    ])
      await server.query(`set ${setting}`);
    expect(await values(server, 'select public.make_audit_months() as value')).to.deep.equal([3]);
    expect(await values(server, 'select public.make_audit_months() as value')).to.deep.equal([0]);
    expect(await names()).to.deep.equal(all);
    const [months] = await values<number>(
      owner,
      `select (extract(year from age(last, this)) * 12 + extract(month from age(last, this)))::int as value
       from (select date_trunc('month', now() at time zone 'UTC') as this, max(substring(
         pg_get_expr(relpartbound, oid) from 'TO \\(''([^'']+)'))::timestamptz at time zone 'UTC' as last
         from pg_class where relispartition and relkind = 'r') as bounds`,
    );
    expect(months).to.equal(14);
    const alike = await values<string>(
      owner,
      `select string_agg(kinds, ' ') as value from (
         select inhrelid, count(*) || ' ' || string_agg(indisunique::text, ',' order by indisunique) as kinds
         from pg_inherits join pg_index on indrelid = inhrelid
         where inhparent = 'audit_events'::regclass group by inhrelid) as each group by kinds`,
    );
    expect(alike, 'every partition has the same indexes').to.have.length(1);
  });

  it('are made once when many nodes ask at the same time', async () => {
    const [last = ''] = (await names()).filter((name) => /\d{4}_\d{2}$/u.test(name)).slice(-1);
    await owner.query(`alter table audit_events detach partition ${last}`);
    await owner.query(`drop table ${last}`);
    const clients = await Promise.all(Array.from({ length: 10 }, open));
    const made = await Promise.all(
      clients.map((client) => values<number>(client, 'select make_audit_months() as value')),
    );
    expect(made.flat().sort()).to.deep.equal([0, 0, 0, 0, 0, 0, 0, 0, 0, 1]);
    await Promise.all(clients.map((client) => client.end()));
  });

  it('take over from the default partition what came before they were there', async () => {
    const [last = ''] = (await names()).filter((name) => /\d{4}_\d{2}$/u.test(name)).slice(-1);
    await owner.query(`alter table audit_events detach partition ${last}`);
    await owner.query(`drop table ${last}`);
    const within = `now() + interval '13 months'`;
    await server.query(INSERT('audit_events', within));
    await server.query(INSERT('audit_events', `now() + interval '40 years'`));
    const where = () =>
      values<string>(
        owner,
        `select concat_ws(' ', tableoid::regclass, xid, at) as value from audit_events order by at`,
      );
    const found = await where();
    expect(found.filter((row) => row.startsWith('audit_events_default'))).to.have.length(2);
    expect(await values(server, 'select make_audit_months() as value')).to.deep.equal([1]);
    expect(await where()).to.deep.equal(
      found.with(2, String(found[2]).replace('audit_events_default', last)),
    );
    expect(await outcome(owner, 'truncate audit_events_default')).to.equal('42501');
    expect(await names()).to.not.include('audit_events_strays');
  });
});
