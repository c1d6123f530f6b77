import { join } from 'node:path';
import type { Command } from 'commander';
import { ConfigurationError } from '../config/load.ts';
import { AuditEventRecord } from '../domain/audit/store.ts';
import type { TlsPolicy } from '../kernel/database-url.ts';
import type { Secret } from '../kernel/secret.ts';
import type { Database } from '../storage/database.ts';
import { migrateDown, migrateUp } from '../storage/migrating.ts';
import { openDatabase, type StorageOptions } from '../storage/orm.ts';
import { databaseFailure } from './advice.ts';
import { confirm, YES } from './confirmation.ts';
import { noDatabase, resolveForCommand, type Terminal } from './environment.ts';

export const MIGRATIONS_PATH = join(import.meta.dirname, '../../migrations');

/** `gatehouse migrate up|down|status`: needs the database and nothing else of the configuration. */
export function registerMigrate(program: Command, terminal: Terminal, env = process.env): void {
  const migrate = program.command('migrate').description('make and change the tables');

  migrate
    .command('up')
    .description('apply every migration that is pending, one after the other; servers may go on running')
    .action(() =>
      withOwner(env, async (database) => {
        let applied = 0;
        const onDone = (name: string) => {
          applied += 1;
          terminal.print(`applied ${name}`);
        };
        await migrateUp(database, { onDone, onBlocked: blockedOn(terminal) });
        if (applied === 0) terminal.print('Nothing is pending.');
      }),
    );

  migrate
    .command('down')
    .description('take back the last migration, and the data that only it has room for')
    .option(...YES)
    .action(({ yes }: { yes?: boolean }) =>
      withOwner(env, async (database) => {
        const last = (await database.orm.migrator.getExecuted()).at(-1);
        if (last === undefined) return terminal.print('Nothing was applied.');
        await confirm(terminal, {
          yes,
          act: `Take back ${last.name}`,
          loses: [
            'The tables and columns that it made are removed, with everything that is stored in them.',
            'A Gatehouse that runs on this database and needs them stops working.',
          ],
        });
        await migrateDown(database, {
          expected: last.name,
          onDone: (name) => terminal.print(`took back ${name}`),
          onBlocked: blockedOn(terminal),
        });
      }),
    );

  migrate
    .command('status')
    .description('list the migrations; exit code 2 when one is pending')
    .action(() =>
      withOwner(env, async ({ orm }) => {
        const [applied, pending] = [await orm.migrator.getExecuted(), await orm.migrator.getPending()];
        for (const { name, executed_at: at } of applied) {
          terminal.print(`applied  ${name}  ${at.toISOString()}`);
        }
        for (const { name } of pending) terminal.print(`pending  ${name}`);
        if (pending.length > 0) terminal.fail(PENDING);
      }),
    );
}

const PENDING = 2;

const blockedOn = (terminal: Terminal) => (name: string) =>
  terminal.warn(`${name} waits for other transactions, and lets everybody else pass meanwhile`);

async function withOwner(env: NodeJS.ProcessEnv, work: (database: Database) => Promise<void>): Promise<void> {
  const { connection, setting } = await ownerConnection(env);
  const named = (error: unknown): never => {
    throw databaseFailure(error, setting);
  };
  const database = await openDatabase({
    ...connection,
    // The ORM wants to know one entity; migrations use none.
    entities: [AuditEventRecord],
    role: 'owner',
    // One migrates, one holds the lock of those who do.
    poolSize: 2,
    migrationsPath: MIGRATIONS_PATH,
  }).catch(named);
  try {
    await work(database).catch(named);
  } finally {
    await database.close();
  }
}

/** Migrating must be possible before the secrets of the server are at hand, so only the database is asked for. */
async function ownerConnection(
  env: NodeJS.ProcessEnv,
): Promise<{ connection: Pick<StorageOptions, 'url' | 'password' | 'tls'>; setting: string }> {
  const { values, problems, absent, sources } = await resolveForCommand({ env });
  const missing = new Set(absent.values());
  const about = problems.filter((problem) => /^(DATABASE_|NODE_ENV)/.test(problem));
  const wrong = about.filter((problem) => !missing.has(problem));
  if (wrong.length > 0) throw new ConfigurationError(wrong);
  const url = values.get('DATABASE_OWNER_URL') ?? values.get('DATABASE_URL');
  if (typeof url === 'string') {
    const isOwn = (sources.get('DATABASE_OWNER_URL') ?? 'default') !== 'default';
    const password = values.get('DATABASE_OWNER_PASSWORD') as Secret | undefined;
    return {
      connection: { url, password, tls: values.get('DATABASE_TLS') as TlsPolicy },
      setting: isOwn ? 'DATABASE_OWNER_URL' : 'DATABASE_URL',
    };
  }
  if (about.length > 0 && values.get('NODE_ENV') !== 'development') throw new ConfigurationError(about);
  throw noDatabase();
}
