import { randomBytes } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import type { z } from 'zod';
import { clients } from '../../src/administration/clients/index.ts';
import { resources } from '../../src/administration/resources.ts';
import { loadConfig } from '../../src/config/load.ts';
import type { Account, NewAccount } from '../../src/domain/accounts/store.ts';
import { createPasswordHasher, type PasswordHasher } from '../../src/domain/passwords/hasher.ts';
import { systemRandomness } from '../../src/kernel/ids.ts';
import { type RunningServer, startServer } from '../../src/server.ts';
import { type App, type HasherKeys, openApp, type Replaceable } from '../../src/wire.ts';
import { act } from './administration.ts';
import { withoutMac } from './audit-macs.ts';
import { againstSchema } from './audit-rows.ts';
import { asFixture } from './evidence/fixture.ts';
import { NO_LIMITS } from './limits.ts';
import { createMailbox, type Mailbox } from './mailbox.ts';
import { createTestDatabase, type TestDatabase } from './postgres.ts';
import { sharedStrength } from './shared-strength.ts';
import { makeSigningKey } from './signing-keys.ts';

type NewResource = z.input<typeof resources.create.input>;

/** Settings of a server under test, by their environment names. */
export type Settings = Record<string, string>;

export interface TestServer {
  readonly issuer: string;
  /** Of the metrics, where `METRICS_PORT` is among the settings. */
  readonly metricsPort: number | undefined;
  readonly app: App;
  readonly database: TestDatabase;
  /** What the server writes to people, unless `SMTP_URL` is among its settings. */
  readonly mailbox: Mailbox;
  /** The environment with which another node on the same data would start; its port is free. */
  secondNode(settings?: Settings): Promise<TestServer>;
  /** Stops this node and starts another in its place: the same data, the same address. */
  restart(settings?: Settings): Promise<TestServer>;
  addAccount(account?: Partial<NewAccount> & { password?: string }): Promise<Account & { password: string }>;
  /** Registers a client from RFC 7591 metadata and answers the registration. */
  addClient(metadata: Record<string, unknown>): Promise<Record<string, string>>;
  addResource(resource: Record<string, unknown>): Promise<void>;
  stop(): Promise<void>;
}

export interface TestServerOptions {
  readonly settings?: Settings;
  /** The real argon2id, for tests about it; otherwise a cheap one with the same code. */
  readonly realHasher?: boolean;
  readonly replace?: Replaceable;
  readonly mailbox?: Mailbox;
}

export const PASSWORD = 'correct horse battery staple';

/** The environment of a server under test: everything that production would have to be given. */
export function testEnvironment(database: TestDatabase, port: number, settings: Settings = {}): Settings {
  return {
    NODE_ENV: 'test',
    DATABASE_URL: database.serverUrl,
    DATABASE_OWNER_URL: database.ownerUrl,
    ISSUER: `http://localhost:${port}`,
    PORT: String(port),
    HOST: 'localhost',
    ENCRYPTION_KEYS: `test:${'a1b2c3d4'.repeat(8)}`,
    MFA_ENCRYPTION_KEY: `test:${'1a2b3c4d'.repeat(8)}`,
    COOKIE_KEYS: 'a-cookie-key-for-tests-that-is-long-enough',
    LOG_LEVEL: 'silent',
    OUTBOUND_ALLOW_LOOPBACK: 'true',
    // It would be the process of the tests that gives way, and never get back what it gave.
    HASH_NICENESS: '0',
    ...NO_LIMITS,
    ...settings,
  };
}

/** One line starts a server on a database of its own: `const server = await startTestServer()`. */
export async function startTestServer(options: TestServerOptions = {}): Promise<TestServer> {
  const database = await createTestDatabase();
  return startNode(database, options, true);
}

/** The same on a database that the test has made, and drops, itself. */
export const startServerOn = (database: TestDatabase, options: TestServerOptions = {}): Promise<TestServer> =>
  startNode(database, options, false);

async function startNode(
  database: TestDatabase,
  options: TestServerOptions,
  owner: boolean,
  givenPort?: number,
): Promise<TestServer> {
  const port = givenPort ?? (await freePort());
  const config = loadConfig({ env: testEnvironment(database, port, options.settings), configFile: false });
  const hasher = options.realHasher === true ? {} : { hasher: cheapHasher };
  const { mailbox = createMailbox() } = options;
  const mail = config.mail.url === undefined ? { mailTransport: mailbox.transport } : {};
  const app = await openApp(config, {
    strength: sharedStrength(),
    makeSigningKey,
    ...hasher,
    ...mail,
    ...options.replace,
  });
  const server: RunningServer = await startServer(app).catch(async (error) => {
    await app.close();
    throw error;
  });
  const { issuer } = config.server;

  return {
    issuer,
    metricsPort: server.metricsPort,
    app,
    database,
    mailbox,
    secondNode: (settings) =>
      startNode(
        database,
        { ...options, mailbox, settings: { ...options.settings, ISSUER: issuer, ...settings } },
        false,
      ),

    restart: async (settings) => {
      await server.close();
      const changed = { ...options, mailbox, settings: { ...options.settings, ...settings } };
      return startNode(database, changed, owner, port);
    },

    async addAccount({ password = PASSWORD, ...given } = {}) {
      const passwordHash = await app.passwords.hasher.hash(password);
      const account = await asFixture(app.database, (tx) =>
        app.accounts.store.create(tx, {
          email: `person-${randomBytes(4).toString('hex')}@example.org`,
          name: 'Pat Person',
          passwordHash,
          ...given,
        }),
      );
      return { ...account, password };
    },

    async addClient(metadata) {
      const { registration } = await act(app, clients.create, { metadata });
      return registration as Record<string, string>;
    },

    async addResource(resource) {
      const { token_algorithm: tokenAlgorithm, token_seconds: tokenSeconds, ...given } = resource;
      await act(app, resources.create, { ...given, tokenAlgorithm, tokenSeconds } as NewResource);
    },

    async stop() {
      const unproven = await withoutMac(app.database, app.auditStamp.mac).catch(() => []);
      const wrong = await againstSchema(app.database).catch(() => []);
      await server.close();
      if (owner) await database.drop();
      if (wrong.length > 0) throw new Error(`events that are not as their schemas say: ${wrong.join('; ')}`);
      if (unproven.length > 0) throw new Error(`events without a right MAC: ${unproven.join(', ')}`);
    },
  };
}

/** The same code with the least that argon2id allows. */
export function cheapHasher(keys: HasherKeys = {}): Promise<PasswordHasher> {
  return createPasswordHasher({
    ...keys,
    argon2: { memoryKib: 8, timeCost: 1, parallelism: 1 },
    peppers: undefined,
    maxLength: 256,
    hashConcurrency: 2,
    hashQueueLimit: 1000,
    random: systemRandomness,
  });
}

export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, 'localhost', () => {
      const { port } = probe.address() as AddressInfo;
      probe.close(() => resolve(port));
    });
  });
}
