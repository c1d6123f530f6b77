import type { Database, Statement } from '../../../storage/database.ts';

/** How well the trail is prepared for the months to come. */
export interface MonthsStanding {
  /** Whole months after this one that have a partition. */
  readonly ahead: number;
  /** Events of times that no month has a place for, up to a bound; they stand in the default partition. */
  readonly unplaced: number;
}

export interface AuditMonths {
  /** Makes the partitions of the months ahead where they are not there, and moves events to them that came before; how many it made. */
  make(): Promise<number>;
  standing(): Promise<MonthsStanding>;
}

const MAKE: Statement = { name: 'audit_months_make', text: 'select make_audit_months() as made' };

/** Where the last month ends: what comes later has the default partition alone. */
const END: Statement = {
  name: 'audit_months_end',
  text: `
    with ends as (
      select max(substring(pg_get_expr(relpartbound, pg_class.oid) from 'TO \\(''([^'']+)''\\)')::timestamptz) as last
      from pg_inherits join pg_class on pg_class.oid = inhrelid where inhparent = 'audit_events'::regclass)
    select last, (extract(year from span) * 12 + extract(month from span))::int as months
    from (select last, age(last at time zone 'UTC', date_trunc('month', now() at time zone 'UTC')) as span from ends) as spans`,
};

const MOST_COUNTED = 100_000;

const UNPLACED: Statement = {
  name: 'audit_months_unplaced',
  text: `select count(*)::int as events from (select from audit_events where at >= $1 limit ${MOST_COUNTED}) as late`,
};

export const createAuditMonths = (database: Database): AuditMonths => ({
  async make() {
    const [row] = await database.query<{ made: number }>(MAKE);
    return row?.made ?? 0;
  },
  async standing() {
    const [end] = await database.query<{ last: Date | string | null; months: number | null }>(END);
    if (end?.last == null) return { ahead: 0, unplaced: 0 };
    const [found] = await database.query<{ events: number }>(UNPLACED, [end.last]);
    // The month that is under way is not ahead.
    return { ahead: Math.max(0, (end.months ?? 0) - 1), unplaced: found?.events ?? 0 };
  },
});
