/**
 * Approvals: dangerous acts that wait for a second person. This folder owns what waits, for how long, and that it is decided once. Who
 * may decide, and doing it, it leaves to `administration`; its callers write the audit events.
 */
import { addSeconds, type Clock } from '../../kernel/clock.ts';
import { type Keyring, seal, unseal } from '../../kernel/crypto.ts';
import type { Randomness } from '../../kernel/ids.ts';
import { uuidV7 } from '../../kernel/ids.ts';
import type { Executor, Statement } from '../../storage/database.ts';
import type { SealedColumn } from '../../storage/resealing.ts';
import { type ApprovalState, type Asker, KEPT_SECONDS, WAITS_SECONDS } from './policy.ts';

/** What an act is about, as far as that is one person or client, and in which version it was when the act was asked for. */
export interface ApprovalTarget {
  readonly account?: string;
  readonly client?: string;
  readonly version?: string;
}

export interface NewApproval {
  readonly act: string;
  readonly asker: Asker & { readonly command?: string };
  readonly reason: string;
  /** As it was given, as JSON has it. */
  readonly input: unknown;
  readonly target: ApprovalTarget;
}

export interface Approval extends NewApproval {
  readonly id: string;
  readonly requestedAt: Date;
  readonly expiresAt: Date;
  readonly state: ApprovalState;
  readonly decidedBy: string | undefined;
  readonly decidedAt: Date | undefined;
}

/** About whom: people of these units, clients of this owner; everything without. */
export interface Within {
  readonly units?: readonly string[] | undefined;
  readonly owner?: string | undefined;
}

export interface ApprovalFilter {
  /** Only those that still wait. */
  readonly waiting: boolean;
  readonly within: Within;
  /** Only those of these acts, each within its own; of every act without. */
  readonly able?: readonly (Within & { readonly acts: readonly string[] })[] | undefined;
  /** Those of this asker too, whomever they are about. */
  readonly asker?: Asker | undefined;
}

export interface ApprovalStore {
  create(tx: Executor, approval: NewApproval): Promise<Approval>;
  find(id: string, executor?: Executor): Promise<Approval | undefined>;
  /** By when they were asked for, behind the one with this id. */
  list(
    filter: ApprovalFilter,
    page: { readonly after: string | undefined; readonly ascending: boolean; readonly limit: number },
  ): Promise<Approval[]>;
  /**
   * Compare-and-set: true for the one who decides about a request that still waits; whoever comes at the same moment waits for their
   * transaction, and then is told that it is decided.
   */
  decide(
    tx: Executor,
    id: string,
    state: 'done' | 'declined' | 'withdrawn',
    by: string | undefined,
  ): Promise<boolean>;
  /** Keeps what the act has answered, for whoever asked for it. */
  keepResult(tx: Executor, id: string, result: unknown): Promise<void>;
  /** What the act has answered, once. */
  takeResult(tx: Executor, id: string): Promise<unknown>;
  /** Of an account that is deleted: what was asked for about it is done no more, and nothing of it is kept. */
  forgetAccount(tx: Executor, account: string): Promise<void>;
  /** Ends those that have waited too long; answers which. */
  expire(tx: Executor, limit: number): Promise<{ readonly id: string; readonly act: string }[]>;
  /** Removes what ended long ago. */
  sweep(executor: Executor, limit: number): Promise<number>;
}

export const SEALED_APPROVALS: SealedColumn = {
  ...{ table: 'approvals', id: 'id', column: 'input' },
  contextOf: (id) => `approval input ${id}`,
};
export const SEALED_APPROVAL_RESULTS: SealedColumn = {
  ...{ table: 'approvals', id: 'id', column: 'result' },
  contextOf: (id) => `approval result ${id}`,
};

interface Row {
  id: string;
  act: string;
  asker_kind: Asker['kind'];
  asker: string;
  asker_command: string | null;
  reason: string;
  input: string | null;
  account: string | null;
  client: string | null;
  target_version: string | null;
  requested_at: Date | string;
  expires_at: Date | string;
  state: ApprovalState;
  decided_by: string | null;
  decided_at: Date | string | null;
}

const COLUMNS = `id, act, asker_kind, asker, asker_command, reason, input, account, client, target_version, requested_at,
  expires_at, state, decided_by, decided_at`;

const CREATE: Statement = {
  name: 'approvals_create',
  text: `
    insert into approvals (${COLUMNS})
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, 'waiting', null, null) returning ${COLUMNS}`,
};

const FIND: Statement = { name: 'approvals_find', text: `select ${COLUMNS} from approvals where id = $1` };

const WITHIN = `(may.units is null or account in (select id from accounts where unit = any(may.units))
  or client in (select owned.client from client_owners owned where owned.account = may.owner))`;

const listed = (order: 'asc' | 'desc'): Statement => ({
  name: `approvals_list_${order}`,
  text: `
    select ${COLUMNS} from approvals
    where ($1::uuid is null or id ${order === 'desc' ? '<' : '>'} $1)
      and (not $2 or (state = 'waiting' and expires_at > $3))
      and ((asker_kind = $5 and asker = $6) or (
        exists (select from jsonb_to_record($4::jsonb) as may(units uuid[], owner uuid) where ${WITHIN})
        and ($7::jsonb is null or exists (
          select from jsonb_to_recordset($7::jsonb) as may(acts text[], units uuid[], owner uuid)
          where act = any(may.acts) and ${WITHIN}))))
    order by id ${order} limit $8`,
});

