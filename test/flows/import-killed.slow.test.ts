import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import pg from 'pg';
import { sshaHash } from '../support/password-hashes.ts';
import { createTestDatabase, type TestDatabase } from '../support/postgres.ts';
import { eventually, startNode } from '../support/processes.ts';
import { freePort, testEnvironment } from '../support/server.ts';

const PEOPLE = 3_000;

describe('an import that is killed while it wraps', function killed() {
  this.timeout(180_000);
  let database: TestDatabase;
  let client: pg.Client;
  let folder: string;
  before(async () => {
    database = await createTestDatabase();
    client = new pg.Client({ connectionString: database.ownerUrl });
    await client.connect();
    folder = await mkdtemp(join(tmpdir(), 'gatehouse-import-'));
  });
  after(async () => {
    await client.end();
    await database.drop();
    await rm(folder, { recursive: true });
  });

  const count = async (sql: string) => Number((await client.query<{ n: string }>(sql)).rows[0]?.n);
  const staged = () => count('select count(*) as n from staged_password_hashes');
  const accounts = () => count('select count(*) as n from accounts');

  it('has made no account, and goes on where it ended', async () => {
    const path = join(folder, 'people.jsonl');
    const lines = Array.from({ length: PEOPLE }, (_, index) => ({
      email: `person-${index}@example.org`,
      name: 'Pat Person',
      password_hash: sshaHash('seven quiet lanterns'),
    }));
    await writeFile(path, lines.map((line) => JSON.stringify(line)).join('\n'));
    const settings = { ARGON2_MEMORY_KIB: '4096', ARGON2_TIME_COST: '1' };
    const env = { ...process.env, ...testEnvironment(database, await freePort(), settings) };
    const run = () => startNode(['src/cli.ts', 'users', 'import', path], { env });

    const first = run();
    await eventually('some are wrapped', async () => (await staged()) >= 200);
    first.child.kill('SIGKILL');
    await first.exit;
    const kept = await staged();
    expect(kept).to.be.at.least(200).and.below(PEOPLE);
    expect(await accounts()).to.equal(0);

    const second = run();
    expect(await second.exit, second.output()).to.equal(0);
    expect(second.output())
      .to.include(`Imported ${PEOPLE} accounts`)
      .and.match(new RegExp(`hashes are wrapped, ${kept} of them by an earlier run`));
    expect([await accounts(), await staged()]).to.deep.equal([PEOPLE, 0]);
    expect(
      await count(`select count(*) as n from accounts where password_hash like '$wrapped$sha1$%'`),
    ).to.equal(PEOPLE);
  });
});
