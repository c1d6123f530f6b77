import { isUuid } from '../kernel/ids.ts';
import type { Condition, Write } from './unit-of-work.ts';

/** A row of a table that people have rows of: its `id`, and the `account_id` of whose it is. */
export interface OwnedRow {
  readonly id: string;
  readonly accountId: string;
}

/**
 * The write that `sql` begins (up to its WHERE), of this row of this person alone. Fails the unit with `unknown` where there is
 * none, or none that `holds`; what is no UUID is the id of nothing.
 */
export const changeOwned = (
  { id, accountId }: OwnedRow,
  unknown: string,
  sql: Condition,
  holds = 'true',
): Write => ({
  otherwise: unknown,
  sql: (parameter) =>
    `${sql(parameter)} where id = ${parameter(isUuid(id) ? id : null)}::uuid
      and account_id = ${parameter(accountId)} and ${holds} returning 1`,
});
