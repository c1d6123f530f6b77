import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { createTestDatabase, type TestDatabase } from './postgres.ts';
import { type Started, startNode } from './processes.ts';
import { freePort, type Settings, testEnvironment } from './server.ts';

export const SECRET = 'hunter2-and-more';

/** Starts commands and servers as processes, which are to fail, on a database of their own: to be called in a `describe`. */
export function useFailingCommands() {
  let database: TestDatabase;
  let folder: string;
  const started: Started[] = [];

  before(async () => {
    database = await createTestDatabase();
    folder = await mkdtemp(join(tmpdir(), 'gatehouse-failures-'));
  });
  afterEach(async () => {
    for (const { child, exit } of started.splice(0)) {
      child.kill('SIGKILL');
      await exit;
    }
  });
  after(async () => {
    await database.drop();
    await rm(folder, { recursive: true, force: true });
  });

  const launch = async (args: string[], settings: Settings) => {
    const { PATH = '', HOME = '' } = process.env;
    const process_ = startNode(args, {
      env: { PATH, HOME, ...testEnvironment(database, await freePort(), settings) },
    });
    started.push(process_);
    return process_;
  };

  /** The one line with which it failed. */
  const failure = async (args: string[], settings: Settings): Promise<string> => {
    const process_ = await launch(args, settings);
    expect(await process_.exit, process_.output()).to.equal(1);
    const lines = process_
      .output()
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('{'));
    expect(lines, process_.output()).to.have.length(1);
    expect(lines[0]).to.match(/^gatehouse: /);
    expect(process_.output())
      .not.to.include(SECRET)
      .and.not.match(/\n\s+at |ZodError|node:internal/);
    return lines[0] ?? '';
  };

  const changed = (change: (url: URL) => void) => {
    const url = new URL(database.ownerUrl);
    change(url);
    return url.href;
  };

  return {
    get database() {
      return database;
    },
    get folder() {
      return folder;
    },
    launch,
    failure,
    changed,
  };
}
