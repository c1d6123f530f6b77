import { isUuid } from '../../kernel/ids.ts';
import type { Database, Statement } from '../../storage/database.ts';
import { HIDDEN_TYPES, wordsFor } from './activity.ts';

/** One event of the trail, as its person may see it. */
export interface Activity {
  readonly at: Date;
  /** Which words it gets. */
  readonly words: string;
  readonly failed: boolean;
  readonly client: string | undefined;
  readonly ip: string | undefined;
  readonly userAgent: string | undefined;
  /** Of the browser whose session has ended, where that is what happened and it is still known. */
  readonly endedUserAgent: string | undefined;
  /** Somebody else did it who is allowed to: an administrator, at their pages or at the command line. */
  readonly byAdministrator: boolean;
}

/** Where in the trail a page begins: behind this event. */
export interface ActivityPlace {
  /** In microseconds since the epoch, which is more than a `Date` holds. */
  readonly micros: string;
  readonly id: string;
}

export interface ActivityPage {
  readonly entries: readonly Activity[];
  /** Where the next page begins, if there may be one. */
  readonly older: ActivityPlace | undefined;
}

export interface ActivityStore {
  /** What happened to the account, the latest first, from a place on. Never of anybody else. */
  page(accountId: string, before: ActivityPlace | undefined): Promise<ActivityPage>;
}

export const PAGE_ENTRIES = 25;

/**
 * Events looked at for one page. Applications fill the trail all day with what is not shown: where they were at it for
 * long, a page has fewer entries, and a next one, rather than a query that nobody bounds.
 */
const LOOKED_AT = 2_000;

const PAGE: Statement = {
  name: 'audit_activity_page',
  text: `
    with looked_at as materialized (
      select id, at, type, outcome, actor_kind, actor, account, client, session, factor, ip, user_agent, command, details,
        (extract(epoch from at) * 1000000)::bigint::text as micros
      from audit_events
      where account = $1 and (at, id) < (
        coalesce(timestamptz 'epoch' + $2::bigint * interval '1 microsecond', 'infinity'),
        coalesce($3::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff'))
      order by at desc, id desc limit ${LOOKED_AT}),
    shown as (
      select * from looked_at where type <> all ($4::text[]) order by at desc, id desc limit ${PAGE_ENTRIES + 1})
    select shown.*, null::bigint as looked_at, case when type = 'session.ended' then (
      select sessions.user_agent from sessions where uid = session and account_id = $1::text) end as ended_user_agent
    from shown
    union all
    (select looked_at.*, (select count(*) from looked_at), null from looked_at order by at, id limit 1)`,
};

interface Row {
  id: string;
  at: Date | string;
  micros: string;
  type: string;
  outcome: string;
  actor_kind: string | null;
  actor: string | null;
  account: string;
  client: string | null;
  ip: string | null;
  user_agent: string | null;
  ended_user_agent: string | null;
  factor: string | null;
  command: string | null;
  details: unknown;
  /** Of the last event that was looked at: how many were. */
  looked_at: string | null;
}

export function createActivityStore(database: Database): ActivityStore {
  return {
    async page(accountId, before) {
      const values = [accountId, before?.micros ?? null, before?.id ?? null, [...HIDDEN_TYPES]];
      const rows = await database.query<Row>(PAGE, values);
      const end = rows.find((row) => row.looked_at !== null);
      const shown = rows.filter((row) => row.looked_at === null).toSorted(latestFirst);
      const entries = shown.slice(0, PAGE_ENTRIES);
      const cut = Number(end?.looked_at ?? 0) === LOOKED_AT ? end : undefined;
      return {
        entries: entries.map(activityOf),
        older: placeOf(shown.length > PAGE_ENTRIES ? entries.at(-1) : cut),
      };
    },
  };
}

const placeOf = (row: Row | undefined): ActivityPlace | undefined =>
  row && { micros: row.micros, id: row.id };

/** A statement of two parts has no order. */
function latestFirst(one: Row, other: Row): number {
  const difference = BigInt(other.micros) - BigInt(one.micros);
  if (difference !== 0n) return difference > 0n ? 1 : -1;
  return one.id < other.id ? 1 : -1;
}

const activityOf = (row: Row): Activity => ({
  at: new Date(row.at),
  words: wordsFor(row.type, row.details, row.factor ?? undefined),
  failed: row.outcome === 'failure',
  client: row.client ?? undefined,
  ip: row.ip ?? undefined,
  userAgent: row.user_agent ?? undefined,
  endedUserAgent: row.ended_user_agent ?? undefined,
  byAdministrator: isByAdministrator(row),
});

/** An operator, or a person who is not the one whom the event is about. Rows of before do not say which kind of actor it was. */
function isByAdministrator({ actor_kind: kind, actor, account, command }: Row): boolean {
  if (kind === null) return command !== null || (actor !== null && actor !== account && isUuid(actor));
  return kind === 'command' || (kind === 'person' && actor !== account);
}
