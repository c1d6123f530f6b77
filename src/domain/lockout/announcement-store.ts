import { addSeconds, type Clock } from '../../kernel/clock.ts';
import { digestName } from '../../kernel/crypto.ts';
import type { Database, Executor, Statement } from '../../storage/database.ts';
import type { AuditEvent } from '../audit/events.ts';
import { FORGET_DAYS, type LockoutPolicy, STALE_SECONDS } from './policy.ts';
import type { SlotRequest } from './slot-store.ts';

/**
 * How the audit trail and the person are told of locks: of those that end, and of those whose process died before it could
 * tell.
 */

/** A lock that began or ended, as it was told to the audit trail: whoever mails about locks goes by these. */
export interface LockChange {
  readonly kind: 'started' | 'ended';
  readonly accountId: string | undefined;
  readonly until: Date | undefined;
}

/** A lock that its person is still to be told of. */
export interface UnnoticedLock {
  /** None where no account has what was typed. */
  readonly accountId: string | undefined;
  readonly since: Date;
  readonly until: Date;
}

export interface LockAnnouncementsDependencies {
  readonly database: Database;
  readonly policy: LockoutPolicy;
  readonly clock: Clock;
  /** Writes audit events inside the caller's transaction. */
  readonly record: (tx: Executor, ...events: AuditEvent[]) => Promise<void>;
}

export interface LockAnnouncements {
  /** Ends the lock of this counter when it is over, and tells. */
  endOne(request: SlotRequest): Promise<void>;
  /** Tells of the lock of this counter, begun at `since`, unless its own process may still be about to. */
  announceStale(request: SlotRequest, since: Date): Promise<void>;
  /** See `Lockout.takeUnnoticed`. */
  takeUnnoticed(tx: Executor, limit: number): Promise<UnnoticedLock[]>;
  /** See `Lockout.sweep`. */
  sweep(): Promise<LockChange[]>;
}

interface LockRow {
  key_hash: Buffer;
  account_id: string | null;
  of_device: boolean;
  failures: number;
  until: Date | string;
  untold: boolean;
}

/** Rows of one transaction of the sweep: it must stay short. */
const BATCH = 500;

/** Ends locks that are over; `only` is a condition that picks some. Whoever comes second finds nothing to end. */
const endOver = (only: string, wait: string) => `
  with over as (
    select key_hash, failures, locked_until, announced_at is null as untold from lockouts
    where locked_until <= $1 and ${only} order by key_hash limit ${BATCH} for update ${wait}
  )
  update lockouts as l set failures = 0, of_factors = 0, lock_id = null, locked_at = null, locked_until = null,
    announced_at = null, updated_at = $1
  from over where l.key_hash = over.key_hash
  returning l.key_hash, l.account_id, l.of_device, over.failures, over.locked_until as until, over.untold`;

const END_ONE: Statement = { name: 'lockouts_end_one', text: endOver('key_hash = $2', '') };
const END_ALL: Statement = { name: 'lockouts_end_all', text: endOver('true', 'skip locked') };

const announcing = (only: string) => `
  update lockouts set announced_at = $1
  where announced_at is null and locked_until > $1 and locked_at <= $2 and ${only}
  returning key_hash, account_id, of_device, failures, locked_until as until, true as untold`;

const ANNOUNCE_ONE: Statement = { name: 'lockouts_announce_one', text: announcing('key_hash = $3') };
const ANNOUNCE_ALL: Statement = { name: 'lockouts_announce_all', text: announcing('true') };

const FORGET_OLD: Statement = {
  name: 'lockouts_forget_old',
  text: 'delete from lockouts where locked_until is null and updated_at <= $1',
};

const DISABLE_STALE: Statement = {
  name: 'password_failures_disable_stale',
  text: `
    update password_failures set disabled_at = $1
    where disabled_at is null and consecutive >= $3 and updated_at <= $2
    returning account_id, consecutive`,
};