const LIST = listed('asc');
const LIST_NEWEST = listed('desc');

const DECIDE: Statement = {
  name: 'approvals_decide',
  text: `
    update approvals set state = $2, decided_by = $3, decided_at = $4, input = null
    where id = $1 and state = 'waiting' and expires_at > $4 returning id`,
};

const KEEP_RESULT: Statement = {
  name: 'approvals_keep_result',
  text: 'update approvals set result = $2 where id = $1',
};

const TAKE_RESULT: Statement = {
  name: 'approvals_take_result',
  text: `
    update approvals set result = null from (select id, result from approvals where id = $1 for update) before
    where approvals.id = before.id and before.result is not null returning before.result`,
};

const FORGET: Statement = {
  name: 'approvals_forget_account',
  text: `
    update approvals set account = null, input = null, result = null,
      state = case when state = 'waiting' then 'expired' else state end
    where account = $1`,
};

const EXPIRE: Statement = {
  name: 'approvals_expire',
  text: `
    update approvals set state = 'expired', input = null where id in (
      select id from approvals where state = 'waiting' and expires_at <= $1 order by expires_at limit $2 for update skip locked)
    returning id, act`,
};

const SWEEP: Statement = {
  name: 'approvals_sweep',
  text: `
    delete from approvals where id in (
      select id from approvals where requested_at < $1 and state <> 'waiting' limit $2 for update skip locked) returning id`,
};

export function createApprovalStore(
  database: Executor,
  {
    keyring,
    clock,
    random,
  }: { readonly keyring: Keyring; readonly clock: Clock; readonly random: Randomness },
): ApprovalStore {
  const { contextOf } = SEALED_APPROVALS;
  const { contextOf: resultContext } = SEALED_APPROVAL_RESULTS;

  const approvalOf = (row: Row): Approval => ({
    id: row.id,
    act: row.act,
    asker: {
      kind: row.asker_kind,
      id: row.asker,
      ...(row.asker_command === null ? {} : { command: row.asker_command }),
    },
    reason: row.reason,
    input: row.input === null ? null : JSON.parse(unseal(keyring, contextOf(row.id), row.input).toString()),
    target: {
      ...(row.account === null ? {} : { account: row.account }),
      ...(row.client === null ? {} : { client: row.client }),
      ...(row.target_version === null ? {} : { version: row.target_version }),
    },
    requestedAt: new Date(row.requested_at),
    expiresAt: new Date(row.expires_at),
    state: row.state === 'waiting' && new Date(row.expires_at) <= clock.now() ? 'expired' : row.state,
    decidedBy: row.decided_by ?? undefined,
    decidedAt: row.decided_at === null ? undefined : new Date(row.decided_at),
  });

  return {
    async create(tx, { act, asker, reason, input, target }) {
      const now = clock.now();
      const id = uuidV7(random, now);
      const sealed = seal(keyring, random, contextOf(id), JSON.stringify(input));
      const [row] = await tx.query<Row>(CREATE, [
        ...[id, act, asker.kind, asker.id, asker.command ?? null, reason, sealed],
        ...[target.account ?? null, target.client ?? null, target.version ?? null],
        ...[now, addSeconds(now, WAITS_SECONDS)],
      ]);
      return approvalOf(row as Row);
    },

    async find(id, executor = database) {
      const [row] = await executor.query<Row>(FIND, [id]);
      return row && approvalOf(row);
    },

    async list({ waiting, within, able, asker }, { after, ascending, limit }) {
      const rows = await database.query<Row>(ascending ? LIST : LIST_NEWEST, [
        ...[after ?? null, waiting, clock.now(), JSON.stringify(within)],
        ...[asker?.kind ?? null, asker?.id ?? null],
        able === undefined ? null : JSON.stringify(able),
        limit,
      ]);
      return rows.map(approvalOf);
    },

    async decide(tx, id, state, by) {
      return (await tx.query(DECIDE, [id, state, by ?? null, clock.now()])).length === 1;
    },

    async keepResult(tx, id, result) {
      await tx.query(KEEP_RESULT, [id, seal(keyring, random, resultContext(id), JSON.stringify(result))]);
    },

    async takeResult(tx, id) {
      const [row] = await tx.query<{ result: string }>(TAKE_RESULT, [id]);
      return row && JSON.parse(unseal(keyring, resultContext(id), row.result).toString());
    },

    async forgetAccount(tx, account) {
      await tx.query(FORGET, [account]);
    },

    expire: (tx, limit) => tx.query(EXPIRE, [clock.now(), limit]),

    async sweep(executor, limit) {
      const before = addSeconds(clock.now(), -(WAITS_SECONDS + KEPT_SECONDS));
      return (await executor.query(SWEEP, [before, limit])).length;
    },
  };
}
