import { chmod, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import pg from 'pg';
import { GatehouseError } from '../../../src/kernel/errors.ts';
import {
  type EmbeddedOptions,
  type EmbeddedPostgres,
  startEmbeddedPostgres,
} from '../../../src/storage/embedded.ts';
import { makeDatabaseFolder } from '../../support/database-folder.ts';
import { eventually, processesWith, type Started, startNode } from '../../support/processes.ts';

const LAUNCHER = 'test/support/embedded-launcher.ts';
export const isRoot = process.getuid?.() === 0;

/** An embedded PostgreSQL as it was started, and a folder for its data, anew for each test of a `describe`: call it inside. */
export function useEmbedded() {
  let parent: string;
  let folder: string;
  let running: EmbeddedPostgres[];
  let launchers: Started[];

  beforeEach(async () => {
    parent = await makeDatabaseFolder('embedded');
    await chmod(parent, 0o711);
    folder = join(parent, 'data');
    running = [];
    launchers = [];
  });

  afterEach(async () => {
    for (const server of running) await server.stop();
    for (const { child, exit } of launchers) {
      child.stdin?.end();
      await exit;
    }
    await eventually('no process is left', async () => (await processesWith(parent)).length === 0);
    await rm(parent, { recursive: true, force: true });
  });

  const start = async (options: Partial<EmbeddedOptions> = {}) => {
    const server = await startEmbeddedPostgres({ dataDir: folder, durable: false, ...options });
    running.push(server);
    return server;
  };

  const launch = async (...args: string[]) => {
    const launcher = startNode([LAUNCHER, folder, ...args]);
    launchers.push(launcher);
    const [line] = await launcher.waitFor(/^\{.*\}$/m);
    return { launcher, said: JSON.parse(line) as { code?: string; message?: string; ownerUrl?: string } };
  };

  const ask = async (url: string, statement: string): Promise<unknown> => {
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    try {
      const { rows } = await client.query({ text: statement, rowMode: 'array' });
      return rows[0]?.[0];
    } finally {
      await client.end();
    }
  };

  const refusal = async (work: Promise<unknown>): Promise<GatehouseError> => {
    const error = await work.then(
      () => undefined,
      (reason: unknown) => reason,
    );
    expect(error).to.be.instanceOf(GatehouseError);
    return error as GatehouseError;
  };

  const postmaster = async (at = folder) =>
    Number((await readFile(join(at, 'postgres', 'postmaster.pid'), 'utf8')).split('\n')[0]);

  return {
    get parent() {
      return parent;
    },
    get folder() {
      return folder;
    },
    get running() {
      return running;
    },
    ...{ start, launch, ask, refusal, postmaster },
  };
}
