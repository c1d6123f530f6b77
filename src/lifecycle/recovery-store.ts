import type { Executor, Statement } from '../storage/database.ts';

/**
 * Ends, after a restore of the database, everything of everybody that was spent or ended since the backup and would live again. Set by
 * set, a bounded number of rows a call, each call a transaction of the caller's that may be repeated.
 */
export interface RecoveryStore {
  /** Raises access epochs of the accounts behind `after`, by id. */
  raiseEpochs(tx: Executor, after: string | undefined): Promise<Batch>;
  /** Has no step of an authenticator app up to `step` taken again, of those behind `after`, by id. */
  spendSteps(tx: Executor, step: number, after: string | undefined): Promise<Batch>;
  /** Removes some of what is bound to end; answers how many, 0 where nothing is left. */
  remove(tx: Executor, what: Removed, begunAt: Date): Promise<number>;
  /** Of these accounts, ends every recovery code; answers of how many accounts. */
  endRecoveryCodes(tx: Executor, accounts: readonly string[]): Promise<number>;
  /** Accounts with recovery codes that were not used as far as is known. */
  withRecoveryCodes(tx: Executor): Promise<number>;
  /** When the last event of the trail was written; undefined where there is none. */
  lastEventAt(tx: Executor): Promise<Date | undefined>;
  /** Of these events, those that the trail has. */
  present(tx: Executor, events: readonly string[]): Promise<Set<string>>;
}

export interface Batch {
  readonly rows: number;
  /** Where the next batch begins; undefined where this was the last. */
  readonly next: string | undefined;
}

const BATCH = 5_000;

/** Removed whole, but for what the conditions leave; `$1` is when the recovery began. */
const REMOVED = {
  /** Also those who had them cannot use them: they are removed before anything else could be made of them. */
  artefacts: { table: 'oidc_artifacts', where: `model <> 'ReplayDetection'` },
  signInAttempts: { table: 'sign_in_attempts', where: 'true' },
  links: { table: 'one_time_links', where: 'true' },
  temporaryCodes: { table: 'temporary_codes', where: 'true' },
  trustedDevices: { table: 'trusted_devices', where: 'true' },
  /** Authenticator apps that are being set up. */
  setUps: { table: 'totp_authenticators', where: 'confirmed_at is null' },
  requests: { table: 'account_requests', where: 'created_at <= $1' },
  mails: { table: 'mail_outbox', where: `state = 'waiting' and created_at <= $1` },
  /** Not those of the sessions that the recovery itself ends. */
  notices: { table: 'logout_deliveries', where: `state = 'waiting' and created_at <= $1` },
} as const;

export type Removed = keyof typeof REMOVED;

export const REMOVED_KINDS = Object.keys(REMOVED) as Removed[];

const removal = (kind: Removed): Statement => ({
  name: `recovery_remove_${kind}`,
  // Whoever holds one is waited for: it may be about to make something of it.
  text: `
    delete from ${REMOVED[kind].table} where ctid = any (array(
      select ctid from ${REMOVED[kind].table}
      where ${REMOVED[kind].where} and $1::timestamptz is not null limit ${BATCH} for update))
    returning 1`,
});

const EPOCHS: Statement = {
  name: 'recovery_raise_epochs',
  text: `
    with held as (
      select id from accounts where $1::uuid is null or id > $1 order by id limit ${BATCH} for update)
    update accounts set access_epoch = access_epoch + 1 from held where accounts.id = held.id returning accounts.id`,
};

const STEPS: Statement = {
  name: 'recovery_spend_steps',
  text: `
    with held as (
      select id from totp_authenticators where $2::uuid is null or id > $2 order by id limit ${BATCH} for update)
    update totp_authenticators as authenticator set last_step = greatest(last_step, $1::integer)
    from held where authenticator.id = held.id returning authenticator.id`,
};

const END_CODES: Statement = {
  name: 'recovery_end_codes',
  text: 'delete from recovery_codes where account_id = any ($1::uuid[]) returning account_id',
};

const WITH_CODES: Statement = {
  name: 'recovery_with_codes',
  text: 'select count(distinct account_id)::float8 as count from recovery_codes where used_at is null',
};

const LAST_EVENT: Statement = {
  name: 'recovery_last_event',
  text: 'select at from audit_events order by at desc limit 1',
};

const PRESENT: Statement = {
  name: 'recovery_events_present',
  text: 'select id from audit_events where id = any ($1::uuid[])',
};

async function batch(rows: Promise<{ id: string }[]>): Promise<Batch> {
  const ids = (await rows).map(({ id }) => id).sort();
  return { rows: ids.length, next: ids.length < BATCH ? undefined : ids.at(-1) };
}

export const createRecoveryStore = (): RecoveryStore => ({
  raiseEpochs: (tx, after) => batch(tx.query(EPOCHS, [after ?? null])),
  spendSteps: (tx, step, after) => batch(tx.query(STEPS, [step, after ?? null])),
  remove: async (tx, what, begunAt) => (await tx.query(removal(what), [begunAt])).length,

  async endRecoveryCodes(tx, accounts) {
    const rows = await tx.query<{ account_id: string }>(END_CODES, [accounts]);
    return new Set(rows.map(({ account_id: account }) => account)).size;
  },

  withRecoveryCodes: async (tx) => (await tx.query<{ count: number }>(WITH_CODES))[0]?.count ?? 0,

  async lastEventAt(tx) {
    const [row] = await tx.query<{ at: Date | string }>(LAST_EVENT);
    return row && new Date(row.at);
  },

  async present(tx, events) {
    const rows = await tx.query<{ id: string }>(PRESENT, [events]);
    return new Set(rows.map(({ id }) => id));
  },
});
