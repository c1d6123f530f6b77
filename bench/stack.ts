import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClient, createResource } from '../src/commands/registry.ts';
import { loadConfig } from '../src/config/load.ts';
import { clientFileSchema } from '../src/domain/clients/policy.ts';
import { resourceSchema } from '../src/domain/resources/store.ts';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../src/storage/embedded.ts';
import { openDatabase } from '../src/storage/orm.ts';
import { ENTITIES, type House, MIGRATIONS_PATH, openHouse } from '../src/wire.ts';
import { APP, PASSWORD, RESOURCE, SERVICE } from './clients.ts';
import type { Engine, HashOrder } from './hash-rate.ts';
import { Connection, type Target } from './http.ts';
import { type Child, type Cores, startChild } from './machine.ts';

/** What is measured: Gatehouse as in production on a durable PostgreSQL with data in it, and the bare provider. */

const ACCOUNTS = 1_000;
const ISSUER = 'https://id.bench.example';
/** What the proxy in front of a production server adds. */
const FORWARDING = 'X-Forwarded-Proto: https\r\nX-Forwarded-For: 203.0.113.7\r\n';

export const accountOf = (index: number): string => `person-${index % ACCOUNTS}@example.org`;
export const DISABLED_ACCOUNT = 'disabled@example.org';

export interface Started {
  readonly target: Target;
  readonly child: Child;
}

export interface Stack {
  readonly dataDir: string;
  readonly env: Record<string, string>;
  gatehouse(options?: { databaseUrl?: string }): Promise<Started>;
  bare(options?: { passwords?: boolean }): Promise<Started>;
  readonly postgres: EmbeddedPostgres;
  hashRate(engine: Engine, milliseconds: number): Promise<number>;
  /** Ends everything but the data. */
  stopAll(): Promise<void>;
  close(): Promise<void>;
}

export async function openStack(cores: Cores): Promise<Stack> {
  const dataDir = await mkdtemp(join(tmpdir(), 'gatehouse-bench-'));
  const children: Child[] = [];
  let postgres: EmbeddedPostgres | undefined;
  const stopAll = async () => {
    await Promise.all(children.splice(0).map((child) => child.stop()));
    await postgres?.stop();
  };
  const close = async () => {
    await stopAll();
    await rm(dataDir, { recursive: true, force: true });
  };
  try {
    const running = await startEmbeddedPostgres({ dataDir });
    postgres = running;
    const env = productionEnvironment(running);
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
    return {
      dataDir,
      env,
      postgres: running,
      stopAll,
      close,
      async gatehouse({ databaseUrl } = {}) {
        const port = await freePort();
        const settings = { ...env, PORT: String(port), ...(databaseUrl && { DATABASE_URL: databaseUrl }) };
        const child = startGatehouse(settings, cores.server);
        return start('Gatehouse', child, port, '/health/ready', FORWARDING);
      },
      async bare({ passwords = false } = {}) {
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

/** As `npm start` does, without npm. */
export const startGatehouse = (env: NodeJS.ProcessEnv, cores?: string): Child =>
  startChild('src/main.ts', { env, cores, nodeArgs: ['--max-semi-space-size=16'] });

export const startBare = (port: number, cores?: string, passwords = false): Child =>
  startChild('bench/bare-provider.ts', {
    cores,
    env: { PORT: String(port), NODE_ENV: 'production', ...(passwords && { BARE_PASSWORDS: '1' }) },
    stdio: ['ignore', 'ignore', 'ignore'],
  });

function productionEnvironment(postgres: EmbeddedPostgres): Record<string, string> {
  return {
    NODE_ENV: 'production',
    DATABASE_URL: postgres.serverUrl,
    DATABASE_OWNER_URL: postgres.ownerUrl,
    ISSUER,
    HOST: '127.0.0.1',
    TRUSTED_PROXIES: '127.0.0.1',
    ENCRYPTION_KEYS: `bench:${randomBytes(32).toString('hex')}`,
    COOKIE_KEYS: randomBytes(32).toString('hex'),
    // Nothing that is measured sends mail.
    SMTP_URL: 'smtp://127.0.0.1:9',
    MAIL_FROM: 'no-reply@bench.example',
    LOG_LEVEL: 'info',
    // A load from one address, of few people: what limits it would be all that is measured.
    RATE_LIMIT_SIGN_IN_PER_ADDRESS: '0',
    RATE_LIMIT_SIGN_IN_PER_IDENTIFIER: '0',
    RATE_LIMIT_SIGN_IN_PER_KNOWN_DEVICE: '0',
    RATE_LIMIT_TOKEN_PER_CLIENT: '0',
    MAX_FAILED_LOGIN_ATTEMPTS: '1000000',
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
  const house = await openHouse(config);
  try {
    await createResource(
      house,
      resourceSchema.parse({
        identifier: RESOURCE,
        name: 'An API',
        scopes: ['read'],
        token_algorithm: 'ES256',
      }),
    );
    await createClient(house, clientFileSchema.parse(SERVICE));
    await createClient(house, clientFileSchema.parse({ ...APP, first_party: true }));
    await addAccounts(house);
  } finally {
    await house.close();
  }
}

async function addAccounts(house: House): Promise<void> {
  const passwordHash = await house.hasher.hash(PASSWORD);
  const emails = [...Array.from({ length: ACCOUNTS }, (_, index) => accountOf(index)), DISABLED_ACCOUNT];
  const made = await house.accounts.createMany(
    house.database,
    emails.map((email) => ({ email, name: 'Pat Person', passwordHash, roles: ['clinician'] })),
  );
  const disabled = made.find(({ email }) => email === DISABLED_ACCOUNT);
  await house.accounts.setStatus(house.database, disabled?.id ?? '', 'disabled');
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

export async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address() as { port: number };
  probe.close();
  await once(probe, 'close');
  return port;
}
