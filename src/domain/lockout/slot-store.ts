import type { Write } from '../../storage/unit-of-work.ts';
import { type LockoutPolicy, lockSchedule } from './policy.ts';

/** Slots: the permission to fail once, taken before a password is verified and settled after. */

/** The code with which a unit fails when a lock began between a slot and its success: the success counts for nothing. */
export const LOCKED_MEANWHILE = 'locked_meanwhile';

/** The code with which a unit fails that would begin a lock which a success or an operator has lifted. */
export const LOCK_LIFTED = 'lock_lifted';

/** Asks for the placeholder of a value in the statement that is being made. */
export type Parameter = (value: unknown) => string;

export interface SlotRequest {
  /** A UUID that names the slot. */
  readonly id: string;
  /** The counter to which a failure goes. */
  readonly keyHash: Buffer;
  /** Whether that counter is a known device's. */
  readonly ofDevice: boolean;
  /** The account of what was typed, if there is one. */
  readonly accountId: string | undefined;
  /** A second factor is verified, after the password. Such failures are counted apart as well. */
  readonly ofFactor: boolean;
  readonly now: Date;
}

/** A slot that was taken. */
export interface Slot {
  readonly request: SlotRequest;
  /** How many failures in a row are counted, this one included. */
  readonly failures: number;
  /** Set for the last slot: should it fail, a lock until then begins. */
  readonly locksUntil: Date | undefined;
  /** The password was disabled after too many failures: not even the right one may match. */
  readonly passwordDisabled: boolean;
  /** Set when the failure of this slot disables the password: how many in a row there are then. */
  readonly disablesAfter: number | undefined;
}

/** Why there was no slot, as far as the statement could see. */
export interface FoundLock {
  readonly until: Date;
  readonly since: Date;
  /** Whether somebody has told the audit trail. */
  readonly announced: boolean;
}

/** What {@link slotParts} puts into the answer of the statement. */
export interface SlotColumns {
  slot: { failures: number; locked_until: string | null } | null;
  password: { consecutive: number } | null;
  lock: { locked_until: string; locked_at: string; announced_at: string | null } | null;
}

/**
 * Part of a statement that need not be on the disk when it is answered. What comes of a slot is committed before anybody
 * hears of it, and with it everything before it; should PostgreSQL itself die in between, the guess was not counted, and
 * was told to nobody either, unless PostgreSQL was back before the end of that request.
 */
const NOT_WAITING_FOR_THE_DISK = `set_config('synchronous_commit', 'off', true) as written_later`;

/**
 * Taking a slot, as part of a larger statement: none is taken where `gate` is false. Whoever comes second to the counter
 * waits for its row and goes by what the first has left there.
 */
