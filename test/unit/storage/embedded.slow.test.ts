import { chmod, mkdir, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { expect } from 'chai';
import { readEmbeddedConnection } from '../../../src/storage/embedded.ts';
import { eventually, hasEnded, processesWith } from '../../support/processes.ts';
import { isRoot, useEmbedded } from './embedded-folder.ts';

describe('embedded PostgreSQL', () => {
  const embedded = useEmbedded();
  const { start, launch, ask, refusal, postmaster } = embedded;
  let parent: string;
  let folder: string;
  beforeEach(() => {
    ({ parent, folder } = embedded);
  });

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
});
