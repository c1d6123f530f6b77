import { expect } from 'chai';
import { createAuditLog } from '../../../src/domain/audit/store.ts';
import type { LockoutPolicy } from '../../../src/domain/lockout/policy.ts';
import {
  type Slot,
  slotFailed,
  slotReturned,
  slotSucceeded,
} from '../../../src/domain/lockout/slot-store.ts';
import { createLockout, type Lockout, type Subject } from '../../../src/domain/lockout/store.ts';
import type { Clock } from '../../../src/kernel/clock.ts';
import { systemRandomness } from '../../../src/kernel/ids.ts';
import type { Database } from '../../../src/storage/database.ts';
import { openDatabase } from '../../../src/storage/orm.ts';
import { commitWrites, UnitConflict } from '../../../src/storage/unit-of-work.ts';
import { ENTITIES } from '../../../src/wire.ts';
import { testStamp } from '../../support/audit-stamp.ts';
import { createStoreDatabase, migrationsPath, type TestDatabase } from '../../support/postgres.ts';

export const MINUTE = 60;
export const DAY = 86_400;

export const POLICY: LockoutPolicy = {
  maxFailures: 5,
  durationMinutes: 30,
  escalationCount: 3,
  maxDurationMinutes: 120,
  maxConsecutiveFailures: 100,
};

export const SOMEBODY: Subject = {
  identifier: 'a@example.org',
  accountId: undefined,
  knownDevice: undefined,
};

/** A database with lockouts over it and a clock that stands still until it is moved. */
export interface Bench {
  readonly database: Database;
  readonly clock: Clock & { forward(seconds: number): void };
  lockout(policy?: Partial<LockoutPolicy>): Lockout;
  /** Another pool on the same database, as another node has it. */
  anotherNode(): Promise<Lockout>;
  events(): Promise<{ type: string; account: string | null; details: Record<string, unknown> }[]>;
  close(): Promise<void>;
}

export async function openBench(): Promise<Bench> {
  const test: TestDatabase = await createStoreDatabase();
  const open = () =>
    openDatabase({ url: test.serverUrl, entities: ENTITIES, role: 'server', poolSize: 10, migrationsPath });
  const opened = [await open()];
  const database = opened[0] as Database;
  let now = new Date('2026-11-23T10:00:00.000Z');
  const clock = {
    now: () => now,
    forward: (seconds: number) => {
      now = new Date(now.getTime() + seconds * 1000);
    },
  };
  const over = (on: Database, policy: Partial<LockoutPolicy> = {}) =>
    createLockout({
      database: on,
      policy: { ...POLICY, ...policy },
      digestKey: Buffer.alloc(32, 7),
      clock,
      random: systemRandomness,
      record: createAuditLog(testStamp(clock)).record,
    });
  return {
    database,
    clock,
    lockout: (policy) => over(database, policy),
    async anotherNode() {
      const other = await open();
      opened.push(other);
      return over(other);
    },
    events: () => database.query('select type, account, details from audit_events order by at, id'),
    async close() {
      await Promise.all(opened.map((each) => each.close()));
      await test.drop();
    },
  };
}

/** Tries with a wrong password: takes a slot and fails with it. */
export async function fail(
  bench: Bench,
  lockout: Lockout,
  subject = SOMEBODY,
): Promise<'failed' | 'locks' | 'locked'> {
  const reservation = await lockout.reserve(lockout.request(subject));
  if (reservation.kind === 'locked') return 'locked';
  return (await settleFailure(bench, reservation.slot)) ? 'locks' : 'failed';
}

/** Whether the failure began a lock. */
export async function settleFailure({ database }: Bench, slot: Slot): Promise<boolean> {
  const writes = slotFailed(slot);
  if (writes.length === 0) return false;
  return commitWrites(database, writes).then(() => slot.locksUntil !== undefined, lost);
}

/** Whether the success counts. */
export const settleSuccess = ({ database }: Bench, slot: Slot, shown = ALL_SHOWN): Promise<boolean> =>
  commitWrites(database, slotSucceeded(slot, shown)).then(() => true, lost);

export const settleReturn = ({ database }: Bench, slot: Slot, matched = false): Promise<void> =>
  commitWrites(database, slotReturned(slot, matched ? ALL_SHOWN : undefined));

const ALL_SHOWN = { password: true, factor: true };

function lost(error: unknown): false {
  if (error instanceof UnitConflict) return false;
  throw error;
}

export async function take(lockout: Lockout, subject = SOMEBODY): Promise<Slot> {
  const reservation = await lockout.reserve(lockout.request(subject));
  if (reservation.kind === 'locked') throw new Error(`locked until ${reservation.until.toISOString()}`);
  return reservation.slot;
}

/** Fails until there is a lock. */
export async function lock(bench: Bench, lockout: Lockout, subject = SOMEBODY): Promise<void> {
  for (let result = ''; result !== 'locks'; ) {
    result = await fail(bench, lockout, subject);
    if (result === 'locked') throw new Error('is locked already');
  }
}

/** A bench for the tests of a `describe`, a day later and without counters at the beginning of each: call it inside. */
export function useBench(): { readonly bench: Bench } {
  let bench: Bench;
  before(async () => {
    bench = await openBench();
  });
  after(() => bench.close());
  beforeEach(async () => {
    await bench.database.query('delete from lockouts');
    await bench.database.query('delete from password_failures');
    bench.clock.forward(DAY);
  });
  return {
    get bench() {
      return bench;
    },
  };
}

/** So many failures, none of which begins a lock. */
export async function failTimes(
  bench: Bench,
  lockout: Lockout,
  count: number,
  subject = SOMEBODY,
): Promise<void> {
  for (let done = 0; done < count; done += 1) expect(await fail(bench, lockout, subject)).to.equal('failed');
}

/** What the audit trail was told during the work. */
export async function eventsDuring(bench: Bench, work: () => Promise<unknown>) {
  const before = (await bench.events()).length;
  await work();
  return (await bench.events()).slice(before);
}