export function slotParts(
  parameter: Parameter,
  { id, keyHash, ofDevice, accountId, ofFactor, now }: SlotRequest,
  policy: LockoutPolicy,
  gate = 'true',
): { ctes: string[]; columns: string } {
  const key = `${parameter(keyHash)}::bytea`;
  const account = `${parameter(accountId ?? null)}::uuid`;
  const at = `${parameter(now)}::timestamptz`;
  const schedule = `${parameter(lockSchedule(policy))}::int[]`;
  const bound = `${parameter(policy.maxConsecutiveFailures)}::int`;
  const ofFactors = `${parameter(ofFactor ? 1 : 0)}::int`;
  const locks = `l.failures + 1 >= ${parameter(policy.maxFailures)}::int`;
  // A day of locks begins with its first.
  const anotherDay = `(l.locks_since is null or l.locks_since <= ${at} - interval '1 day')`;
  const nth = `(case when ${anotherDay} then 1 else l.locks + 1 end)`;
  const seconds = `(${schedule})[least(${nth}, cardinality(${schedule}))]`;
  const slot = `slot as (
    insert into lockouts as l (key_hash, account_id, of_device, failures, of_factors, locks, updated_at)
    select ${key}, ${account}, ${parameter(ofDevice)}::boolean, 1, ${ofFactors}, 0, ${at} where ${gate}
    on conflict (key_hash) do update set
      account_id = excluded.account_id,
      failures = l.failures + 1,
      of_factors = l.of_factors + excluded.of_factors,
      lock_id = case when ${locks} then ${parameter(id)}::uuid end,
      locked_at = case when ${locks} then ${at} end,
      locked_until = case when ${locks} then ${at} + make_interval(secs => ${seconds}) end,
      locks = case when ${locks} then ${nth} else l.locks end,
      locks_since = case when ${locks} and ${anotherDay} then ${at} else l.locks_since end,
      updated_at = excluded.updated_at
    where l.locked_until is null
    returning failures, locked_until)`;
  const password = `password as (
    insert into password_failures as f (account_id, consecutive, of_factors, updated_at)
    select ${account}, 1, ${ofFactors}, ${at} from slot where ${account} is not null
    on conflict (account_id) do update set consecutive = f.consecutive + 1,
      of_factors = f.of_factors + excluded.of_factors, updated_at = excluded.updated_at
    where f.disabled_at is null and f.consecutive < ${bound}
    returning consecutive)`;
  const columns = `
    ${NOT_WAITING_FOR_THE_DISK},
    (select row_to_json(slot) from slot) as slot,
    (select row_to_json(password) from password) as password,
    (select row_to_json(lock) from (
      select locked_until, locked_at, announced_at from lockouts where key_hash = ${key} and locked_until is not null
    ) as lock) as lock`;
  return { ctes: [slot, password], columns };
}

/** The slot out of the statement's answer; undefined when none was taken. */
export function readSlot(
  request: SlotRequest,
  { slot, password }: SlotColumns,
  policy: LockoutPolicy,
): Slot | undefined {
  if (slot === null) return undefined;
  return {
    request,
    failures: slot.failures,
    locksUntil: slot.locked_until === null ? undefined : new Date(slot.locked_until),
    passwordDisabled: request.accountId !== undefined && password === null,
    disablesAfter:
      password !== null && password.consecutive >= policy.maxConsecutiveFailures
        ? password.consecutive
        : undefined,
  };
}

/** The lock out of the statement's answer: undefined also when it began after the statement had looked. */
export const readLock = ({ lock }: SlotColumns): FoundLock | undefined =>
  lock === null
    ? undefined
    : {
        until: new Date(lock.locked_until),
        since: new Date(lock.locked_at),
        announced: lock.announced_at !== null,
      };

/** What was shown in a sign-in, and not carried over from a session: only failures of the same count no longer. */
export interface Shown {
  readonly password: boolean;
  readonly factor: boolean;
}

/**
 * The sign-in is complete: what was shown in it counts no longer. Failures of the other kind stay: else whoever knows a
 * password could guess at codes for ever, with a sign-in in between that asks for none. A lock that its own last slot
 * would have begun is taken back; one that has begun stands, and the unit fails with {@link LOCKED_MEANWHILE}.
 */
export function slotSucceeded({ request }: Slot, shown: Shown): Write[] {
  const { id, keyHash, ofDevice, accountId, now } = request;
  const left = remaining('l.failures', 'l.of_factors', shown);
  return [
    {
      otherwise: LOCKED_MEANWHILE,
      sql: (parameter) => {
        // One that another slot may begin is that one's to tell of, as long as anything counts.
        const lift = `(${left} = 0 or l.lock_id = ${parameter(id)}::uuid)`;
        return `
        insert into lockouts as l (key_hash, account_id, of_device, failures, of_factors, locks, updated_at)
        values (${parameter(keyHash)}, ${parameter(accountId ?? null)}, ${parameter(ofDevice)}, 0, 0, 0, ${parameter(now)})
        on conflict (key_hash) do update set
          failures = ${left},
          of_factors = ${shown.factor ? '0' : 'l.of_factors'},
          locks = case when ${lift} and l.locked_until is not null then greatest(l.locks - 1, 0) else l.locks end,
          lock_id = case when ${lift} then null else l.lock_id end,
          locked_at = case when ${lift} then null else l.locked_at end,
          locked_until = case when ${lift} then null else l.locked_until end,
          updated_at = excluded.updated_at
        where l.announced_at is null
        returning 1`;
      },
    },
    ...matched(request, shown),
  ];
}

