import { execFile } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import pg from 'pg';
import { GatehouseError } from '../../../src/kernel/errors.ts';
import { writePrivateFile } from '../../../src/storage/data-folder.ts';
import {
  type EmbeddedOptions,
  type EmbeddedPostgres,
  readEmbeddedConnection,
  startEmbeddedPostgres,
} from '../../../src/storage/embedded.ts';
import { type Cluster, ensureCluster } from '../../../src/storage/embedded-cluster.ts';
import { eventually, hasEnded, processesWith, type Started, startNode } from '../../support/processes.ts';

const run = promisify(execFile);
const LAUNCHER = 'test/support/embedded-launcher.ts';
const isRoot = process.getuid?.() === 0;
const NOBODY = 65_534;
/** Root's database runs as another user, who may be locked out of a TMPDIR of root's own. */
const TEMPORARY = isRoot ? '/var/tmp' : tmpdir();

describe('embedded PostgreSQL', () => {
  let parent: string;
  let folder: string;
  let running: EmbeddedPostgres[];
  let launchers: Started[];

  beforeEach(async () => {
    parent = await mkdtemp(join(TEMPORARY, 'gatehouse-embedded-'));
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

  it('runs PostgreSQL 18 with UTF-8, on the loopback address only, with a password that nobody else can read', async () => {
    const progress: string[] = [];
    const server = await start({ onProgress: (message) => progress.push(message) });
    expect(await ask(server.ownerUrl, 'show server_version_num')).to.match(/^18/);
    expect(await ask(server.ownerUrl, 'show server_encoding')).to.equal('UTF8');
    expect(await ask(server.ownerUrl, 'show listen_addresses')).to.equal('127.0.0.1');
    expect(await ask(server.ownerUrl, 'show unix_socket_directories')).to.equal('');
    expect(await ask(server.ownerUrl, 'show fsync')).to.equal('off');
    expect(progress).to.have.length(1);
    const { mode } = await stat(join(folder, 'database.json'));
    expect(mode & 0o077).to.equal(0);
    const wrong = new URL(server.ownerUrl);
    wrong.password = 'guess';
    const error = await ask(wrong.href, 'select 1').catch((reason: { code: string }) => reason.code);
    expect(error).to.equal('28P01');
  });

  it('is as safe as PostgreSQL is unless a test asks otherwise', async () => {
    const server = await start({ durable: true });
    expect(await ask(server.ownerUrl, 'show fsync')).to.equal('on');
    expect(await ask(server.ownerUrl, 'show synchronous_commit')).to.equal('on');
    expect(await ask(server.ownerUrl, 'show full_page_writes')).to.equal('on');
  });

  it('keeps data, password and port over a restart', async () => {
    const first = await start();
    await ask(first.ownerUrl, 'create table kept as select 42 as answer');
    await first.stop();
    const second = await start({ onProgress: () => expect.fail('nothing to prepare') });
    expect(second.ownerUrl).to.equal(first.ownerUrl);
    expect(await ask(second.ownerUrl, 'select answer from kept')).to.equal(42);
  });

  it('takes another port when its own is taken', async () => {
    const first = await start();
    await first.stop();
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(first.port, '127.0.0.1', resolve));
    try {
      const second = await start();
      expect(second.port).not.to.equal(first.port);
      expect(await ask(second.ownerUrl, 'select 1')).to.equal(1);
    } finally {
      other.close();
    }
  });

  it('lets other processes find it while it runs, and only then', async () => {
    expect(await readEmbeddedConnection(folder)).to.equal(undefined);
    const server = await start();
    const found = await readEmbeddedConnection(folder);
    expect(found).to.include({ ownerUrl: server.ownerUrl, serverUrl: server.serverUrl, port: server.port });
    expect(found?.pid).to.equal(await postmaster());
    await server.stop();
    await server.ended;
    expect(await readEmbeddedConnection(folder)).to.equal(undefined);
  });

  it('refuses a second start on the same data, from this process and from another', async () => {
    await start();
    expect((await refusal(start())).code).to.equal('data_in_use');
    const { said } = await launch();
    expect(said.code).to.equal('data_in_use');
    expect(said.message).to.include(folder).and.include(String(process.pid)).and.not.include('\n');
  });

  it('lets one of several simultaneous starts win, over a stale lock too', async () => {
    await (await start()).stop();
    await writeFile(
      join(folder, 'launcher.lock'),
      JSON.stringify({ pid: process.pid, mark: 'another process' }),
    );
    const all = await Promise.all([launch(), launch(), launch(), launch()]);
    expect(all.filter(({ said }) => said.ownerUrl !== undefined)).to.have.length(1);
    expect(all.filter(({ said }) => said.code === 'data_in_use')).to.have.length(3);
  });

  it('ends with its launcher, even one that is killed, and starts again on the same data', async () => {
    const { launcher, said } = await launch();
    await ask(said.ownerUrl as string, 'create table kept as select 42 as answer');
    const pid = await postmaster();
    launcher.child.kill('SIGKILL');
    await launcher.exit;
    await eventually('PostgreSQL has ended', () => hasEnded(pid));
    expect(await readEmbeddedConnection(folder)).to.equal(undefined);
    const server = await start();
    expect(await ask(server.ownerUrl, 'select answer from kept')).to.equal(42);
  });

  it('ends a PostgreSQL that outlived its launcher, and starts again', async () => {
    const { launcher, said } = await launch();
    await ask(said.ownerUrl as string, 'create table kept as select 42 as answer');
    const orphan = await postmaster();
    const [watchdog] = await processesWith(`gatehouse-watchdog ${orphan}`);
    process.kill(watchdog as number, 'SIGKILL');
    launcher.child.kill('SIGKILL');
    await launcher.exit;
    expect(await hasEnded(orphan)).to.equal(false);
    const server = await start();
    expect(await hasEnded(orphan)).to.equal(true);
    expect(await ask(server.ownerUrl, 'select answer from kept')).to.equal(42);
  });

  it('recovers when PostgreSQL itself was killed', async () => {
    const first = await start({ durable: true });
    await ask(first.ownerUrl, 'create table kept as select 42 as answer');
    process.kill(await postmaster(), 'SIGKILL');
    await first.ended;
    await first.stop();
    const second = await start();
    expect(await ask(second.ownerUrl, 'select answer from kept')).to.equal(42);
  });

  it('is not held up by a postmaster.pid whose number now is another process', async () => {
    await (await start()).stop();
    await writeFile(join(folder, 'postgres', 'postmaster.pid'), `${process.pid}\n${folder}/postgres\n`);
    const server = await start();
    expect(await ask(server.ownerUrl, 'select 1')).to.equal(1);
  });

  it('starts over when making the cluster was cut short', async () => {
    await mkdir(join(folder, 'postgres.new', 'data'), { recursive: true });
    await writeFile(join(folder, 'postgres.new', 'data', 'PG_VERSION'), '18\n');
    const server = await start();
    expect(await ask(server.ownerUrl, 'select 1')).to.equal(1);
  });

  it('sets a new password when database.json was lost', async () => {
    const first = await start();
    await first.stop();
    await rm(join(folder, 'database.json'));
    const second = await start();
    expect(await ask(second.ownerUrl, 'select 1')).to.equal(1);
    expect(new URL(second.ownerUrl).password).not.to.equal(new URL(first.ownerUrl).password);
  });

  it('says which version made the data when it was another', async () => {
    await mkdir(join(folder, 'postgres'), { recursive: true });
    await writeFile(join(folder, 'postgres', 'PG_VERSION'), '17\n');
    const error = await refusal(start());
    expect(error.code).to.equal('data_of_other_version');
    expect(error.safeMessage).to.include('PostgreSQL 17').and.include('PostgreSQL 18');
  });

  it('says why when PostgreSQL does not start', async () => {
    await (await start()).stop();
    await writeFile(join(folder, 'postgres', 'postgresql.conf'), 'no_such_setting = on\n');
    const error = await refusal(start());
    expect(error.code).to.equal('embedded_postgres_failed');
    expect(error.safeMessage).to.not.include('\n');
    expect(error.message).to.include('no_such_setting');
  });

  it('refuses a data folder that is no folder', async () => {
    await writeFile(folder, '');
    expect((await refusal(start())).code).to.equal('data_unreadable');
  });

  it('refuses a data folder that it may not read', async () => {
    await mkdir(folder, { mode: 0o700 });
    if (!isRoot) await chmod(folder, 0o000);
    const { said } = await launch(...(isRoot ? [String(NOBODY)] : []));
    expect(said.code).to.equal('data_unreadable');
    await chmod(folder, 0o700);
  });

  it('refuses a database.json that it cannot make sense of', async () => {
    await mkdir(folder);
    await writeFile(join(folder, 'database.json'), '{');
    expect((await refusal(start())).code).to.equal('data_unreadable');
    expect((await refusal(readEmbeddedConnection(folder))).code).to.equal('data_unreadable');
  });

  it('serves root from a checkout that the database user cannot reach', async () => {
    await chmod(parent, 0o700);
    const server = await start();
    expect(await ask(server.ownerUrl, 'select 1')).to.equal(1);
    const data = (await ask(server.ownerUrl, 'show data_directory')) as string;
    if (isRoot) {
      expect(data).to.match(/^\/var\/lib\/gatehouse-development\//);
      expect((await refusal(start())).code).to.equal('data_in_use');
      await server.stop();
      await rm(join(data, '..'), { recursive: true });
    } else {
      expect(data).to.equal(join(folder, 'postgres'));
    }
  });

  describe('where the disk is full', () => {
    const failure = () =>
      startEmbeddedPostgres({ dataDir: folder, durable: false }).then(
        async (server) => {
          await server.stop();
          return expect.fail('it started');
        },
        (error: GatehouseError) => error,
      );

    it('says so in one line with the setting, leaves nothing behind, and starts once there is room', async function () {
      this.timeout(120_000);
      if (!isRoot) return;
      await mkdir(folder);
      await chmod(folder, 0o755);
      const mounted = await mountSmall(folder);
      // A container may not mount: the seam is tested below.
      if (!mounted) return;
      try {
        const error = await failure();
        expect(error).to.be.instanceOf(GatehouseError);
        expect(error.safeMessage)
          .to.match(/disk is full.*DATA_DIR|DATA_DIR.*disk is full/)
          .and.not.include('\n');
        expect(await readdir(folder)).to.deep.equal([]);
        await run('mount', ['-o', 'remount,size=300m', folder]);
        await start();
      } finally {
        for (const server of running.splice(0)) await server.stop();
        await run('umount', [folder]);
      }
    });

    it('whatever of it fails, nothing that is half made stays', async () => {
      const { uid = 0 } = { uid: process.getuid?.() };
      const bin = join(parent, 'bin');
      await mkdir(bin);
      await mkdir(folder);
      const cluster = (data: string): Cluster => ({
        options: {},
        user: uid === 0 ? { uid: 0, gid: 0 } : undefined,
        bin,
        data,
        file: join(folder, 'database.json'),
      });
      const program = async (name: string, script: string) => {
        await writeFile(join(bin, name), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
        await chmod(join(bin, name), 0o755);
      };
      const full = 'echo "initdb: error: could not write file: No space left on device" >&2; exit 1';
      const steps: [initdb: string, postgres: string][] = [
        [
          `for each in "$@"; do case "$each" in --pgdata=*) mkdir -p "\${each#--pgdata=}/base";; esac; done; ${full}`,
          '',
        ],
        [
          `for each in "$@"; do case "$each" in --pgdata=*) mkdir -p "\${each#--pgdata=}/base";; esac; done`,
          full,
        ],
      ];
      for (const [initdb, postgres] of steps) {
        await program('initdb', initdb);
        await program('postgres', postgres);
        const error = await ensureCluster(cluster(join(folder, 'postgres')), '18').then(
          () => expect.fail('it was made'),
          (thrown: GatehouseError) => thrown,
        );
        expect(error.safeMessage).to.match(/No space left on device; the disk is full: .*DATA_DIR/);
        expect(await readdir(folder)).to.deep.equal([]);
      }
      const nowhere = join(folder, 'missing', 'postgres');
      const error = await ensureCluster(cluster(nowhere), '18').catch((thrown: GatehouseError) => thrown);
      expect(error).to.be.instanceOf(GatehouseError).with.property('code', 'data_unreadable');
      expect(await readdir(folder)).to.deep.equal([]);
    });

    it('a file that cannot be written whole is not left in pieces', async function () {
      this.timeout(30_000);
      if (!isRoot) return;
      await mkdir(folder);
      if (!(await mountSmall(folder))) return;
      try {
        const error = await writePrivateFile(join(folder, 'secrets.json'), 'x'.repeat(8_000_000)).then(
          () => expect.fail('it was written'),
          (thrown: GatehouseError) => thrown,
        );
        expect(error.safeMessage).to.match(/DATA_DIR.*the disk is full; free some space \(ENOSPC\)/);
        expect(await readdir(folder)).to.deep.equal([]);
      } finally {
        await run('umount', [folder]);
      }
    });
  });
});

/** A file system in memory that has next to no room. False where we may not mount. */
async function mountSmall(folder: string): Promise<boolean> {
  return run('mount', ['-t', 'tmpfs', '-o', 'size=4m,mode=755', 'tmpfs', folder]).then(
    () => true,
    () => false,
  );
}
