import type { Executor, Statement } from '../../../storage/database.ts';

/** An order to keep the trail: all of it, or what is about one account. */
export interface AuditHold {
  readonly id: number;
  /** Undefined: everybody. */
  readonly account: string | undefined;
  readonly reason: string;
  readonly placedAt: Date;
  readonly liftedAt: Date | undefined;
}

/**
 * While a hold is in force, nothing that it covers is archived, and personal values of deleted people stay; they are erased once no
 * hold covers them any more.
 */
export interface AuditHolds {
  /** In the transaction of the caller, as everything here. */
  place(tx: Executor, hold: Pick<AuditHold, 'account' | 'reason'>, now: Date): Promise<AuditHold>;
  /** Undefined where there is no such hold in force. */
  lift(tx: Executor, id: number, now: Date): Promise<AuditHold | undefined>;
  /** The newest first; without those that were lifted unless they are asked for. */
  list(executor: Executor, all: boolean): Promise<AuditHold[]>;
  /** Waits until nobody places or lifts a hold, and keeps it so to the end of the transaction: what is then read, holds. */
  settle(tx: Executor): Promise<void>;
  /**
   * Erases personal values of an account that is deleted, and its addresses in events about nobody (contacts of a client), or notes that
   * they are to be erased where a hold forbids it. `identifiers`: what the person signs in with, in lower case.
   */
  erase(tx: Executor, account: string, identifiers: readonly string[]): Promise<void>;
  /** Erases what holds have kept and no longer do: of so many accounts at most. Answers of how many. */
  eraseReleased(tx: Executor, most: number): Promise<number>;
}

const LOCK = `hashtextextended('gatehouse:audit-holds', 0)`;
const ALONE: Statement = { name: 'audit_holds_alone', text: `select pg_advisory_xact_lock(${LOCK})` };
const SETTLE: Statement = {
  name: 'audit_holds_settle',
  text: `select pg_advisory_xact_lock_shared(${LOCK})`,
};

const COLUMNS = 'id, account, reason, placed_at, lifted_at';

const PLACE: Statement = {
  name: 'audit_holds_place',
  text: `insert into audit_holds (account, reason, placed_at) values ($1, $2, $3) returning ${COLUMNS}`,
};

const LIFT: Statement = {
  name: 'audit_holds_lift',
  text: `update audit_holds set lifted_at = $2 where id = $1 and lifted_at is null returning ${COLUMNS}`,
};

const LIST: Statement = {
  name: 'audit_holds_list',
  text: `select ${COLUMNS} from audit_holds where $1 or lifted_at is null order by id desc`,
};

/** Whether a hold in force covers the account. */
export const isHeld = (account: string): string =>
  `exists (select from audit_holds where lifted_at is null and (audit_holds.account is null or audit_holds.account = ${account}))`;

/**
 * Addresses of a person in events about nobody, such as the contacts of a client, become values of their account. By the index on
 * `account`, of which few rows have none.
 */
const CLAIM: Statement = {
  name: 'audit_personal_claim',
  text: `
    with theirs as (
      delete from audit_personal
      where account is null and lower(value) in (
        select unnest($2::text[]) union select lower(value) from audit_personal where account = $1::text and path like '%/email')
      returning event, path, salt, value, at)
    insert into audit_personal (event, path, account, salt, value, at)
    select event, path, $1::text, salt, value, at from theirs`,
};

const ERASE: Statement = {
  name: 'audit_personal_erase',
  text: `
    with kept as (
      insert into audit_held_erasures (account, since) select $1::text, now() where ${isHeld('$1::text')} on conflict do nothing)
    delete from audit_personal where account = $1::text and not ${isHeld('$1::text')}`,
};

const ERASE_RELEASED: Statement = {
  name: 'audit_personal_erase_released',
  text: `
    with released as (
      delete from audit_held_erasures where account = any (array(
        select e.account from audit_held_erasures e where not ${isHeld('e.account')} limit $1 for update skip locked))
      returning account),
    erased as (delete from audit_personal where account in (select account from released))
    select count(*)::int as accounts from released`,
};

interface Row {
  id: string;
  account: string | null;
  reason: string;
  placed_at: Date | string;
  lifted_at: Date | string | null;
}

const holdOf = (row: Row): AuditHold => ({
  id: Number(row.id),
  account: row.account ?? undefined,
  reason: row.reason,
  placedAt: new Date(row.placed_at),
  liftedAt: row.lifted_at === null ? undefined : new Date(row.lifted_at),
});

export const createAuditHolds = (): AuditHolds => ({
  async place(tx, { account, reason }, now) {
    await tx.query(ALONE);
    const [row] = await tx.query<Row>(PLACE, [account ?? null, reason, now]);
    if (row === undefined) throw new Error('a hold was not stored');
    return holdOf(row);
  },
  async lift(tx, id, now) {
    await tx.query(ALONE);
    const [row] = await tx.query<Row>(LIFT, [id, now]);
    return row && holdOf(row);
  },
  async list(executor, all) {
    return (await executor.query<Row>(LIST, [all])).map(holdOf);
  },
  async settle(tx) {
    await tx.query(SETTLE);
  },
  async erase(tx, account, identifiers) {
    await tx.query(SETTLE);
    await tx.query(CLAIM, [account, identifiers]);
    await tx.query(ERASE, [account]);
  },
  async eraseReleased(tx, most) {
    await tx.query(SETTLE);
    const [row] = await tx.query<{ accounts: number }>(ERASE_RELEASED, [most]);
    return row?.accounts ?? 0;
  },
});