/**
 * Always true, and has the counter held before the account's failures, as by whoever takes a slot: PostgreSQL runs writes
 * that nobody asks for in an order of its own, and two sign-ins of one person would wait for each other.
 */
const RETURNED = 'returned_slot';
const AFTER_RETURNED = `(select count(*) from ${RETURNED}) >= 0`;

/** What is left of a count of failures, as SQL. */
function remaining(failures: string, ofFactors: string, { password, factor }: Shown): string {
  if (password && factor) return '0';
  if (password) return ofFactors;
  return factor ? `greatest(${failures} - ${ofFactors}, 0)` : failures;
}

/**
 * Nothing was learned from this slot (the server was too busy to verify, or what was shown was right and another factor
 * is still to come): it counts no longer. With `shown` the account's consecutive failures of that kind are over, too; a
 * right password alone does not end them where a second factor is asked for, or it would let its codes be guessed for ever.
 */
export function slotReturned({ request }: Slot, shown: Shown | undefined): Write[] {
  const { keyHash, accountId, ofFactor, now } = request;
  const uncount = (column: string) => `greatest(${column} - 1, 0)`;
  const ofFactors = ofFactor ? uncount('of_factors') : 'of_factors';
  const returned: Write = {
    name: RETURNED,
    sql: (parameter) => `
      update lockouts as l set failures = ${uncount('l.failures')}, of_factors = ${ofFactors}, ${LIFT},
        updated_at = ${parameter(now)}
      where l.key_hash = ${parameter(keyHash)} and l.announced_at is null returning 1`,
  };
  if (shown !== undefined) return [returned, ...matched(request, shown, AFTER_RETURNED)];
  if (accountId === undefined) return [returned];
  const uncounted: Write = {
    sql: (parameter) => `
      update password_failures set consecutive = ${uncount('consecutive')}, of_factors = ${ofFactors},
        updated_at = ${parameter(now)}
      where account_id = ${parameter(accountId)} and disabled_at is null and ${AFTER_RETURNED}`,
  };
  return [returned, uncounted];
}

/**
 * What the failure of the slot begins, beyond being counted: a lock, or the end of the password. Fails with
 * {@link LOCK_LIFTED}.
 */
export function slotFailed({ request, locksUntil, disablesAfter }: Slot): Write[] {
  const { id, keyHash, accountId, now } = request;
  const writes: Write[] = [];
  if (locksUntil !== undefined) {
    writes.push({
      otherwise: LOCK_LIFTED,
      sql: (parameter) => `
        update lockouts set announced_at = ${parameter(now)}
        where key_hash = ${parameter(keyHash)} and lock_id = ${parameter(id)} and announced_at is null
        returning 1`,
    });
  }
  if (disablesAfter !== undefined) {
    writes.push({
      otherwise: LOCK_LIFTED,
      sql: (parameter) => `
        update password_failures set disabled_at = ${parameter(now)}
        where account_id = ${parameter(accountId)} and disabled_at is null
          and consecutive >= ${parameter(disablesAfter)}
        returning 1`,
    });
  }
  return writes;
}

/** Takes back a lock that nobody was told of, as if it had never been. */
const LIFT = `
  locks = case when l.locked_until is null then l.locks else greatest(l.locks - 1, 0) end,
  lock_id = null, locked_at = null, locked_until = null`;

/** `when` is a condition more. */
function matched({ accountId, now }: SlotRequest, shown: Shown, when = 'true'): Write[] {
  if (accountId === undefined) return [];
  const ofFactors = shown.factor ? '0' : 'of_factors';
  return [
    {
      sql: (parameter) => `
        update password_failures set consecutive = ${remaining('consecutive', 'of_factors', shown)},
          of_factors = ${ofFactors}, updated_at = ${parameter(now)}
        where account_id = ${parameter(accountId)} and disabled_at is null and consecutive > 0 and ${when}`,
    },
  ];
}
