import { createHash, randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { chmod, lstat, mkdir, open, readdir, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { GatehouseError } from '../../kernel/errors.ts';
import { TIMEOUT_MS } from './http.ts';
import { privateKey } from './proofs.ts';

/** Where commands keep who they are signed in as, at which server: readable by their owner alone. */

const login = z.object({
  issuer: z.string(),
  /** The person, as the server knows them. */
  sub: z.string(),
  scope: z.string(),
  accessToken: z.string(),
  /** When the access token ends. */
  expiresAt: z.iso.datetime(),
  refreshToken: z.string().optional(),
  key: privateKey,
  /** It was signed in without a browser on this machine, and is again. */
  device: z.boolean().optional(),
});

export type Login = z.output<typeof login>;

export interface Logins {
  /** Throws `login_unsafe` for a file that others can read or write, `login_unreadable` for one that is none of ours. */
  find(issuer: string): Promise<Login | undefined>;
  /** The issuers of all of them, sorted. */
  issuers(): Promise<string[]>;
  keep(login: Login): Promise<void>;
  forget(issuer: string): Promise<void>;
  /** Lets one process at a time do this for an issuer. */
  alone<T>(issuer: string, work: () => Promise<T>): Promise<T>;
}

/** `$XDG_CONFIG_HOME/gatehouse`, usually `~/.config/gatehouse`. A relative one counts as none (XDG Base Directory). */
export function loginsFolder(env: NodeJS.ProcessEnv): string {
  const base = env.XDG_CONFIG_HOME;
  return join(base?.startsWith('/') ? base : join(env.HOME ?? homedir(), '.config'), 'gatehouse');
}

const END = '.login.json';

export function createLogins(folder: string): Logins {
  const pathOf = (issuer: string) => {
    const name = issuer
      .replace(/^https?:\/\//, '')
      .replaceAll(/[^a-zA-Z0-9.-]/g, '_')
      .slice(0, 80);
    return join(folder, `${name}-${createHash('sha256').update(issuer).digest('hex').slice(0, 12)}${END}`);
  };
  const read = async (path: string): Promise<Login | undefined> => {
    const text = await readOwn(path);
    if (text === undefined) return undefined;
    const parsed = login.safeParse(asJson(text));
    if (parsed.success) return parsed.data;
    throw unusable('login_unreadable', `${path} holds no sign-in: remove it, and sign in again.`);
  };
  return {
    async find(issuer) {
      await assertOwn(folder, 'folder');
      const found = await read(pathOf(issuer));
      return found?.issuer === issuer ? found : undefined;
    },
    async issuers() {
      await assertOwn(folder, 'folder');
      const names = await readdir(folder).catch(() => []);
      const logins = names.filter((name) => name.endsWith(END)).map((name) => read(join(folder, name)));
      return (await Promise.all(logins)).flatMap((each) => each?.issuer ?? []).sort();
    },
    async keep(kept) {
      await mkdir(folder, { recursive: true, mode: 0o700 });
      await assertOwn(folder, 'folder');
      await writeOwn(pathOf(kept.issuer), JSON.stringify(kept));
    },
    forget: (issuer) => rm(pathOf(issuer), { force: true }),
    alone: (issuer, work) => alone(`${pathOf(issuer)}.lock`, work),
  };
}

const unusable = (code: string, message: string) => new GatehouseError(code, { message });

const asJson = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

/** Throws `login_unsafe` unless it is ours and nobody else's. What is not there is nobody's. */
async function assertOwn(path: string, what: string): Promise<void> {
  const found = await lstat(path).catch(() => undefined);
  if (found === undefined) return;
  const expected = what === 'folder' ? found.isDirectory() : found.isFile();
  if (expected && (found.mode & 0o077) === 0 && found.uid === process.getuid?.()) return;
  const mode = what === 'folder' ? '700' : '600';
  throw unusable(
    'login_unsafe',
    `${path}: expected a ${what} of your own that nobody else can open (chmod ${mode}). Nothing was read from it.`,
  );
}

async function readOwn(path: string): Promise<string | undefined> {
  await assertOwn(path, 'file');
  try {
    const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW);
    try {
      return await file.readFile('utf8');
    } finally {
      await file.close();
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Whole or not at all, whenever the machine goes off. */
async function writeOwn(path: string, text: string): Promise<void> {
  const written = `${path}.${randomBytes(8).toString('hex')}`;
  try {
    const file = await open(written, 'wx', 0o600);
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    // A mask of the process may have taken away what the owner needs.
    await chmod(written, 0o600);
    await rename(written, path);
  } catch (error) {
    await rm(written, { force: true });
    throw error;
  }
}

const PAUSE_MS = 50;
/** Longer than a refresh can take, which is three requests: its process is gone. */
const STALE_MS = 3 * TIMEOUT_MS + 10_000;

/** A refresh token works once: of two commands at the same time, the second one waits for what the first one gets. */
async function alone<T>(lock: string, work: () => Promise<T>): Promise<T> {
  for (;;) {
    const file = await open(lock, 'wx', 0o600).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
      return undefined;
    });
    if (file !== undefined) {
      await file.close();
      break;
    }
    const age = Date.now() - ((await lstat(lock).catch(() => undefined))?.mtimeMs ?? Date.now());
    if (age > STALE_MS) await rm(lock, { force: true });
    else await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
  try {
    return await work();
  } finally {
    await rm(lock, { force: true });
  }
}
