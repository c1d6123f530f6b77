import type pg from 'pg';
import { eventually } from './processes.ts';

/** Waits until so many statements of the database wait for others to end; as the owner, who sees what all do. */
export const untilWaiting = (owner: pg.Client, count: number): Promise<void> =>
  eventually(`${count} wait`, async () => {
    const { rows } = await owner.query<{ count: number }>(
      `select count(*)::int as count from pg_stat_activity
       where datname = current_database() and wait_event_type = 'Lock'`,
    );
    return rows[0]?.count === count;
  });
