import { randomBytes } from 'node:crypto';
import { systemRandomness, uuidV7 } from '../../src/kernel/ids.ts';
import type { Executor } from '../../src/storage/database.ts';

/** A row of the trail that a test writes itself, column for column. */
export interface GivenEvent {
  readonly id?: string;
  readonly at?: Date | string;
  readonly type?: string;
  readonly outcome?: 'success' | 'failure';
  readonly actor_kind?: string | null;
  readonly actor?: string | null;
  readonly account?: string | null;
  readonly client?: string | null;
  readonly session?: string | null;
  readonly ip?: string | null;
  readonly user_agent?: string | null;
  readonly command?: string | null;
  readonly operator?: string | null;
  readonly reason?: string | null;
  readonly version?: number | null;
  readonly details?: object;
}

/** Writes events into the trail and answers their ids, in their order. */
export async function addEvents(executor: Executor, given: readonly GivenEvent[]): Promise<string[]> {
  const rows = given.map(({ id, at = new Date(), ...row }) => ({
    id: id ?? uuidV7(systemRandomness, new Date(at)),
    at: at instanceof Date ? at.toISOString() : at,
    type: 'client.created',
    outcome: 'success',
    details: {},
    ...row,
  }));
  await executor.query(
    `insert into audit_events (id, at, type, outcome, actor_kind, actor, account, client, session, ip, user_agent, command,
       operator, reason, version, details)
     select id, at, type, outcome, actor_kind, actor, account, client, session, ip, user_agent, command, operator, reason,
       version, details
     from jsonb_to_recordset($1::jsonb) as row(id uuid, at timestamptz, type text, outcome text, actor_kind text, actor text,
       account text, client text, session text, ip text, user_agent text, command text, operator text, reason text,
       version smallint, details jsonb)`,
    [JSON.stringify(rows)],
  );
  return rows.map(({ id }) => id);
}

/** Appends leaves for events, as the sealer does, without the tree above them. Answers the index of the first. */
export async function addLeaves(
  executor: Executor,
  events: readonly string[],
  mac: 'valid' | 'none' | 'invalid' = 'valid',
): Promise<number> {
  const [row] = await executor.query<{ first: number }>(
    `with size as (select coalesce(max(index) + 1, 0) as value from audit_leaves),
       leaves as (
         insert into audit_leaves (index, event, at, mac, hash)
         select size.value + given.number - 1, given.id, coalesce(event.at, now()), $2, $3
         from size, unnest($1::uuid[]) with ordinality as given(id, number)
         left join audit_events event on event.id = given.id)
     select value::integer as first from size`,
    [events, mac, randomBytes(32)],
  );
  return row?.first ?? 0;
}
