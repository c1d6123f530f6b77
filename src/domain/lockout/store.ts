/**
 * Lockout: how often a sign-in may fail before it has to wait. This folder owns the counters, of what was typed and of
 * known devices, the locks that come of them, and the bound after which a password is disabled. It leaves to others which
 * devices are known, what people are told, and mail about a lock.
 *
 * A failure is counted before it happens: a slot is taken in one statement, and only a request that holds one may have a password
 * verified (NIST SP 800-63B-4, section 3.2.2). A process that dies in between has failed. So no number of parallel
 * requests, nodes or restarts buys one guess more.
 */
import { defineEntity, p } from '@mikro-orm/postgresql';
import type { Clock } from '../../kernel/clock.ts';
import { deriveKey, hmacKey, hmacSha256 } from '../../kernel/crypto.ts';
import type { Randomness } from '../../kernel/ids.ts';
import type { Database, Executor, Statement } from '../../storage/database.ts';
import type { AuditEvent } from '../audit/events.ts';
import { createLockAnnouncements, type LockChange, type UnnoticedLock } from './announcement-store.ts';
import type { LockoutPolicy } from './policy.ts';
import {
  type FoundLock,
  type Parameter,
  readLock,
  readSlot,
  type Slot,
  type SlotColumns,
  type SlotRequest,
  slotParts,
} from './slot-store.ts';

export const LockoutRecord = defineEntity({
  name: 'LockoutRecord',
  tableName: 'lockouts',
  properties: {
    keyHash: p.blob().primary(),
    accountId: p.uuid().nullable().index('lockouts_account_id_index'),
    ofDevice: p.boolean(),
    failures: p.integer(),
    /** How many of them were of second factors. */
    ofFactors: p.integer().default(0),
    /** The slot whose failure began, or would begin, the lock. */
    lockId: p.uuid().nullable(),
    lockedAt: p.datetime().nullable(),
    lockedUntil: p.datetime().nullable().index('lockouts_locked_until_index'),
    /** When the audit trail was told that the lock has begun; until then its last slot may still succeed. */
    announcedAt: p.datetime().nullable(),
    /** The lock that was last given to those who tell the person; another one is still to be told. */
    noticedLockId: p.uuid().nullable(),
    /** Locks since `locksSince`, for at most a day. */
    locks: p.integer(),
    locksSince: p.datetime().nullable(),
    updatedAt: p.datetime(),
  },
  indexes: [
    {
      name: 'lockouts_unnoticed_index',
      properties: ['lockedAt'],
      where: 'announced_at is not null and lock_id is distinct from noticed_lock_id',
    },
  ],
});

export const PasswordFailureRecord = defineEntity({
  name: 'PasswordFailureRecord',
  tableName: 'password_failures',
  properties: {
    accountId: p.uuid().primary(),
    consecutive: p.integer(),
    ofFactors: p.integer().default(0),
    disabledAt: p.datetime().nullable(),
    updatedAt: p.datetime(),
  },
});

/** Who wants to sign in. */
export interface Subject {
  /** What was typed, normalised. */
  readonly identifier: string;
  readonly accountId: string | undefined;
  /** A device that has signed this account in before: it has a counter of its own. */
  readonly knownDevice: string | undefined;
  /** It is a second factor that is shown, beside the password. */
  readonly factor?: boolean;
}

export type Reservation =
  | { readonly kind: 'slot'; readonly slot: Slot }
  | { readonly kind: 'locked'; readonly until: Date };

export interface LockoutDependencies {
  readonly database: Database;
  readonly policy: LockoutPolicy;
  /** Keys the digests of what was typed. */
  readonly digestKey: Buffer;
  readonly clock: Clock;
  readonly random: Randomness;
  /** Writes audit events inside the caller's transaction. */
  readonly record: (tx: Executor, ...events: AuditEvent[]) => Promise<void>;
}

export interface Lockout {
  readonly policy: LockoutPolicy;
  /** The slot that this subject has to ask for. */
  request(subject: Subject): SlotRequest;
  /** Takes a slot, or says until when there is none. One statement, but where a lock is over or was left untold. */
  reserve(request: SlotRequest): Promise<Reservation>;
  /** Makes a decision of the answer of a statement that {@link slotParts} was part of. */
  decisionFrom(request: SlotRequest, columns: SlotColumns): Promise<Reservation>;
  /** Until when the counter of the request is locked; undefined when it is not. */
  lockedUntil(request: SlotRequest): Promise<Date | undefined>;
  /** Whether the account's password was disabled after too many failures. It stays so until {@link Lockout.clear}. */
  passwordDisabled(accountId: string): Promise<boolean>;
  /**
   * Ends the locks of an account and forgets its failures, on its known devices too. `identifier` is its address,
   * normalised. Says whether there was a lock. A disabled password stays disabled.
   */
  unlock(tx: Executor, account: { id: string; identifier: string }): Promise<{ wasLocked: boolean }>;
  /** As `unlock`, and enables the password again: for whoever has just set a new one. */
  clear(tx: Executor, account: { id: string; identifier: string }): Promise<{ wasLocked: boolean }>;
  /** Forgets an account that is deleted. */
  forget(tx: Executor, account: { id: string; identifier: string }): Promise<void>;
  /** As after too many failures: not even the right password matches before {@link Lockout.clear}. */
  disablePassword(tx: Executor, accountId: string): Promise<void>;
  /**
   * Takes up to so many locks of which nobody has told the person; each is given out once, with the caller's transaction.
   * Those of unknown identifiers are among them, so that their rows have the same life.
   */
  takeUnnoticed(tx: Executor, limit: number): Promise<UnnoticedLock[]>;
  /**
   * Ends what is over, tells of locks whose process died before it could, each once however many nodes sweep, and
   * forgets counters that nobody touched for long.
   */
  sweep(): Promise<LockChange[]>;
}

