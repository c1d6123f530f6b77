import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { clients } from '../src/administration/clients/index.ts';
import { resources } from '../src/administration/resources.ts';
import { loadConfig } from '../src/config/load.ts';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../src/storage/embedded.ts';
import { openDatabase } from '../src/storage/orm.ts';
import { type App, ENTITIES, MIGRATIONS_PATH, openApp } from '../src/wire.ts';
import { act } from '../test/support/administration.ts';
import { startRelay } from '../test/support/relay.ts';
import type { BarePasswords } from './bare-provider.ts';
import { APP, PASSWORD, RESOURCE, SERVICE } from './clients.ts';
import { newPerson, type Person, signIn } from './flows.ts';
import type { Engine, HashOrder } from './hash-rate.ts';
import { Connection, type Target } from './http.ts';
import { type Child, type Cores, projectRoot, startChild } from './machine.ts';

/** What is measured: Gatehouse as in production on a durable PostgreSQL with data in it, and the bare provider. */

const ACCOUNTS = 1_000;
/** Those of them who sign in, by turns, each in a browser in which they have done so before. */
const ACTIVE = 64;
const DISABLED = 250;
const ISSUER = 'https://id.bench.example';
/** What the proxy in front of a production server adds. */
const FORWARDING = 'X-Forwarded-Proto: https\r\nX-Forwarded-For: 203.0.113.7\r\n';

const emailOf = (index: number): string => `person-${index}@example.org`;
const disabledEmailOf = (index: number): string => `disabled-${index}@example.org`;

/** For tries that fail: others than those who sign in, each one's turn rarely comes. */
export const enabledAccount = (turn: number): string => emailOf(ACTIVE + (turn % (ACCOUNTS - ACTIVE)));
export const disabledAccount = (turn: number): string => disabledEmailOf(turn % DISABLED);

export interface Started {
  readonly target: Target;
  readonly child: Child;
}

export interface Stack {
  person(turn: number): Person;
  readonly dataDir: string;
  readonly env: Record<string, string>;
  gatehouse(options?: {
    databaseUrl?: string;
    settings?: Record<string, string>;
    /** Another module than that of production. */
    entry?: string;
  }): Promise<Started>;
  bare(options?: { passwords?: BarePasswords }): Promise<Started>;
  readonly postgres: EmbeddedPostgres;
  hashRate(engine: Engine, milliseconds: number): Promise<number>;
  /** Ends everything but the data. */
  stopAll(): Promise<void>;
  close(): Promise<void>;
}