const TAKE_UNNOTICED: Statement = {
  name: 'lockouts_take_unnoticed',
  text: `
    with due as (
      select key_hash from lockouts where announced_at is not null and lock_id is distinct from noticed_lock_id
      order by locked_at limit $1 for update skip locked
    )
    update lockouts as l set noticed_lock_id = l.lock_id from due where l.key_hash = due.key_hash
    returning l.account_id, l.locked_at, l.locked_until`,
};

/** The trail knows a typed identifier by the name of its digest. */
const about = ({ key_hash: keyHash, account_id: account, of_device: ofDevice }: LockRow) => ({
  event: account === null ? {} : { account },
  details: { device: ofDevice, ...(ofDevice ? {} : { identifierDigest: digestName(keyHash) }) },
});
const started = (row: LockRow): AuditEvent => {
  const { event, details } = about(row);
  const { failures, until } = row;
  return {
    type: 'lockout.started',
    outcome: 'failure',
    actor: { kind: 'system' },
    ...event,
    details: { ...details, failures, until: new Date(until).toISOString() },
  };
};

const ended = (row: LockRow): AuditEvent => {
  const { event, details } = about(row);
  return { type: 'lockout.ended', outcome: 'success', actor: { kind: 'system' }, ...event, details };
};

const change = (kind: LockChange['kind'], row: LockRow): LockChange => ({
  kind,
  accountId: row.account_id ?? undefined,
  until: kind === 'started' ? new Date(row.until) : undefined,
});

export function createLockAnnouncements(deps: LockAnnouncementsDependencies): LockAnnouncements {
  const { database, policy, clock, record } = deps;

  /** Changes and the events that tell of them commit together. */
  async function end(statement: Statement, values: readonly unknown[]): Promise<LockChange[]> {
    return database.transaction(async (tx) => {
      const rows = await tx.query<LockRow>(statement, values);
      await record(tx, ...rows.flatMap((row) => (row.untold ? [started(row), ended(row)] : [ended(row)])));
      return rows.map((row) => change('ended', row));
    });
  }

  async function announce(statement: Statement, values: readonly unknown[]): Promise<LockChange[]> {
    return database.transaction(async (tx) => {
      const rows = await tx.query<LockRow>(statement, values);
      await record(tx, ...rows.map(started));
      return rows.map((row) => change('started', row));
    });
  }

  /** Passwords whose last failure was counted by a process that died with it. */
  async function disablePasswords(now: Date): Promise<void> {
    await database.transaction(async (tx) => {
      const values = [now, staleAt(now), policy.maxConsecutiveFailures];
      const rows = await tx.query<{ account_id: string; consecutive: number }>(DISABLE_STALE, values);
      await record(tx, ...rows.map((row) => passwordDisabled(row.account_id, row.consecutive)));
    });
  }

  return {
    async endOne({ keyHash, now }) {
      await end(END_ONE, [now, keyHash]);
    },

    async announceStale({ keyHash, now }, since) {
      if (since <= staleAt(now)) await announce(ANNOUNCE_ONE, [now, staleAt(now), keyHash]);
    },

    async takeUnnoticed(tx, limit) {
      const rows = await tx.query<{
        account_id: string | null;
        locked_at: Date | string;
        locked_until: Date | string;
      }>(TAKE_UNNOTICED, [limit]);
      return rows.map((row) => ({
        accountId: row.account_id ?? undefined,
        since: new Date(row.locked_at),
        until: new Date(row.locked_until),
      }));
    },

    async sweep() {
      const now = clock.now();
      const told = await announce(ANNOUNCE_ALL, [now, staleAt(now)]);
      await disablePasswords(now);
      const over: LockChange[] = [];
      for (let batch: LockChange[] | undefined; batch === undefined || batch.length === BATCH; ) {
        batch = await end(END_ALL, [now]);
        over.push(...batch);
      }
      await database.query(FORGET_OLD, [addSeconds(now, -FORGET_DAYS * 86_400)]);
      return [...told, ...over];
    },
  };
}

/** The event that tells of a password that failed too often in a row. */
export const passwordDisabled = (account: string, failures: number): AuditEvent => ({
  type: 'password.disabled',
  outcome: 'failure',
  actor: { kind: 'system' },
  account,
  details: { failures },
});

const staleAt = (now: Date) => addSeconds(now, -STALE_SECONDS);
