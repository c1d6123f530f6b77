import type { Statement, Transaction } from '../../../storage/database.ts';
import { MAC_FIELDS, type StoredMacRow, sixDigitsSql } from '../mac.ts';
import type { LeafRow } from '../tree/leaf.ts';
import type { BeforeCursor, Cursor } from './sealing-store.ts';

/** A row that the sealer comes to. */
export interface UnsealedRow extends Omit<LeafRow, 'mac'>, Pick<StoredMacRow, 'mac_at'> {
  readonly mac: Buffer | null;
  readonly xid: string | null;
  readonly cluster: string | null;
  /** What {@link BeforeCursor} has of its time: exact. */
  readonly exact_at: string;
  /** Whether it has a leaf already. */
  readonly sealed: boolean;
}

const COLUMNS = `
  ${MAC_FIELDS.filter((field) => field !== 'at')
    .map((field) => `e.${field}`)
    .join(', ')}, ${sixDigitsSql('e.at')} as at, ${sixDigitsSql('e.told_at')} as told_at,
  ${sixDigitsSql('coalesce(e.told_at, e.at)')} as mac_at, e.mac, e.xid::text as xid, e.cluster, e.at::text as exact_at,
  exists (select from audit_leaves l where l.event = e.id) as sealed`;

/** Those of before, in the order of their time, by the index of that: not by the one of transactions, in which they all are. */
const BEFORE: Statement = {
  name: 'audit_unsealed_before',
  text: `
    select ${COLUMNS} from audit_events e
    where e.xid::text is null and e.at >= $1::timestamptz and (e.at, e.id) > ($1::timestamptz, $2::uuid)
    order by e.at, e.id limit $3`,
};

/** In causal order, up to the first transaction that still runs: what comes to be there later comes behind. */
const ENDED: Statement = {
  name: 'audit_unsealed_ended',
  text: `
    select ${COLUMNS} from audit_events e
    where (e.xid, e.id) > ($1::xid8, $2::uuid) and e.xid < pg_snapshot_xmin(pg_current_snapshot())
    order by e.xid, e.id limit $3`,
};

/** In the order of another cluster, none of whose transactions still runs. */
const ELSEWHERE: Statement = {
  name: 'audit_unsealed_elsewhere',
  text: `
    select ${COLUMNS} from audit_events e where (e.xid, e.id) > ($1::xid8, $2::uuid) order by e.xid, e.id limit $3`,
};

export const FIRST_BEFORE: BeforeCursor = { at: '-infinity', event: '00000000-0000-0000-0000-000000000000' };

/** At most `limit` rows behind the cursor, those that are sealed already included. */
export const unsealed = {
  before: (tx: Transaction, cursor: BeforeCursor, limit: number) =>
    tx.query<UnsealedRow>(BEFORE, [cursor.at, cursor.event, limit]),
  ended: (tx: Transaction, cursor: Cursor, limit: number) =>
    tx.query<UnsealedRow>(ENDED, [cursor.xid, cursor.event, limit]),
  elsewhere: (tx: Transaction, cursor: Cursor, limit: number) =>
    tx.query<UnsealedRow>(ELSEWHERE, [cursor.xid, cursor.event, limit]),
};
