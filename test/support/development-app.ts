import pg from 'pg';
import { sha256 } from '../../src/kernel/crypto.ts';
import { readEmbeddedConnection } from '../../src/storage/embedded.ts';
import { type Bench, createBench, type DevelopmentServer } from './development.ts';
import type { Person } from './person.ts';

export interface RunningApp {
  readonly bench: Bench;
  readonly server: DevelopmentServer;
}

/** One `npm start` for the tests of a `describe`, with accounts for `people`: call it inside, and the result when a test runs. */
export function useApp({
  people = [],
  settings = {},
}: {
  people?: readonly Person[];
  settings?: Record<string, string>;
} = {}): () => RunningApp {
  let running: RunningApp | undefined;
  before(async function start() {
    this.timeout(60_000);
    const bench = await createBench();
    Object.assign(bench.env, settings);
    running = { bench, server: await bench.start() };
    for (const person of people) await createAccount(bench, person);
  });
  after(() => running?.bench.clear());
  return () => {
    if (running === undefined) throw new Error('the server is started before the tests, and only then');
    return running;
  };
}

async function createAccount(bench: Bench, { email, name, password }: Person): Promise<void> {
  const command = bench.launch({}, [
    ...['src/cli.ts', 'users', 'create', '--password-stdin'],
    ...['--email', email, '--name', name],
  ]);
  command.child.stdin?.end(`${password}\n`);
  if ((await command.exit) !== 0) throw new Error(command.output());
}

/** Lets time pass for one sign-in page: its interaction is as old as it may become, and a minute older. */
export async function expireInteraction({ dataDir }: Bench, uid: string): Promise<void> {
  const connection = await readEmbeddedConnection(dataDir);
  const client = new pg.Client({ connectionString: connection?.ownerUrl });
  await client.connect();
  try {
    const { rowCount } = await client.query(
      `update oidc_artifacts set expires_at = now() - interval '1 minute' where model = 'Interaction' and id_hash = $1`,
      [sha256(uid)],
    );
    if (rowCount !== 1) throw new Error(`there is no interaction ${uid}`);
  } finally {
    await client.end();
  }
}
