import type { Database } from './database.ts';
import { readOnlyProblem, type UnfitDatabase } from './session.ts';

const STATE = `select pg_is_in_recovery() as recovering, current_setting('transaction_read_only') as read_only,
  (select count(*)::int from schema_migrations where name = any($1::text[])) as applied`;

interface State {
  recovering: boolean;
  read_only: string;
  applied: number;
}

/** What a node asks of its database again and again while it serves. */
export interface DatabaseReadiness {
  /** Why the database takes no writes. */
  readonly readOnly: UnfitDatabase | undefined;
  /** Whether all migrations are done that this version needs. */
  readonly migrated: boolean;
}

/** One statement. Rejects with what keeps the database from answering. */
export async function databaseReadiness(
  database: Pick<Database, 'query' | 'setting'>,
  migrations: readonly string[],
): Promise<DatabaseReadiness> {
  const [state] = await database.query<State>(STATE, [migrations]);
  if (state === undefined) throw new Error('the database says nothing');
  return {
    readOnly: readOnlyProblem(state, database.setting),
    migrated: state.applied === migrations.length,
  };
}

/** What a database is, for whoever watches over it. */
export interface SchemaState {
  /** Of PostgreSQL. */
  readonly version: string;
  /** The newest migration that was applied. */
  readonly migration: string | null;
  /** How many of this version's migrations were not. */
  readonly pending: number;
}

const SCHEMA = `select current_setting('server_version') as version,
  (select max(name) from schema_migrations) as migration,
  cardinality($1::text[]) - (select count(*)::int from schema_migrations where name = any($1::text[])) as pending`;

/** One statement. */
export async function schemaState(
  database: Pick<Database, 'query'>,
  migrations: readonly string[],
): Promise<SchemaState> {
  const [state] = await database.query<SchemaState>(SCHEMA, [migrations]);
  if (state === undefined) throw new Error('the database says nothing');
  return state;
}
