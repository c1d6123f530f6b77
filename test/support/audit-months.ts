import pg from 'pg';
import type { TestDatabase } from './postgres.ts';

/** A trail that is old: its partitions end with January and February of 2018; what came since has one of its own. */
export const OLD_MONTHS = ['audit_events_before', 'audit_events_2018_01', 'audit_events_2018_02'] as const;

export async function asOwner<T>(
  { ownerUrl }: Pick<TestDatabase, 'ownerUrl'>,
  work: (client: pg.Client) => Promise<T>,
): Promise<T> {
  const client = new pg.Client({ connectionString: ownerUrl });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

/** Makes the partitions of {@link OLD_MONTHS} out of the first one, which has to be empty. */
export const makeOldMonths = (database: TestDatabase): Promise<void> =>
  asOwner(database, async (client) => {
    const [{ cutoff }] = (
      await client.query(
        `select substring(pg_get_expr(relpartbound, oid) from 'TO \\(''([^'']+)''\\)') as cutoff
         from pg_class where relname = 'audit_events_before'`,
      )
    ).rows;
    await client.query('alter table audit_events detach partition audit_events_before');
    await client.query('drop table audit_events_before');
    const bounds = [
      ['audit_events_before', 'minvalue', `'2018-01-01Z'`],
      ['audit_events_2018_01', `'2018-01-01Z'`, `'2018-02-01Z'`],
      ['audit_events_2018_02', `'2018-02-01Z'`, `'2018-03-01Z'`],
      ['audit_events_since', `'2018-03-01Z'`, `'${cutoff}'`],
    ];
    for (const [name, from, to] of bounds) {
      await client.query(`select audit_month_table('${name}')`);
      await client.query(
        `alter table audit_events attach partition ${name} for values from (${from}) to (${to})`,
      );
    }
  });
