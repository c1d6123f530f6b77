import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import pg from 'pg';
import { createTestDatabase, type TestDatabase } from '../support/postgres.ts';
import { eventually, startNode } from '../support/processes.ts';
import { testEnvironment } from '../support/server.ts';

const PEOPLE = 20_000;

describe('an import that is killed', function killed() {
  this.timeout(180_000);
  let test: TestDatabase;
  let client: pg.Client;
  let folder: string;

  before(async () => {
    test = await createTestDatabase();
    client = new pg.Client({ connectionString: test.ownerUrl });
    await client.connect();
    folder = await mkdtemp(join(tmpdir(), 'gatehouse-import-'));
  });
  after(async () => {
    await client.end();
    await test.drop();
    await rm(folder, { recursive: true });
  });

  const count = async (table: string) => {
    const { rows } = await client.query<{ count: number }>(`select count(*)::int as count from ${table}`);
    return rows[0]?.count ?? 0;
  };

  it('goes on where it ended when it is asked for again: every account and every event once', async () => {
    const file = join(folder, 'people.jsonl');
    const lines = Array.from({ length: PEOPLE }, (_, at) =>
      JSON.stringify({ email: `p${at}@example.org`, name: `P ${at}`, sub: `legacy|${at}`, roles: ['nurse'] }),
    );
    await writeFile(file, lines.join('\n'));
    const env = { PATH: process.env.PATH, ...testEnvironment(test, 1) };
    const run = () => startNode(['src/cli.ts', 'users', 'import', file], { env });

    const first = run();
    await eventually('some are there', async () => (await count('accounts')) >= 1_000, 120_000);
    process.kill(first.pid, 'SIGKILL');
    await first.exit;
    const before = await count('accounts');
    expect(before).to.be.within(1_000, PEOPLE - 1);
    expect(before % 500, 'whole batches').to.equal(0);

    const second = run();
    expect(await second.exit, second.output()).to.equal(0);
    expect(second.output()).to.contain(
      `Imported ${PEOPLE - before} accounts; ${before} of its lines were imported before.`,
    );
    expect(await count('accounts')).to.equal(PEOPLE);
    expect(await count(`audit_events where type = 'account.created'`)).to.equal(PEOPLE);
  });
});
