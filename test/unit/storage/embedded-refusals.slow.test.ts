import { execFile } from 'node:child_process';
import { chmod, mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { GatehouseError } from '../../../src/kernel/errors.ts';
import { writePrivateFile } from '../../../src/storage/data-folder.ts';
import {
  type EmbeddedPostgres,
  readEmbeddedConnection,
  startEmbeddedPostgres,
} from '../../../src/storage/embedded.ts';
import { type Cluster, ensureCluster } from '../../../src/storage/embedded-cluster.ts';
import { isRoot, useEmbedded } from './embedded-folder.ts';

const run = promisify(execFile);
const NOBODY = 65_534;

describe('embedded PostgreSQL', () => {
  const embedded = useEmbedded();
  const { start, launch, refusal } = embedded;
  let parent: string;
  let folder: string;
  let running: EmbeddedPostgres[];
  beforeEach(() => {
    ({ parent, folder, running } = embedded);
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
