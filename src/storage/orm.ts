import { Migrator } from '@mikro-orm/migrations';
import { MikroORM, type Options, type PostgreSqlConnection } from '@mikro-orm/postgresql';
import { createDatabase, type Database } from './database.ts';

/** The role without which nothing runs: no DDL, no UPDATE or DELETE on the audit trail. Created by the migrations. */
export const SERVER_ROLE = 'gatehouse_server';

export interface StorageOptions {
  /** A `postgres://` URL. */
  readonly url: string;
  /** Every entity of the house, listed explicitly by the composition root. */
  readonly entities: NonNullable<Options['entities']>;
  /** `server` drops to {@link SERVER_ROLE} on every connection; `owner` keeps the login's own rights, for migrations. */
  readonly role: 'server' | 'owner';
  readonly poolSize: number;
  readonly migrationsPath: string;
}

/** Connects to PostgreSQL. Rejects when it cannot be reached: a server without its truth must not start. */
export async function openDatabase(options: StorageOptions): Promise<Database> {
  const orm = await MikroORM.init({
    clientUrl: options.url,
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
    driverOptions: {
      application_name: 'gatehouse',
      connectionTimeoutMillis: 5_000,
      // A peer that vanished without a word is noticed, so that nobody trusts a cache that hears of no change.
      keepAlive: true,
      keepAliveInitialDelayMillis: 10_000,
      // A statement that hangs must not hold a connection for ever; migrations may take their time.
      ...(options.role === 'server'
        ? {
            // Statements are short and many: what compiling one saves is never worth the tens of milliseconds that it takes.
            options: `-c role=${SERVER_ROLE} -c jit=off`,
            statement_timeout: 15_000,
            idle_in_transaction_session_timeout: 15_000,
          }
        : {}),
    },
  });
  const connection = orm.em.getConnection() as PostgreSqlConnection;
  return createDatabase(orm, await connection.getNativeClient());
}
