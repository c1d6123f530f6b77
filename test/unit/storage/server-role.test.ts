import { expect } from 'chai';
import pg from 'pg';
import { migrateUp } from '../../../src/storage/migrating.ts';
import { openDatabase } from '../../../src/storage/orm.ts';
import { ENTITIES } from '../../../src/wire.ts';
import { createEmptyDatabase, migrationsPath, type TestDatabase } from '../../support/postgres.ts';
import { startServerOn } from '../../support/server.ts';

/** Functions that do for the server what its role may not, each with why. */
const DEFINERS: Record<string, string> = {
  make_audit_months:
    'the audit trail needs a partition for each month to come, and the server makes no tables',
  advance_status_blocks: 'a declared restore leaves places of tokens out that may have been given; it only goes forward',
};

/** Rights that nobody needs to read, add, change or remove rows. */
const DATA_RIGHTS = ['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'USAGE', 'EXECUTE'];

describe('the role of the server', () => {
  let database: TestDatabase;
  let client: pg.Client;
  const values = async <T>(sql: string): Promise<T[]> =>
    (await client.query<{ value: T }>(sql)).rows.map(({ value }) => value);

  before(async () => {
    // Rights to a database do not come with its template.
    database = await createEmptyDatabase();
    const owner = await openDatabase({
      url: database.ownerUrl,
      entities: ENTITIES,
      role: 'owner',
      poolSize: 2,
      migrationsPath,
    });
    await migrateUp(owner);
    await owner.close();
    client = new pg.Client({ connectionString: database.ownerUrl });
    await client.connect();
  });
  after(async () => {
    await client.end();
    await database.drop();
  });

  it('may make nothing: no table, no schema, no role, not even a temporary table', async () => {
    const name = (await values<string>('select quote_ident(current_database()) as value'))[0];
    const attempts = [
      'create table x (id int)',
      'create table public.x (id int)',
      'create temporary table x (id int)',
      'create schema x',
      'create view x as select 1',
      'create sequence x',
      'create type x as (id int)',
      `create function x() returns int language sql as 'select 1'`,
      'create role x',
      'create extension pgcrypto',
      'alter table accounts add column x text',
      'create index x on accounts (name)',
      'drop table accounts',
      'truncate accounts',
      'alter function notify_change() rename to x',
      `alter database ${name} set lock_timeout = 0`,
      'comment on table accounts is null',
    ];
    for (const attempt of attempts) {
      await client.query('begin');
      await client.query('set local role gatehouse_server');
      const outcome = await client.query(attempt).then(
        () => 'allowed',
        (error: Error) => error.message,
      );
      await client.query('rollback');
      expect(outcome, attempt).to.match(/permission denied|must be owner/u);
    }
  });

  it('has rights to rows and nothing else, and is a member of no other role', async () => {
    const rights = await values<string>(`
      select distinct privilege_type as value from (
        select (aclexplode(relacl)).* from pg_class where relnamespace = 'public'::regnamespace
        union all select (aclexplode(attacl)).* from pg_attribute
        union all select (aclexplode(nspacl)).* from pg_namespace where nspname = 'public') as granted
      where grantee = 'gatehouse_server'::regrole`);
    expect(DATA_RIGHTS).to.include.members(rights);
    expect(
      await values(`select roleid::regrole::text as value from pg_auth_members
        where member = 'gatehouse_server'::regrole`),
    ).to.deep.equal([]);
    const [flags] = await values<string>(`
      select concat(rolsuper, rolcreaterole, rolcreatedb, rolbypassrls, rolreplication) as value
      from pg_roles where rolname = 'gatehouse_server'`);
    expect(flags).to.equal('fffff');
  });

  it('owns nothing after a server has run with it', async () => {
    const server = await startServerOn(database);
    expect((await fetch(`${server.issuer}/health/ready`)).status).to.equal(200);
    await server.stop();
    expect(
      await values(`select objid::text as value from pg_shdepend
        where refobjid = 'gatehouse_server'::regrole and deptype = 'o'
          and dbid = (select oid from pg_database where datname = current_database())`),
    ).to.deep.equal([]);
  });

  it('is helped by functions that pin what their names mean, and that nobody else may call', async () => {
    const found = await client.query<{
      name: string;
      owner: boolean;
      path: string | null;
      callers: string[];
    }>(`
      select proname as name, proowner = (select relowner from pg_class where oid = 'accounts'::regclass) as owner,
        (select setting from unnest(proconfig) as setting where setting like 'search_path=%') as path,
        array(select grantee::regrole::text from aclexplode(coalesce(proacl, acldefault('f', proowner)))
          where grantee <> proowner) as callers
      from pg_proc where prosecdef and pronamespace = 'public'::regnamespace order by proname`);
    expect(found.rows.map(({ name }) => name)).to.deep.equal(Object.keys(DEFINERS).sort());
    for (const { name, owner, path, callers } of found.rows) {
      expect(owner, `${name} belongs to who owns the tables`).to.equal(true);
      expect(path, `${name} pins search_path`).to.match(/^search_path=pg_catalog\b.*, pg_temp$/u);
      expect(callers, `who may call ${name}`).to.deep.equal(['gatehouse_server']);
    }
  });
});
