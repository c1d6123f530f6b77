import { execFile } from 'node:child_process';
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { openDatabase } from '../../src/storage/orm.ts';
import { ENTITIES, MIGRATIONS_PATH } from '../../src/wire.ts';
import { createTestDatabase, stopTestPostgres } from '../../test/support/postgres.ts';
import { sealingOn } from '../../test/support/sealing.ts';
import { projectRoot } from '../machine.ts';
import { type Figure, judged, type Row } from './row.ts';

const EVENTS = 1_000_000;
const QUICK_EVENTS = 100_000;
/** What an auditor waits for, and what an operator does. */
const SECONDS_AT_MOST = 60;

const run = promisify(execFile);
const node = (...args: string[]) =>
  run(process.execPath, args, { cwd: projectRoot, env: { PATH: process.env.PATH } });

async function seconds(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await work();
  return (performance.now() - began) / 1000;
}

/** Exporting and verifying a trail, in a database of its own: a million events of the size of a sign-in's. */
export const auditEvidence: Row = {
  name: 'audit evidence',
  async measure({ quick }) {
    const count = quick ? QUICK_EVENTS : EVENTS;
    const test = await createTestDatabase();
    const folder = await mkdtemp(join(tmpdir(), 'gatehouse-bench-'));
    const options = { entities: ENTITIES, migrationsPath: MIGRATIONS_PATH, role: 'server' as const };
    const database = await openDatabase({ ...options, url: test.serverUrl, poolSize: 2 });
    try {
      const sealing = sealingOn(database);
      await sealing.openKey();
      for (let first = 1; first <= count; first += BATCH)
        await database.query(ROWS, [first, Math.min(first + BATCH - 1, count)]);
      const sealed = await seconds(async () => {
        while ((await sealing.sealer.seal()).more);
      });
      const [bundle, key] = [join(folder, 'trail.zip'), join(folder, 'key')];
      await writeFile(key, (await sealing.keys.list()).map(({ verifier }) => verifier).join('\n'));
      const exported = await seconds(() =>
        node('test/support/big-bundle.ts', 'export', bundle, test.serverUrl),
      );
      const verified = await seconds(() => node('src/cli.ts', 'audit', 'verify', bundle, '--key', key));
      const megabytes = Math.round((await stat(bundle)).size / 1e6);
      const figure = (what: string, value: number, detail: string): Figure => ({
        ...judged(`${what} ${count.toLocaleString('en')} events, seconds`, value, {
          atMost: SECONDS_AT_MOST,
        }),
        detail,
        rounds: { seconds: [value] },
      });
      return [
        figure(
          'audit export of',
          exported,
          `a bundle of ${megabytes} MB; sealing them took ${sealed.toFixed(0)} s`,
        ),
        figure('audit verify of', verified, 'gatehouse audit verify, with its start'),
      ];
    } finally {
      await database.close();
      await test.drop();
      await stopTestPostgres();
      await rm(folder, { recursive: true });
    }
  },
};

/** Events of before, which are sealed in the order of their time. */
const ROWS = `
  insert into audit_events
    (id, at, type, outcome, account, client, session, factor, ip, user_agent, request_id, details, xid)
  select gen_random_uuid(), now() - interval '30 days' + n * interval '1 second', 'sign_in.succeeded', 'success',
    gen_random_uuid()::text, 'patient-records', gen_random_uuid()::text, 'pwd', '192.0.2.17',
    'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36',
    gen_random_uuid()::text, '{"acr": "aal2", "amr": ["pwd", "otp"]}', null
  from generate_series($1::int, $2::int) as n`;

/** So many are written at once: within the time that the server's role gives a statement. */
const BATCH = 50_000;
