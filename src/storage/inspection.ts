import type { ClientBase } from 'pg';
import { poolerRefused, readOnlyProblem, SERVER_ROLE, UnfitDatabase } from './session.ts';

/**
 * What the server relies on of a database as a whole: verified before it starts, and again whenever it has lost the connection
 * that listens, since another server may answer then.
 */
export interface Inspection {
  /** The setting whose URL it is. */
  readonly setting: string;
  /** Names of the migrations that this version has. */
  readonly migrations: readonly string[];
  /** Whether tables of a later version are refused: at the start, not while nodes are replaced by later ones. */
  readonly refuseLater: boolean;
}

interface Found {
  readonly recovering: boolean;
  readonly read_only: string;
  readonly encoding: string;
  readonly superuser: boolean;
  readonly owner: boolean;
  readonly alters_audit: boolean;
  readonly has_tables: boolean;
  readonly strong_login: boolean;
}

export interface Inspected {
  /** Whether the login could do more than the server's role, had somebody its password. */
  readonly strongLogin: boolean;
}

const FIND = `
  select pg_is_in_recovery() as recovering, current_setting('transaction_read_only') as read_only,
    current_setting('server_encoding') as encoding,
    (select rolsuper or rolcreaterole or rolbypassrls from pg_roles where rolname = current_user) as superuser,
    coalesce(pg_has_role(current_user, (select relowner from pg_class where oid = to_regclass('audit_events')), 'MEMBER'), false)
      as owner,
    coalesce(has_table_privilege(to_regclass('audit_events'), 'UPDATE, DELETE, TRUNCATE'), false)
      or exists (select from pg_inherits where inhparent = to_regclass('audit_events')
        and has_table_privilege(inhrelid, 'INSERT, UPDATE, DELETE, TRUNCATE')) as alters_audit,
    to_regclass('schema_migrations') is not null as has_tables,
    (select rolsuper from pg_roles where rolname = session_user)
      or coalesce(pg_has_role(session_user, (select relowner from pg_class where oid = to_regclass('audit_events')), 'MEMBER'), false)
      as strong_login`;

const APPLIED = 'select name from schema_migrations order by name';

/**
 * Verifies that the server's role is no more than that, that the database takes writes and keeps UTF-8, and that its tables
 * are this version's. Throws {@link UnfitDatabase}: `database_read_only`, `database_settings`, `database_role`,
 * `migrations_pending`, `migrations_unknown`.
 */
export async function inspectDatabase(client: ClientBase, inspection: Inspection): Promise<Inspected> {
  const { setting, migrations, refuseLater } = inspection;
  const [found] = (await client.query<Found>(FIND)).rows;
  if (found === undefined) throw new Error('PostgreSQL said nothing about itself');
  const problem = readOnlyProblem(found, setting) ?? unfit(found, setting);
  if (problem !== undefined) throw problem;
  const applied = found.has_tables ? await appliedBy(client, setting) : [];
  const names = applied.map(({ name }) => name);
  compareMigrations(migrations, refuseLater ? names : names.filter((name) => migrations.includes(name)));
  return { strongLogin: found.strong_login };
}

/** SQLSTATE of a statement for which the role has no right. */
const NOT_PERMITTED = '42501';

/** Throws `database_pooler` where the connection, which was given the server's role, has lost it between two statements. */
async function appliedBy(client: ClientBase, setting: string): Promise<{ name: string }[]> {
  try {
    return (await client.query<{ name: string }>(APPLIED)).rows;
  } catch (error) {
    if ((error as { code?: string }).code !== NOT_PERMITTED) throw error;
    throw poolerRefused(setting, `the connection did not stay ${SERVER_ROLE}`);
  }
}

function unfit(found: Found, setting: string): UnfitDatabase | undefined {
  if (found.encoding !== 'UTF8') {
    return new UnfitDatabase(
      'database_settings',
      `${setting}: the database keeps text as ${found.encoding}; expected one made with encoding UTF8.`,
    );
  }
  if (found.superuser || found.owner || found.alters_audit) {
    const why = found.superuser
      ? 'has rights of a superuser'
      : found.owner
        ? 'is a member of the role that owns the tables'
        : 'may change or remove audit events';
    return new UnfitDatabase(
      'database_role',
      `${setting}: the role ${SERVER_ROLE} ${why}; expected what the migrations grant, and no more.`,
    );
  }
  return undefined;
}

/** Throws `migrations_pending` or `migrations_unknown`, with the names. */
function compareMigrations(known: readonly string[], applied: readonly string[]): void {
  const pending = known.filter((name) => !applied.includes(name));
  if (pending.length > 0) {
    throw new UnfitDatabase(
      'migrations_pending',
      `The tables are those of an earlier version. Run: gatehouse migrate up. Pending: ${listed(pending)}.`,
    );
  }
  const unknown = applied.filter((name) => !known.includes(name));
  if (unknown.length > 0) {
    throw new UnfitDatabase(
      'migrations_unknown',
      `The tables are those of a later version: start that one, or go back with its gatehouse migrate down. Unknown here: ${listed(unknown)}.`,
    );
  }
}

const MOST_NAMED = 5;

const listed = (names: readonly string[]): string =>
  names.length <= MOST_NAMED
    ? names.join(', ')
    : `${names.slice(0, MOST_NAMED).join(', ')} and ${names.length - MOST_NAMED} more`;