export async function openStack(cores: Cores): Promise<Stack> {
  const dataDir = await mkdtemp(join(tmpdir(), 'gatehouse-bench-'));
  const children: Child[] = [];
  const people = Array.from({ length: ACTIVE }, (_, index) => newPerson(emailOf(index)));
  const person = (turn: number) => people[turn % ACTIVE] as Person;
  const relay = await startRelay();
  let postgres: EmbeddedPostgres | undefined;
  const stopAll = async () => {
    await Promise.all(children.splice(0).map((child) => child.stop()));
    await postgres?.stop();
  };
  const close = async () => {
    await stopAll();
    await relay.close();
    await rm(dataDir, { recursive: true, force: true });
  };
  try {
    const running = await startEmbeddedPostgres({ dataDir });
    postgres = running;
    const env = productionEnvironment(running, relay.url);
    await seed(env);
    const hashing = startChild('bench/hash-rate.ts', {
      cores: cores.server,
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    children.push(hashing);
    await once(hashing.process, 'message');

    const start = async (name: string, child: Child, port: number, path: string, headers: string) => {
      children.push(child);
      const target = { name, port, pid: child.pid, headers };
      await untilAnswered(target, path);
      return { target, child };
    };
    const gatehouse: Stack['gatehouse'] = async ({ databaseUrl, settings, entry } = {}) => {
      const port = await freePort();
      const url = databaseUrl && { DATABASE_URL: databaseUrl };
      const own = { ...env, ...settings, PORT: String(port), ...url };
      const child = startGatehouse(own, cores.server, entry);
      return start('Gatehouse', child, port, '/health/ready', FORWARDING);
    };
    await introduce(people, await gatehouse());
    return {
      dataDir,
      env,
      person,
      postgres: running,
      stopAll,
      close,
      gatehouse,
      async bare({ passwords = 'none' } = {}) {
        const port = await freePort();
        const child = startBare(port, cores.server, passwords);
        return start('bare provider', child, port, '/jwks', '');
      },
      async hashRate(engine, milliseconds) {
        hashing.process.send({ engine, milliseconds } satisfies HashOrder);
        const [perSecond] = await once(hashing.process, 'message');
        return perSecond as number;
      },
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Everybody signs in once, so that their browsers are known afterwards. */
async function introduce(people: readonly Person[], { target, child }: Started): Promise<void> {
  const connection = new Connection(target);
  for (const person of people) await signIn(connection, person);
  connection.close();
  await child.stop();
}

/** As `npm start` does, without npm. */
export const startGatehouse = (env: NodeJS.ProcessEnv, cores?: string, entry = 'src/main.ts'): Child =>
  startChild(entry, { env, cores, nodeArgs: startFlags() });

/** The flags of Node.js that the start script has: what is measured is what is run. */
function startFlags(): string[] {
  const { scripts } = JSON.parse(readFileSync(join(projectRoot, 'package.json'), 'utf8'));
  return String(scripts.start).match(/--\S+/g) ?? [];
}

export const startBare = (port: number, cores?: string, passwords: BarePasswords = 'none'): Child =>
  startChild('bench/bare-provider.ts', {
    cores,
    env: { PORT: String(port), NODE_ENV: 'production', BARE_PASSWORDS: passwords },
    stdio: ['ignore', 'ignore', 'ignore'],
  });

function productionEnvironment(postgres: EmbeddedPostgres, relay: string): Record<string, string> {
  return {
    NODE_ENV: 'production',
    DATABASE_URL: postgres.serverUrl,
    DATABASE_OWNER_URL: postgres.ownerUrl,
    ISSUER,
    HOST: '127.0.0.1',
    TRUSTED_PROXIES: '127.0.0.1',
    ENCRYPTION_KEYS: `bench:${randomBytes(32).toString('hex')}`,
    MFA_ENCRYPTION_KEY: randomBytes(32).toString('hex'),
    COOKIE_KEYS: randomBytes(32).toString('hex'),
    SMTP_URL: relay,
    MAIL_FROM: 'no-reply@bench.example',
    LOG_LEVEL: 'info',
    // A load from one address, of few people: what limits it would be all that is measured.
    RATE_LIMIT_SIGN_IN_PER_ADDRESS: '0',
    RATE_LIMIT_SIGN_IN_PER_IDENTIFIER: '0',
    RATE_LIMIT_SIGN_IN_PER_KNOWN_DEVICE: '0',
    RATE_LIMIT_SECOND_FACTOR_PER_PERSON: '0',
    RATE_LIMIT_CLIENT_REGISTRATION_PER_ADDRESS: '0',
    RATE_LIMIT_TOKEN_PER_CLIENT: '0',
    MAX_FAILED_LOGIN_ATTEMPTS: '1000000',
    // Its people sign in again and again, and nobody is there to choose which session ends.
    SESSION_CAP_POLICY: 'evict-oldest',
  };
}

async function seed(env: Record<string, string>): Promise<void> {
  const config = loadConfig({ env, configFile: false });
  const owner = await openDatabase({
    url: config.database.ownerUrl,
    entities: ENTITIES,
    role: 'owner',
    poolSize: 1,
    migrationsPath: MIGRATIONS_PATH,
  });
  await owner.orm.migrator.up();
  await owner.close();
  const app = await openApp(config);
  try {
    await act(app, resources.create, {
      identifier: RESOURCE,
      name: 'An API',
      scopes: ['read'],
      tokenAlgorithm: 'ES256',
    });
    await act(app, clients.create, { metadata: SERVICE });
    await act(app, clients.create, { metadata: { ...APP, first_party: true } });
    await addAccounts(app);
  } finally {
    await app.close();
  }
}

async function addAccounts(app: App): Promise<void> {
  const passwordHash = await app.passwords.hasher.hash(PASSWORD);
  const add = (count: number, email: (index: number) => string) =>
    app.accounts.store.createMany(
      app.database,
      Array.from({ length: count }, (_, index) => ({
        email: email(index),
        name: 'Pat Person',
        passwordHash,
        roles: ['clinician'],
      })),
    );
  await add(ACCOUNTS, emailOf);
  for (const { id } of await add(DISABLED, disabledEmailOf)) {
    await app.accounts.store.setStatus(app.database, id, 'disabled');
  }
}

const START_MS = 60_000;

/** Waits until the path answers 200. Milliseconds from the call to the answer. */
export async function untilAnswered(target: Target, path: string): Promise<number> {
  const began = performance.now();
  for (;;) {
    const connection = new Connection(target);
    try {
      const { status } = await connection.request(path);
      if (status === 200) return performance.now() - began;
    } catch {
      // Nobody listens yet.
    } finally {
      connection.close();
    }
    if (performance.now() - began > START_MS) throw new Error(`${target.name} does not get ready`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** A port of which the next one is free, too. */
export async function freePorts(): Promise<number> {
  for (;;) {
    const port = await freePort();
    const next = createServer().listen(port + 1, '127.0.0.1');
    const isFree = await once(next, 'listening').then(
      () => true,
      () => false,
    );
    next.close();
    if (isFree) return port;
  }
}

export async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address() as { port: number };
  probe.close();
  await once(probe, 'close');
  return port;
}
