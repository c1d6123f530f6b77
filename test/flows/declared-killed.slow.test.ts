import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import pg from 'pg';
import { createTestDatabase, type TestDatabase } from '../support/postgres.ts';
import { eventually, startNode } from '../support/processes.ts';
import { testEnvironment } from '../support/server.ts';

const UNITS = 400;

describe('an apply that is killed', function killed() {
  this.timeout(180_000);
  let test: TestDatabase;
  let client: pg.Client;
  let folder: string;

  before(async () => {
    test = await createTestDatabase();
    client = new pg.Client({ connectionString: test.ownerUrl });
    await client.connect();
    folder = await mkdtemp(join(tmpdir(), 'gatehouse-declared-'));
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

  it('goes on with the same plan where it ended: every unit and every event once', async () => {
    const [file, plan] = [join(folder, 'units.json'), join(folder, 'plan.json')];
    const units = Object.fromEntries(
      Array.from({ length: UNITS }, (_, at) => [
        `u${at}`,
        { name: `Unit ${at}`, ...(at % 10 === 0 ? {} : { parent: `u${at - (at % 10)}` }) },
      ]),
    );
    await writeFile(file, JSON.stringify({ gatehouse: 1, units }));
    const env = { PATH: process.env.PATH, ...testEnvironment(test, 1) };
    const run = (...words: string[]) => startNode(['src/cli.ts', 'config', ...words], { env });
    const planned = run('plan', file, '--out', plan);
    expect(await planned.exit, planned.output()).to.equal(2);
    const { hash } = JSON.parse(await readFile(plan, 'utf8'));

    const first = run('apply', file, '--plan', plan);
    await eventually('some are there', async () => (await count('units')) >= 20, 120_000);
    process.kill(first.pid, 'SIGKILL');
    await first.exit;
    const before = await count('units');
    expect(before).to.be.within(20, UNITS - 1);
    expect(await count('declared_objects')).to.equal(before);

    const second = run('apply', file, '--plan', hash);
    expect(await second.exit, second.output()).to.equal(0);
    expect(second.output()).to.contain(`Applied the document "default": ${UNITS - before} changes.`);
    expect([await count('units'), await count('declared_objects')]).to.deep.equal([UNITS, UNITS]);
    expect(await count(`audit_events where type = 'unit.created'`)).to.equal(UNITS);
    const again = run('plan', file);
    expect(await again.exit, again.output()).to.equal(0);
  });
});
