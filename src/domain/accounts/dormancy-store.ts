import { defineEntity, p } from '@mikro-orm/postgresql';
import type { Executor, Statement } from '../../storage/database.ts';
import type { DormancyFacts } from './dormancy.ts';
import { ACCOUNT_COLUMNS, type Account, AccountRecord, type AccountRow, accountOf } from './record-store.ts';

/** Who is dormant, whom that was told, and that they are disabled for it. Whoever changes any of it holds the row of the account. */

export const DormancyNoticeRecord = defineEntity({
  name: 'DormancyNoticeRecord',
  tableName: 'dormancy_notices',
  properties: {
    account: () =>
      p
        .manyToOne(AccountRecord)
        .joinColumn('account')
        .primary()
        .deleteRule('cascade')
        .updateRule('no action')
        .index(false),
    /** From when on nobody had signed in: a notice counts for this period alone. */
    since: p.datetime(),
    toldAt: p.datetime(),
    /** The date that was told. */
    disableAt: p.datetime(),
    /** When the account was disabled for it. */
    disabledAt: p.datetime().nullable(),
  },
  indexes: [
    {
      name: 'dormancy_notices_disable_at_index',
      expression: 'create index dormancy_notices_disable_at_index on dormancy_notices (disable_at, account)',
    },
  ],
});

/** An account as it has to be known to say whether it is dormant. */
export interface DormantCandidate extends Omit<DormancyFacts, 'roles' | 'createdAt'> {
  readonly account: Account;
  /** Whether it is to be disabled or enabled at a time that was said. */
  readonly planned: boolean;
  /** Of a disabled one: whether it is disabled because it was dormant. */
  readonly disabledAsDormant: boolean;
}

/** Behind whom a batch begins, in the order of the last sign-in. */
export interface DormancyPlace {
  readonly at: string;
  readonly id: string;
}

export interface DormancyBatch {
  /** Those of the accounts that were looked at that may be dormant. */
  readonly candidates: readonly DormantCandidate[];
  /** Where the next one begins; undefined at the end. */
  readonly next: DormancyPlace | undefined;
}

export interface DormancyStore {
  /** Looks at up to `limit` accounts to which nobody has signed in since `before`. */
  batch(
    executor: Executor,
    asked: { readonly before: Date; readonly after: DormancyPlace | undefined; readonly limit: number },
    now: Date,
  ): Promise<DormancyBatch>;
  /** One account, whatever it is. */
  facts(executor: Executor, account: string, now: Date): Promise<DormantCandidate | undefined>;
  /** Keeps that somebody was told, for this period. */
  tell(
    tx: Executor,
    account: string,
    notice: { readonly since: Date; readonly toldAt: Date; readonly disableAt: Date },
  ): Promise<void>;
  /**
   * Compare-and-set: disables an active account that is still counted from `since`, whose person was told at `toldAt`, and for which
   * nothing is planned. False otherwise: somebody has signed in, or decided something about it, since it was looked at.
   */
  disable(
    tx: Executor,
    account: string,
    period: { readonly since: Date; readonly toldAt: Date },
    now: Date,
  ): Promise<boolean>;
}

/** Before the id of every account. */
const NIL_UUID = '00000000-0000-0000-0000-000000000000';

/** As SQL: from when on is counted, as precise as the server's clock. `countedFrom` says the same. */
export const countedFromRow = (accounts: string, lastSignIn: string): string =>
  `date_trunc('milliseconds', greatest(${accounts}.created_at, ${accounts}.enabled_at, ${lastSignIn}))`;

/** As SQL: when somebody is disabled as dormant, as they were told; null where they were not, or that is over. */
export const dormancyDateOf = (accounts: string, lastSignIn: string): string =>
  `(select told.disable_at from dormancy_notices told
    where told.account = ${accounts}.id and ${accounts}.status = 'active' and told.since = ${countedFromRow(accounts, lastSignIn)}
      and not exists (select from scheduled_statuses planned where planned.account = ${accounts}.id))`;

const LAST_SIGN_IN = '(select last_sign_in from account_listings where account = accounts.id)';

