import { userInfo } from 'node:os';
import type { ConnectionOptions } from 'node:tls';
import { Migrator } from '@mikro-orm/migrations';
import { MikroORM, type Options, type PostgreSqlConnection } from '@mikro-orm/postgresql';
import type { ClientBase, Pool } from 'pg';
import { type DatabaseTarget, readDatabaseUrl, type TlsPolicy, tlsLevel } from '../kernel/database-url.ts';
import { Secret } from '../kernel/secret.ts';
import { createDatabase, type Database } from './database.ts';
import { guardPool, type PoolGuard } from './pool.ts';
import { type ConnectionRole, planSession, prepareSession } from './session.ts';
import { tlsOptions, tlsProblem } from './tls.ts';

export { SERVER_ROLE } from './session.ts';

export interface StorageOptions {
  /** A `postgres://` URL. What it says holds for every connection, whoever makes it. */
  readonly url: string;
  /** The password, where the URL has none, or one that can be read again. */
  readonly password?: Secret | undefined;
  /** How far connections to another machine are protected; `as-url` where nothing is said. */
  readonly tls?: TlsPolicy;
  /** Every entity of the server, listed explicitly by the composition root. */
  readonly entities: NonNullable<Options['entities']>;
  /** `server` drops to {@link SERVER_ROLE} on every connection; `owner` keeps the login's own rights, for migrations. */
  readonly role: ConnectionRole;
  readonly poolSize: number;
  readonly migrationsPath: string;
}

const CONNECT_TIMEOUT_MS = 5_000;

/**
 * Connects to PostgreSQL; every connection is set up and verified before anybody gets it (`session.ts`). Throws
 * `certificate_unreadable`, `certificate_refused`, `tls_missing`, and rejects when the server cannot be reached or is not fit:
 * without its truth nothing must start.
 */
export async function openDatabase(options: StorageOptions): Promise<Database> {
  const target = readDatabaseUrl(options.url);
  const setting = options.role === 'owner' ? 'DATABASE_OWNER_URL' : 'DATABASE_URL';
  const level = tlsLevel(target, options.tls ?? 'as-url');
  const readTls = () => tlsOptions(target, level, setting);
  readTls();
  const password =
    options.password ?? (target.password === undefined ? undefined : new Secret(target.password));
  const { timeoutMs, client } = clientOptions(target);
  const plan = planSession(target, options.role, setting, timeoutMs);
  let guard: PoolGuard | undefined;
  const orm = await MikroORM.init({
    host: target.host,
    port: target.port,
    user: target.user ?? userInfo().username,
    dbName: target.database,
    entities: options.entities,
    extensions: [Migrator],
    migrations: {
      pathTs: options.migrationsPath,
      path: options.migrationsPath,
      glob: '*.ts',
      tableName: 'schema_migrations',
      snapshot: false,
      silent: true,
      transactional: true,
      allOrNothing: true,
    },
    pool: { min: 0, max: options.poolSize },
    // A database that is not there is a mistake in the URL, and nothing to make up for.
    ensureDatabase: false,
    driverOptions: {
      ...client,
      onConnect: (connection: ClientBase) => prepareSession(connection, plan),
      onPoolCreated: (pool: Pool) => {
        renewWithEachConnection(pool, readTls, password);
        guard = guardPool(pool, password);
      },
    },
  });
  const connection = orm.em.getConnection() as PostgreSqlConnection;
  const pool = await connection.getNativeClient();
  if (guard === undefined) throw new Error('the ORM made no pool');
  try {
    (await guard.admit()).release();
  } catch (error) {
    await orm.close(true);
    throw tlsProblem(error, setting) ?? error;
  }
  return createDatabase(orm, pool, guard, setting);
}

/** The driver's options, from the URL and our own. What a URL leaves open, no variable of the environment decides. */
function clientOptions({ client, tls }: DatabaseTarget) {
  const { application_name, fallback_application_name, ...said } = client;
  const timeoutMs = Number(said.connectionTimeoutMillis ?? CONNECT_TIMEOUT_MS);
  return {
    timeoutMs,
    client: {
      // A peer that vanished without a word is noticed, so that nobody trusts a cache that hears of no change.
      keepAlive: true,
      keepAliveInitialDelayMillis: 10_000,
      ...said,
      connectionTimeoutMillis: timeoutMs,
      application_name: application_name ?? fallback_application_name ?? 'gatehouse',
      sslnegotiation: tls.direct ? 'direct' : 'postgres',
    },
  };
}

/** Certificates and the password are those of the moment in which a connection is made. */
function renewWithEachConnection(
  pool: Pool,
  readTls: () => ConnectionOptions | false,
  password: Secret | undefined,
): void {
  let last = readTls();
  Object.defineProperty(pool.options, 'ssl', {
    enumerable: true,
    get: () => {
      try {
        last = readTls();
      } catch {
        // Somebody is in the middle of replacing a file: what was read before holds.
      }
      return last;
    },
  });
  // Without one the driver would look in places of its own.
  Object.defineProperty(pool.options, 'password', { value: async () => password?.value });
}
