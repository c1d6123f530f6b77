import { chmod, chown, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { databaseUser } from '../../src/storage/embedded-files.ts';
import { startProgram } from './processes.ts';
import { INSTALL_LIMIT_MS, installFromDebian, onPath } from './programs.ts';
import { freePort } from './server.ts';

/** Debian's PgBouncer in front of a PostgreSQL, on a port of its own. */
export interface PgBouncer {
  /** The URL of a database behind it, from its own. */
  through(url: string): string;
  stop(): Promise<void>;
}

export type PoolMode = 'session' | 'transaction' | 'statement';

const inCi = Boolean(process.env.CI) && process.env.CI !== 'false';

async function findPgBouncer(): Promise<string | undefined> {
  const find = () => onPath(['pgbouncer']).then((found) => found ?? '/usr/sbin/pgbouncer');
  const exists = async () => {
    const program = await find();
    return startProgram(program, ['--version']).exit.then(
      (code) => (code === 0 ? program : undefined),
      () => undefined,
    );
  };
  const known = await exists();
  if (known !== undefined) return known;
  const reason = await installFromDebian(['pgbouncer']);
  const installed = await exists();
  if (installed !== undefined) return installed;
  const lack = `No PgBouncer was found: install pgbouncer.${reason}`;
  if (inCi) throw new Error(lack);
  console.log(`${lack} Its tests are left out.`);
  return undefined;
}

export type StartPgBouncer = (target: string, mode: PoolMode, port?: number) => Promise<PgBouncer>;

/** Call it inside a `describe`, and the result when a test runs. */
export function usePgBouncer(): StartPgBouncer {
  let program: string | undefined;
  before(async function find() {
    this.timeout(INSTALL_LIMIT_MS * 2);
    program = await findPgBouncer();
    if (program === undefined) this.skip();
  });
  return (target, mode, port) => {
    if (program === undefined) throw new Error('PgBouncer is looked for before the tests, and only then');
    return start(program, target, mode, port);
  };
}

async function start(program: string, target: string, mode: PoolMode, given?: number): Promise<PgBouncer> {
  const folder = await mkdtemp(join(tmpdir(), 'gatehouse-pgbouncer-'));
  const { hostname, port: behind, username, password } = new URL(target);
  const port = given ?? (await freePort());
  const user = await databaseUser(folder);
  const users = join(folder, 'users.txt');
  const file = join(folder, 'pgbouncer.ini');
  const plain = decodeURIComponent(password).replaceAll('"', '""');
  await writeFile(users, `"${username}" "${plain}"\n`);
  await writeFile(
    file,
    `[databases]
* = host=${hostname} port=${behind}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir =
auth_type = plain
auth_file = ${users}
pool_mode = ${mode}
default_pool_size = 30
server_lifetime = 3600
`,
  );
  await chmod(folder, 0o755);
  for (const path of [folder, users, file]) if (user !== undefined) await chown(path, user.uid, user.gid);
  // It refuses to run as root, as PostgreSQL does.
  const started = startProgram(program, [file], { cwd: '/', ...user });
  await started.waitFor(/process up/);
  return {
    through(url) {
      const there = new URL(url);
      there.host = `127.0.0.1:${port}`;
      return there.href;
    },
    async stop() {
      started.child.kill('SIGINT');
      setTimeout(() => started.child.kill('SIGKILL'), 2_000).unref();
      await started.exit;
      await rm(folder, { recursive: true, force: true });
    },
  };
}
