import type { ClientBase } from 'pg';
import { optionNames } from '../kernel/database-parameters.ts';
import type { DatabaseTarget } from '../kernel/database-url.ts';
import { GatehouseError } from '../kernel/errors.ts';

/**
 * What every connection is set to before anybody uses it, and the proof that it was. Set by statements, not by the start of
 * the connection: poolers pass those on.
 */

/** The role without which nothing runs: no DDL, no UPDATE or DELETE on the audit trail. Created by the migrations. */
export const SERVER_ROLE = 'gatehouse_server';

export type ConnectionRole = 'server' | 'owner';

/** A database that is there and cannot be used as it is. The message is for operators, and never reaches an answer. */
export class UnfitDatabase extends GatehouseError {
  constructor(code: string, message: string, cause?: unknown) {
    super(code, { status: 503, message, ...(cause === undefined ? {} : { cause }) });
  }
}

/** What to do about a pooler that gives a connection to others between two statements. */
const USE_SESSION_MODE =
  'a pooler hands the connection to others between statements. Use its session mode (PgBouncer: pool_mode = session), or ' +
  'connect to PostgreSQL itself';

export const poolerRefused = (setting: string, evidence: string): UnfitDatabase =>
  new UnfitDatabase('database_pooler', `${setting}: ${evidence}: ${USE_SESSION_MODE}.`);

/** What results are read by, whatever the database, the login or the machine has as its default. */
const PINNED: readonly (readonly [name: string, value: string])[] = [
  ['default_transaction_isolation', 'read committed'],
  ['TimeZone', 'UTC'],
  ['DateStyle', 'ISO, MDY'],
  ['IntervalStyle', 'postgres'],
  ['client_encoding', 'UTF8'],
  ['standard_conforming_strings', 'on'],
];

/** A URL may say otherwise. */
const DEFAULTS: Record<ConnectionRole, readonly (readonly [name: string, value: string])[]> = {
  server: [
    // A statement that hangs must not hold a connection for ever.
    ['statement_timeout', '15000'],
    ['idle_in_transaction_session_timeout', '15000'],
    // Statements are short and many: what compiling one saves is never worth the tens of milliseconds that it takes.
    ['jit', 'off'],
  ],
  owner: [
    // Who waits for a lock on a table holds up everybody who comes after: a sign-in waits so long for a migration, and no longer.
    ['lock_timeout', '1000'],
    // What takes longer while it holds a lock does not belong into a transaction (CONTRIBUTING.md, "Migrations").
    ['statement_timeout', '60000'],
    ['idle_in_transaction_session_timeout', '60000'],
  ],
};

export interface SessionPlan {
  readonly role: ConnectionRole;
  /** The setting whose URL it is: messages name it. */
  readonly setting: string;
  readonly settings: readonly (readonly [name: string, value: string])[];
  readonly timeoutMs: number;
}

export function planSession(
  { session, client }: DatabaseTarget,
  role: ConnectionRole,
  setting: string,
  timeoutMs: number,
): SessionPlan {
  const said = new Set([...session.keys(), ...optionNames(String(client.options ?? ''))]);
  const defaults = DEFAULTS[role].filter(([name]) => !said.has(name));
  const asRole = role === 'server' ? ([['role', SERVER_ROLE]] as const) : [];
  return { role, setting, timeoutMs, settings: [...asRole, ...PINNED, ...defaults, ...session] };
}

interface Found {
  readonly pid: number;
  readonly role: string;
  readonly isolation: string;
  readonly replication: string;
  readonly read_only: string;
  readonly recovering: boolean;
  readonly settings: Record<string, string>;
}

/**
 * Sets a new connection up and verifies in a second statement that it took. Throws `database_pooler` where that sees
 * something else, `database_role` where the login may not become the server's role, `database_settings` and
 * `database_read_only` ({@link UnfitDatabase}).
 */
export async function prepareSession(client: ClientBase, plan: SessionPlan): Promise<void> {
  const ask = async <Row>(text: string, values: readonly unknown[]): Promise<Row> => {
    const query = { text, values: [...values], query_timeout: plan.timeoutMs };
    return (await client.query(query)).rows[0] as Row;
  };
  const set = plan.settings.map((_, index) => `set_config($${2 * index + 1}, $${2 * index + 2}, false)`);
  if (plan.role === 'server') set.push(SET_CLUSTER);
  const { pid } = await ask<{ pid: number }>(
    `select pg_backend_pid() as pid, ${set.join(', ')}`,
    plan.settings.flat(),
  ).catch((error) => {
    throw roleProblem(error, plan) ?? error;
  });
  const found = await ask<Found>(VERIFY, [PINNED.map(([name]) => name)]);
  const problem = sessionProblem(found, pid, plan);
  if (problem !== undefined) throw problem;
}

/** Which cluster it is, for the rows of the audit trail: asked here, where every row would have to look. */
const SET_CLUSTER = `set_config('gatehouse.cluster', (select system_identifier::text from pg_control_system()), false)`;

const VERIFY = `
  select pg_backend_pid() as pid, current_user as role,
    current_setting('transaction_isolation') as isolation,
    current_setting('session_replication_role') as replication,
    current_setting('transaction_read_only') as read_only,
    pg_is_in_recovery() as recovering,
    (select jsonb_object_agg(name, current_setting(name)) from unnest($1::text[]) as name) as settings`;

function roleProblem(error: unknown, { role, setting }: SessionPlan): UnfitDatabase | undefined {
  const { code = '', message = '' } = error as { code?: string; message?: string };
  if (role !== 'server' || !message.includes(SERVER_ROLE)) return undefined;
  if (code === '42501') {
    return new UnfitDatabase(
      'database_role',
      `${setting}: the login may not become ${SERVER_ROLE}. As the owner: grant ${SERVER_ROLE} to the login.`,
      error,
    );
  }
  return new UnfitDatabase(
    'database_role',
    `${setting}: there is no role ${SERVER_ROLE} yet. Run: gatehouse migrate up.`,
    error,
  );
}

function sessionProblem(found: Found, pid: number, plan: SessionPlan): UnfitDatabase | undefined {
  const { role, setting } = plan;
  if (found.pid !== pid) return poolerRefused(setting, 'two statements met two servers');
  if (role === 'server' && found.role !== SERVER_ROLE)
    return poolerRefused(setting, `the connection did not stay ${SERVER_ROLE}`);
  const lost = PINNED.find(([name, value]) => found.settings[name] !== value);
  if (lost !== undefined) return poolerRefused(setting, `the connection did not keep ${lost[0]}`);
  if (found.isolation !== 'read committed')
    return new UnfitDatabase(
      'database_settings',
      `${setting}: transactions are ${found.isolation}, expected read committed.`,
    );
  if (found.replication !== 'origin')
    return new UnfitDatabase(
      'database_settings',
      `${setting}: session_replication_role is ${found.replication}, which switches the guards of the audit trail off; expected origin.`,
    );
  return readOnlyProblem(found, setting);
}

/** A standby, or a server that was switched to read only: whoever asks may come back. */
export function readOnlyProblem(
  { recovering, read_only: readOnly }: Pick<Found, 'recovering' | 'read_only'>,
  setting: string,
): UnfitDatabase | undefined {
  if (!recovering && readOnly === 'off') return undefined;
  const what = recovering ? 'is a standby (in recovery)' : 'is read only (default_transaction_read_only)';
  return new UnfitDatabase(
    'database_read_only',
    `${setting}: this PostgreSQL ${what}; expected one that takes writes.`,
  );
}
