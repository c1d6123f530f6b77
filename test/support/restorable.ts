import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { registerRecover } from '../../src/commands/recover.ts';
import { loadConfig } from '../../src/config/load.ts';
import { parseCheckpoint } from '../../src/domain/audit/tree/checkpoint.ts';
import { parseNote } from '../../src/domain/audit/tree/note.ts';
import { openApp } from '../../src/wire.ts';
import { type Outcome, runCommand } from '../unit/commands/terminal.ts';
import { type HttpsStub, startHttpsStub } from './anchors.ts';
import { copyOfDatabase, createTestDatabase, type TestDatabase } from './postgres.ts';
import { eventually } from './processes.ts';
import {
  cheapHasher,
  freePort,
  type Settings,
  startServerOn,
  type TestServer,
  testEnvironment,
} from './server.ts';

export interface Restorable {
  /** The anchors: a file, in a folder of its own, and an address. */
  readonly file: string;
  readonly folder: string;
  readonly stub: HttpsStub;
  readonly original: TestDatabase;
  /** Of the issuer. */
  readonly port: number;
  settings(): Settings;
  start(database?: TestDatabase, settings?: Settings): Promise<TestServer>;
  stop(server: TestServer): Promise<void>;
  /** What a backup of this moment restores; no server may run. */
  backup(): Promise<TestDatabase>;
  /** `gatehouse recover` on a database, as on a machine where no server runs. */
  recover(database: TestDatabase, ...words: string[]): Promise<Outcome>;
  /** Waits until every event so far is sealed. */
  sealed(server: TestServer): Promise<void>;
  /** The size of the newest checkpoint. */
  newestOf(server: TestServer): Promise<number>;
  /** Waits until every event so far is sealed, and the newest checkpoint is where it is anchored. */
  anchored(server: TestServer): Promise<number>;
  newestInFile(): Promise<number | undefined>;
}

/** Servers on a database that is put back to earlier states, with a file and an address as anchors that are not. */
export function useRestorable(more: Settings = {}) {
  let folder: string;
  let port: number;
  let stub: HttpsStub;
  const databases: TestDatabase[] = [];
  const servers: TestServer[] = [];

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'gatehouse-anchors-'));
    port = await freePort();
    stub = await startHttpsStub();
    databases.push(await createTestDatabase());
  });
  afterEach(async () => {
    for (const server of servers.splice(0)) await server.stop();
    for (const database of databases.splice(0)) await database.drop();
    await stub.close();
    await rm(folder, { recursive: true });
  });

  const settings = (): Settings => ({
    ISSUER: `http://localhost:${port}`,
    PORT: String(port),
    AUDIT_ANCHORS: `file:${here.file}, ${stub.url}/anchors`,
    AUDIT_ANCHOR_SECONDS: '1',
    ...more,
  });

  const here: Restorable = {
    get file(): string {
      return join(folder, 'anchors.txt');
    },
    get folder(): string {
      return folder;
    },
    get stub(): HttpsStub {
      return stub;
    },
    get original(): TestDatabase {
      return databases[0] as TestDatabase;
    },
    get port(): number {
      return port;
    },
    settings,
    async start(database = here.original, given = {}) {
      const server = await startServerOn(database, { settings: { ...settings(), ...given } });
      servers.push(server);
      return server;
    },

    async stop(server: TestServer): Promise<void> {
      servers.splice(servers.indexOf(server), 1);
      await server.stop();
    },

    async backup() {
      const copy = await copyOfDatabase(here.original);
      databases.push(copy);
      return copy;
    },

    async recover(database, ...words) {
      const config = loadConfig({ env: testEnvironment(database, port, settings()), configFile: false });
      const app = await openApp(config, { hasher: await cheapHasher() });
      try {
        return await runCommand(
          (program, terminal) => registerRecover(program, (work) => work(app), terminal),
          'recover',
          ...words,
        );
      } finally {
        await app.close();
      }
    },

    sealed: ({ app }) =>
      eventually('every event is sealed', async () => {
        app.jobs.wake('seal-audit');
        const left = await app.database.query(
          'select 1 from audit_events e where not exists (select from audit_leaves where event = e.id) limit 1',
        );
        return left.length === 0;
      }),

    async newestOf({ app }: TestServer): Promise<number> {
      const [row] = await app.database.query<{ size: number }>(
        'select signed_size::int as size from audit_sealing',
      );
      return Number(row?.size);
    },

    async anchored(server) {
      await here.sealed(server);
      const newest = () => here.newestOf(server);
      await eventually('the newest checkpoint is anchored', async () => {
        server.app.jobs.wake('anchor-audit');
        const size = await newest();
        return (await here.newestInFile()) === size && sizeOfNote(stub.kept.at(-1)) === size;
      });
      return newest();
    },

    async newestInFile(): Promise<number | undefined> {
      const text = await readFile(here.file, 'utf8').catch(() => '');
      return sizeOfNote(text.split('---\n').at(-2));
    },
  };
  return here;
}

export function sizeOfNote(note: string | undefined): number | undefined {
  const parsed = parseNote(note ?? '');
  return parsed && parseCheckpoint(parsed.text)?.size;
}
