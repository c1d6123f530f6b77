import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { vkeyOf } from '../../../../src/domain/audit/tree/note.ts';
import { useEvidence } from '../../../support/evidence.ts';

const run = promisify(execFile);

const ROOT = join(import.meta.dirname, '../../../..');
const EVENTS = 200_000;
/** The heap of a process that would not hold a tenth of the events. */
const LITTLE = '--max-old-space-size=72';

describe('a bundle of very many events', function () {
  this.timeout(300_000);
  const evidence = useEvidence();
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'gatehouse-big-'));
  });
  after(() => rm(folder, { recursive: true }));

  const node = async (...args: string[]) =>
    (await run(process.execPath, [LITTLE, ...args], { cwd: ROOT, env: { PATH: process.env.PATH } })).stdout;

  async function verify(bundle: string, keys: string): Promise<string> {
    const key = join(folder, 'key');
    await writeFile(key, keys);
    return node('src/cli.ts', 'audit', 'verify', bundle, '--key', key);
  }

  it('is written and verified in little memory', async () => {
    const bundle = join(folder, 'made-up.zip');
    const key = await node('test/support/big-bundle.ts', 'write', bundle, String(EVENTS));
    expect(await verify(bundle, key))
      .to.match(/^Intact/)
      .and.include(`Events: ${EVENTS}: 0 to ${EVENTS - 1}`);
  });

  it('is exported from the database in little memory', async () => {
    const { here } = evidence;
    await here.owner.query(
      `insert into audit_events (id, at, type, outcome, details, xid)
       select gen_random_uuid(), now() - interval '1 day' + n * interval '100 milliseconds', 'key.retired', 'success',
         jsonb_build_object('kid', n::text), null
       from generate_series(1, $1) as n`,
      [EVENTS],
    );
    await here.sealAll();
    const bundle = join(folder, 'exported.zip');
    await node('test/support/big-bundle.ts', 'export', bundle, here.url);
    const keys = (await evidence.keys()).map(vkeyOf).join('\n');
    expect(await verify(bundle, keys))
      .to.match(/^Intact/)
      .and.include(`Unproven before: ${EVENTS}: 0–`);
  });
});