const COLUMNS = `${ACCOUNT_COLUMNS}, enabled_at,
  (select last_sign_in from account_listings where account = accounts.id and isfinite(last_sign_in)) as last_sign_in,
  exists (select from scheduled_statuses where account = accounts.id) as planned,
  (select json_build_object('since', since, 'told_at', told_at, 'of_now', disabled_at is not null and disabled_at = accounts.disabled_at)
    from dormancy_notices where account = accounts.id) as notice`;

/** The place is told of every row that was looked at, also of those that are left out. */
const BATCH: Statement = {
  name: 'dormancy_batch',
  text: `
    select looked_at, looked_id, candidate.* from (
      select last_sign_in as looked_order, last_sign_in::text as looked_at, account as looked_id from account_listings
      where last_sign_in <= $1 and (last_sign_in, account) > ($2::timestamptz, $3::uuid)
      order by last_sign_in, account limit $4) looked
    left join lateral (
      select ${COLUMNS} from accounts
      where id = looked_id and status = 'active' and not break_glass and greatest(created_at, enabled_at) <= $1) candidate on true
    order by looked_order, looked_id`,
};

const FACTS: Statement = { name: 'dormancy_facts', text: `select ${COLUMNS} from accounts where id = $1` };

const TELL: Statement = {
  name: 'dormancy_notices_tell',
  text: `
    insert into dormancy_notices (account, since, told_at, disable_at) values ($1, $2, $3, $4)
    on conflict (account) do update
    set since = excluded.since, told_at = excluded.told_at, disable_at = excluded.disable_at, disabled_at = null`,
};

const DISABLE: Statement = {
  name: 'dormancy_disable',
  text: `
    with done as (
      update accounts set status = 'disabled', disabled_at = $4, updated_at = $4, version = version + 1
      where id = $1 and status = 'active' and not break_glass and ${countedFromRow('accounts', LAST_SIGN_IN)} = $2
        and exists (select from dormancy_notices where account = $1 and since = $2 and told_at = $3)
        and not exists (select from scheduled_statuses where account = $1)
      returning id)
    update dormancy_notices set disabled_at = $4 from done where account = done.id returning account`,
};

interface CandidateRow extends AccountRow {
  enabled_at: Date | string | null;
  last_sign_in: Date | string | null;
  planned: boolean;
  notice: { since: string; told_at: string; of_now: boolean } | null;
}

type BatchRow = { looked_at: string; looked_id: string } & (CandidateRow | { id: null });

const dateOf = (at: Date | string | null) => (at === null ? undefined : new Date(at));

const candidateOf = (row: CandidateRow, now: Date): DormantCandidate => ({
  account: accountOf(row, now),
  enabledAt: dateOf(row.enabled_at),
  lastSignIn: dateOf(row.last_sign_in),
  planned: row.planned,
  notice: row.notice
    ? { since: new Date(row.notice.since), toldAt: new Date(row.notice.told_at) }
    : undefined,
  disabledAsDormant: row.status === 'disabled' && row.notice?.of_now === true,
});

export const createDormancyStore = (): DormancyStore => ({
  async batch(executor, { before, after, limit }, now) {
    const place = [after?.at ?? '-infinity', after?.id ?? NIL_UUID];
    const rows = await executor.query<BatchRow>(BATCH, [before, ...place, limit]);
    const last = rows.length < limit ? undefined : rows.at(-1);
    return {
      candidates: rows.flatMap((row) => (row.id === null ? [] : [candidateOf(row, now)])),
      next: last && { at: last.looked_at, id: last.looked_id },
    };
  },

  async facts(executor, account, now) {
    const [row] = await executor.query<CandidateRow>(FACTS, [account]);
    return row && candidateOf(row, now);
  },

  async tell(tx, account, { since, toldAt, disableAt }) {
    await tx.query(TELL, [account, since, toldAt, disableAt]);
  },

  async disable(tx, account, { since, toldAt }, now) {
    return (await tx.query(DISABLE, [account, since, toldAt, now])).length === 1;
  },
});
