import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import pg from 'pg';
import type { GatehouseError } from '../../../src/kernel/errors.ts';
import type { Database } from '../../../src/storage/database.ts';
import { migrateDown, migrateUp } from '../../../src/storage/migrating.ts';
import { openDatabase } from '../../../src/storage/orm.ts';
import { ENTITIES } from '../../../src/wire.ts';
import { createEmptyDatabase, type TestDatabase } from '../../support/postgres.ts';

/** Beside the project's own, so that what they import is found. */
const HERE = import.meta.dirname;

const FILES = {
  Migration1: ['create table people (id int primary key, name text)'],
  Migration2: ['alter table people add column a text'],
  Migration3: ['alter table people add column b text'],
};

describe('applying migrations while others use the tables', function applying() {
  this.timeout(30_000);
  let folder: string;
  let test: TestDatabase;
  let database: Database;
  let other: pg.Client;

  async function write(name: string, up: readonly string[], transactional = true) {
    await writeFile(
      join(folder, `${name}.ts`),
      `import { Migration } from '@mikro-orm/migrations';
      export class ${name} extends Migration {
        override isTransactional() { return ${transactional}; }
        override up() { for (const sql of ${JSON.stringify(up)}) this.addSql(sql); }
        override down() { this.addSql('select 1'); }
      }`,
    );
  }
  const open = (url = test.ownerUrl) =>
    openDatabase({ url, entities: ENTITIES, role: 'owner', poolSize: 2, migrationsPath: folder });
  const codeOf = (work: Promise<unknown>) =>
    work.then(
      () => 'done',
      (error: GatehouseError) => error.code,
    );
  const applied = async () => (await database.orm.migrator.getExecuted()).map(({ name }) => name);

  beforeEach(async () => {
    folder = await mkdtemp(join(HERE, 'migrations-'));
    for (const [name, up] of Object.entries(FILES)) await write(name, up);
    test = await createEmptyDatabase();
    database = await open();
    other = new pg.Client({ connectionString: test.ownerUrl });
    await other.connect();
  });
  afterEach(async () => {
    await other.end();
    await database.close();
    await test.drop();
    await rm(folder, { recursive: true });
  });

  it('lets everybody pass who would wait behind it, and tries again until it has its lock', async () => {
    await database.orm.migrator.up({ to: 'Migration1' });
    await other.query('begin');
    await other.query('select * from people');
    const blocked: string[] = [];
    const migrating = migrateUp(database, { onBlocked: (name) => blocked.push(name), pauseMs: 200 });
    // A reader that comes while the migration waits is answered as soon as that has given up for the moment.
    const reader = new pg.Client({ connectionString: test.ownerUrl });
    await reader.connect();
    while (blocked.length === 0) await reader.query('select * from people');
    for (let n = 0; n < 5; n += 1) await reader.query('select * from people');
    await reader.end();
    expect(await applied()).to.deep.equal(['Migration1']);
    expect(blocked).to.deep.equal(['Migration2']);
    await other.query('commit');
    await migrating;
    expect(await applied()).to.deep.equal(Object.keys(FILES));
  });

  it('gives up in the end and says of which, and what came before it stays', async () => {
    await database.orm.migrator.up({ to: 'Migration2' });
    await other.query('begin');
    await other.query('select * from people');
    const failed = await migrateUp(database, { tries: 2, pauseMs: 10 }).catch((error) => error);
    expect(failed).to.have.property('code', 'migration_blocked');
    expect(failed.safeMessage).to.match(/^Migration3: did not get its locks/u);
    await other.query('commit');
    expect(await applied()).to.deep.equal(['Migration1', 'Migration2']);
  });

  it('commits each by itself, so that one that fails takes no other along', async () => {
    await write('Migration3', ['alter table people add column c text', 'select nothing from nowhere']);
    expect(await codeOf(migrateUp(database))).not.to.equal('done');
    expect(await applied()).to.deep.equal(['Migration1', 'Migration2']);
    const { rows } = await other.query(`select * from information_schema.columns where column_name = 'c'`);
    expect(rows).to.deep.equal([]);
  });

  it('ends a statement that takes too long, and says how to give it more time', async () => {
    await database.close();
    await write('Migration2', ['select pg_sleep(10)']);
    database = await open(`${test.ownerUrl}?statement_timeout=200`);
    const failed = await migrateUp(database).catch((error) => error);
    expect(failed).to.have.property('code', 'migration_too_long');
    expect(failed.safeMessage).to.match(/^Migration2: .*statement_timeout=/u);
  });

  it('builds indexes beside transactions, with limits that end with the migration', async () => {
    const index = [
      `set lock_timeout = '10s'`,
      'set statement_timeout = 0',
      'drop index concurrently if exists i',
      'create index concurrently i on people (name)',
    ];
    await write('Migration2', index, false);
    await write('Migration3', [
      `create table limits as select current_setting('lock_timeout') as waits, current_setting('statement_timeout') as takes`,
    ]);
    await migrateUp(database);
    expect((await other.query('select * from limits')).rows).to.deep.equal([{ waits: '1s', takes: '1min' }]);
    expect((await other.query(`select to_regclass('i') is not null as made`)).rows).to.deep.equal([
      { made: true },
    ]);
  });

  it('is one at a time: of two, one does it and the other finds it done', async () => {
    const second = await open();
    const done: string[] = [];
    const onDone = (name: string) => done.push(name);
    await Promise.all([migrateUp(database, { onDone }), migrateUp(second, { onDone, pauseMs: 50 })]);
    await second.close();
    expect(done).to.deep.equal(Object.keys(FILES));
    await other.query(`select pg_advisory_lock(hashtextextended('gatehouse:migrations', 0))`);
    expect(await codeOf(migrateUp(database, { tries: 2, pauseMs: 10 }))).to.equal('migrations_under_way');
  });

  it('takes the last back', async () => {
    await migrateUp(database);
    const done: string[] = [];
    await migrateDown(database, { onDone: (name) => done.push(name) });
    expect(done).to.deep.equal(['Migration3']);
    expect(await applied()).to.deep.equal(['Migration1', 'Migration2']);
  });

  it('takes nothing back but what was agreed to', async () => {
    await migrateUp(database);
    expect(await codeOf(migrateDown(database, { expected: 'Migration2' }))).to.equal('migrations_changed');
    expect(await applied()).to.deep.equal(Object.keys(FILES));
    await migrateDown(database, { expected: 'Migration3' });
    expect(await applied()).to.deep.equal(['Migration1', 'Migration2']);
  });
});
