import type { Database } from './database.ts';

/** What waits in a table that others work through. */
export interface Backlog {
  readonly waiting: number;
  /** Since when the oldest of it does. */
  readonly since: Date | undefined;
}

/** Counting reads no more rows than this: where more wait, so many are told of. */
export const MOST_COUNTED = 100_000;

/** Reads the rows of the table that wait (`state`, `created_at`). */
export async function readBacklog(database: Database, table: string): Promise<Backlog> {
  const [row] = await database.query<{ waiting: number; since: Date | string | null }>({
    name: `${table}_backlog`,
    text: `
      select count(*)::integer as waiting, min(created_at) as since
      from (select created_at from ${table} where state = 'waiting' limit ${MOST_COUNTED}) as counted`,
  });
  return { waiting: row?.waiting ?? 0, since: row?.since ? new Date(row.since) : undefined };
}
