import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { registerMigrate } from '../../../src/commands/migrate.ts';
import { ConfigurationError } from '../../../src/config/load.ts';
import { GatehouseError } from '../../../src/kernel/errors.ts';
import { startMark } from '../../../src/storage/processes.ts';
import { createEmptyDatabase, type TestDatabase } from '../../support/postgres.ts';
import { runCommand } from './terminal.ts';

const run = (env: Record<string, string>, ...words: string[]) =>
  runCommand((program, terminal) => registerMigrate(program, terminal, env), 'migrate', ...words);

describe('gatehouse migrate', function migrateCommand() {
  // Every migration there is, up, down and up again.
  this.timeout(60_000);
  let database: TestDatabase;
  let folder: string;
  before(async () => {
    database = await createEmptyDatabase();
    folder = await mkdtemp(join(tmpdir(), 'gatehouse-migrate-'));
  });
  after(async () => {
    await database?.drop();
    await rm(folder, { recursive: true, force: true });
  });

  it('shows, applies, and takes back, with nothing of the configuration but the database', async () => {
    const env = { NODE_ENV: 'production', DATABASE_OWNER_URL: database.ownerUrl };
    const fresh = await run(env, 'status');
    expect(fresh.error).to.equal(undefined);
    expect(fresh.exitCode).to.equal(2);
    const names = fresh.printed.split('\n').map((line) => line.split(/ +/)[1]);
    expect(fresh.printed).to.match(/^(pending {2}Migration\d+_\w+\n?)+$/);

    const up = await run(env, 'up');
    expect(up.printed.split('\n')).to.deep.equal(names.map((name) => `applied ${name}`));
    expect((await run(env, 'up')).printed).to.equal('Nothing is pending.');
    const done = await run(env, 'status');
    expect(done.exitCode).to.equal(0);
    expect(done.printed.split('\n')[0]).to.match(/^applied {2}Migration\w+ {2}\d{4}-\d\d-\d\dT/);

    expect((await run(env, 'down', '--yes')).printed).to.equal(`took back ${names.at(-1)}`);
    expect((await run(env, 'status')).printed).to.match(new RegExp(`^pending  ${names.at(-1)}$`, 'm'));
    for (const _rest of names.slice(1)) await run(env, 'down', '--yes');
    expect((await run(env, 'down')).printed).to.equal('Nothing was applied.');
  });

  it('takes DATABASE_URL where there is no other', async () => {
    expect((await run({ DATABASE_URL: database.ownerUrl }, 'status')).exitCode).to.equal(2);
  });

  it('finds the database of a development server through DATA_DIR', async () => {
    const running = { ownerUrl: database.ownerUrl, serverUrl: database.serverUrl, port: 1, pid: process.pid };
    const content = JSON.stringify({ password: 'x', ...running, mark: await startMark(process.pid) });
    await writeFile(join(folder, 'database.json'), content);
    expect((await run({ DATA_DIR: folder }, 'status')).exitCode).to.equal(2);
  });

  it('says in one line that there is none', async () => {
    const { error } = await run({ DATA_DIR: '/nonexistent/gatehouse' }, 'up');
    expect(error).to.be.instanceOf(GatehouseError).with.property('code', 'database_not_configured');
    expect((error as GatehouseError).safeMessage)
      .to.contain('DATABASE_URL is not set')
      .and.not.to.contain('\n');
  });

  it('in production asks for the database by name', async () => {
    const { error } = await run({ NODE_ENV: 'production', DATA_DIR: folder }, 'up');
    expect(error).to.be.instanceOf(ConfigurationError);
    expect((error as ConfigurationError).problems.join()).to.match(/^DATABASE_URL: is missing/);
  });
});