const FIND: Statement = {
  name: 'lockouts_find',
  text: `
    select null as slot, null as password, (select row_to_json(lock) from (
      select locked_until, locked_at, announced_at from lockouts where key_hash = $1 and locked_until is not null
    ) as lock) as lock`,
};

const PASSWORD_DISABLED: Statement = {
  name: 'password_failures_disabled',
  text: 'select 1 from password_failures where account_id = $1 and (disabled_at is not null or consecutive >= $2)',
};

const DISABLE_PASSWORD: Statement = {
  name: 'password_failures_disable',
  text: `
    insert into password_failures as f (account_id, consecutive, of_factors, disabled_at, updated_at) values ($1, 0, 0, $2, $2)
    on conflict (account_id) do update set disabled_at = coalesce(f.disabled_at, excluded.disabled_at),
      updated_at = excluded.updated_at`,
};

// Not the locks that are over: those end by themselves, and the trail is told so.
const UNLOCK: Statement = {
  name: 'lockouts_unlock',
  text: `
    with found as (
      select key_hash, locked_until is not null as locked from lockouts
      where (account_id = $1 or key_hash = $2) and (locked_until is null or locked_until > $3)
      order by key_hash for update
    )
    update lockouts as l set failures = 0, of_factors = 0, locks = 0, locks_since = null, lock_id = null, locked_at = null,
      locked_until = null, announced_at = null, updated_at = $3
    from found where l.key_hash = found.key_hash
    returning found.locked`,
};

export function createLockout(deps: LockoutDependencies): Lockout {
  const { database, policy, digestKey, clock, random } = deps;
  const announcements = createLockAnnouncements(deps);
  const deviceKey = hmacKey(deriveKey(digestKey, 'lockout-device'));
  const identifierKey = hmacKey(digestKey);
  const keyOf = (identifier: string) => hmacSha256(identifierKey, identifier);

  async function reserve(request: SlotRequest): Promise<Reservation> {
    const values: unknown[] = [];
    const parameter: Parameter = (value) => `$${values.push(value)}`;
    const { ctes, columns } = slotParts(parameter, request, policy);
    const text = `with ${ctes.join(', ')} select ${columns}`;
    const [row] = await database.query<SlotColumns>({ name: 'lockouts_reserve', text }, values);
    return decisionFrom(request, row as SlotColumns);
  }

  async function decisionFrom(request: SlotRequest, columns: SlotColumns): Promise<Reservation> {
    const slot = readSlot(request, columns, policy);
    if (slot !== undefined) return { kind: 'slot', slot };
    const lock = readLock(columns) ?? (await findLock(request));
    // Lifted since: there are slots again.
    if (lock === undefined) return reserve(request);
    if (lock.until <= request.now) {
      await announcements.endOne(request);
      return reserve(request);
    }
    if (!lock.announced) await announcements.announceStale(request, lock.since);
    return { kind: 'locked', until: lock.until };
  }

  async function findLock({ keyHash }: SlotRequest): Promise<FoundLock | undefined> {
    const [row] = await database.query<SlotColumns>(FIND, [keyHash]);
    return readLock(row as SlotColumns);
  }

  async function unlock(tx: Executor, { id, identifier }: { id: string; identifier: string }) {
    const rows = await tx.query<{ locked: boolean }>(UNLOCK, [id, keyOf(identifier), clock.now()]);
    return { wasLocked: rows.some(({ locked }) => locked) };
  }

  return {
    policy,
    reserve,
    decisionFrom,
    unlock,
    takeUnnoticed: announcements.takeUnnoticed,
    sweep: announcements.sweep,

    request: ({ identifier, accountId, knownDevice, factor = false }) => ({
      id: random.uuid(),
      keyHash:
        knownDevice === undefined
          ? keyOf(identifier)
          : hmacSha256(deviceKey, `${identifier}\n${knownDevice}`),
      ofDevice: knownDevice !== undefined,
      accountId,
      ofFactor: factor,
      now: clock.now(),
    }),

    lockedUntil: async (request) => (await findLock(request))?.until,

    async passwordDisabled(accountId) {
      return (await database.query(PASSWORD_DISABLED, [accountId, policy.maxConsecutiveFailures])).length > 0;
    },

    async clear(tx, account) {
      const unlocked = await unlock(tx, account);
      await tx.query('delete from password_failures where account_id = $1', [account.id]);
      return unlocked;
    },

    async forget(tx, { id, identifier }) {
      await tx.query('delete from lockouts where account_id = $1 or key_hash = $2', [id, keyOf(identifier)]);
      await tx.query('delete from password_failures where account_id = $1', [id]);
    },

    async disablePassword(tx, accountId) {
      await tx.query(DISABLE_PASSWORD, [accountId, clock.now()]);
    },
  };
}
