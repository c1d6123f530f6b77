import { randomUUID } from 'node:crypto';
import { expect } from 'chai';
import fc from 'fast-check';
import type { Lockout } from '../../../src/domain/lockout/store.ts';
import {
  type Bench,
  fail,
  lock,
  openBench,
  POLICY,
  SOMEBODY,
  settleFailure,
  settleReturn,
  settleSuccess,
  take,
} from './support.ts';

const MINUTE = 60;
const DAY = 86_400;

describe('lockout store', function () {
  this.timeout(60_000);
  let bench: Bench;
  let lockout: Lockout;

  before(async () => {
    bench = await openBench();
  });
  after(() => bench.close());
  beforeEach(async () => {
    await bench.database.query('delete from lockouts');
    await bench.database.query('delete from password_failures');
    bench.clock.forward(DAY);
    lockout = bench.lockout();
  });

  const failures = async (count: number, subject = SOMEBODY) => {
    for (let done = 0; done < count; done += 1)
      expect(await fail(bench, lockout, subject)).to.equal('failed');
  };
  const lockedFor = async (subject = SOMEBODY) => {
    const reservation = await lockout.reserve(lockout.request(subject));
    if (reservation.kind !== 'locked') throw new Error('there is no lock');
    return (reservation.until.getTime() - bench.clock.now().getTime()) / 1000;
  };
  const eventsDuring = async (work: () => Promise<unknown>) => {
    const before = (await bench.events()).length;
    await work();
    return (await bench.events()).slice(before);
  };

  it('locks with the last of the failures, until the time is over', async () => {
    await failures(4);
    expect(await fail(bench, lockout)).to.equal('locks');
    expect(await lockedFor()).to.equal(30 * MINUTE);
    bench.clock.forward(30 * MINUTE - 1);
    expect(await lockedFor()).to.equal(1);
    bench.clock.forward(1);
    await failures(4);
    expect(await fail(bench, lockout)).to.equal('locks');
  });

  it('counts from the beginning after a success', async () => {
    await failures(4);
    expect(await settleSuccess(bench, await take(lockout))).to.equal(true);
    await failures(4);
  });

  it('takes back the lock that the last slot would have begun, when that slot succeeds', async () => {
    await failures(4);
    const last = await take(lockout);
    expect(await lockedFor()).to.equal(30 * MINUTE);
    expect(await settleSuccess(bench, last)).to.equal(true);
    await lock(bench, lockout);
    expect(await lockedFor(), 'the lock that never began makes no later one longer').to.equal(30 * MINUTE);
  });

  it('refuses a success that comes after the lock has begun', async () => {
    const right = await take(lockout);
    await failures(3);
    expect(await fail(bench, lockout)).to.equal('locks');
    expect(await settleSuccess(bench, right)).to.equal(false);
    expect(await lockedFor()).to.equal(30 * MINUTE);
  });

  it('begins no lock that a success in parallel has lifted', async () => {
    const right = await take(lockout);
    await failures(3);
    const last = await take(lockout);
    expect(await settleSuccess(bench, right)).to.equal(true);
    expect(await settleFailure(bench, last)).to.equal(false);
    await failures(4);
  });

  it('counts a process that dies between slot and answer as a failure', async () => {
    for (let died = 0; died < 5; died += 1) await take(lockout);
    expect(await lockedFor()).to.equal(30 * MINUTE);
  });

  it('gives a slot back that nothing was learned from', async () => {
    await failures(4);
    await settleReturn(bench, await take(lockout));
    expect(await fail(bench, lockout)).to.equal('locks');
    expect(await lockedFor()).to.equal(30 * MINUTE);
  });

  it('does not lift a lock that has begun by giving a slot back', async () => {
    const slow = await take(lockout);
    await failures(3);
    expect(await fail(bench, lockout)).to.equal('locks');
    await settleReturn(bench, slow);
    expect(await lockedFor()).to.equal(30 * MINUTE);
  });

  it('doubles the lock after three in a day, up to the longest', async () => {
    const durations: number[] = [];
    for (let locks = 0; locks < 6; locks += 1) {
      await lock(bench, lockout);
      const seconds = await lockedFor();
      durations.push(seconds / MINUTE);
      bench.clock.forward(seconds);
    }
    expect(durations).to.deep.equal([30, 30, 30, 60, 120, 120]);
    bench.clock.forward(DAY);
    await lock(bench, lockout);
    expect(await lockedFor()).to.equal(30 * MINUTE);
  });

  it('keeps known devices apart from everybody else', async () => {
    const accountId = randomUUID();
    const known = { ...SOMEBODY, accountId, knownDevice: 'the-phone' };
    await lock(bench, lockout, { ...SOMEBODY, accountId });
    await failures(4, known);
    expect(await settleSuccess(bench, await take(lockout, known))).to.equal(true);
    expect(await lockedFor(), 'its success is none of the others').to.equal(30 * MINUTE);
    await lock(bench, lockout, known);
    expect(await fail(bench, lockout, { ...known, knownDevice: 'the-laptop' })).to.equal('failed');
  });

  describe('under parallel guesses', () => {
    it('gives five slots to 200 of them over two nodes, and none to the 201st', async () => {
      const other = await bench.anotherNode();
      const guesses = Array.from({ length: 200 }, (_, index) => {
        const node = index % 2 === 0 ? lockout : other;
        return node.reserve(node.request(SOMEBODY));
      });
      const kinds = (await Promise.all(guesses)).map(({ kind }) => kind);
      expect(kinds.filter((kind) => kind === 'slot')).to.have.length(5);
      expect((await other.reserve(other.request(SOMEBODY))).kind).to.equal('locked');
    });

    it('never has more slots out than failures are allowed, whatever becomes of them', async () => {
      const outcomes = fc.array(fc.constantFrom('fail', 'succeed', 'return', 'die'), {
        minLength: 1,
        maxLength: 30,
      });
      await fc.assert(
        fc.asyncProperty(outcomes, async (list) => {
          await bench.database.query('delete from lockouts');
          let sinceReset = 0;
          for (const outcome of list) {
            const reservation = await lockout.reserve(lockout.request(SOMEBODY));
            if (reservation.kind === 'locked') {
              expect(sinceReset).to.equal(POLICY.maxFailures);
              continue;
            }
            sinceReset += 1;
            expect(sinceReset).to.be.at.most(POLICY.maxFailures);
            expect(reservation.slot.failures).to.equal(sinceReset);
            if (outcome === 'fail') {
              expect(await settleFailure(bench, reservation.slot)).to.equal(
                sinceReset === POLICY.maxFailures,
              );
            }
            if (outcome === 'succeed') {
              expect(await settleSuccess(bench, reservation.slot)).to.equal(true);
              sinceReset = 0;
            }
            if (outcome === 'return') {
              await settleReturn(bench, reservation.slot);
              sinceReset -= 1;
            }
          }
        }),
        { numRuns: 60 },
      );
    });
  });

  describe('the audit trail', () => {
    it('is told of the end once, by whoever notices first of many', async () => {
      await lock(bench, lockout);
      bench.clock.forward(30 * MINUTE);
      const events = await eventsDuring(async () => {
        const other = await bench.anotherNode();
        await Promise.all([
          ...Array.from({ length: 4 }, () => fail(bench, lockout)),
          lockout.sweep(),
          other.sweep(),
        ]);
      });
      expect(events.map(({ type }) => type)).to.deep.equal(['lockout.ended']);
      expect(events[0]?.details).to.have.keys('device', 'identifierDigest');
    });

    it('is told of the end by the sweep where nobody comes back', async () => {
      const accountId = randomUUID();
      await lock(bench, lockout, { ...SOMEBODY, accountId });
      bench.clock.forward(30 * MINUTE);
      const events = await eventsDuring(async () => {
        expect(await lockout.sweep()).to.deep.equal([{ kind: 'ended', accountId, until: undefined }]);
        expect(await lockout.sweep()).to.deep.equal([]);
      });
      expect(events.map(({ type, account }) => [type, account])).to.deep.equal([
        ['lockout.ended', accountId],
      ]);
    });

    it('is told of a lock whose process died, once it cannot be under way any more', async () => {
      for (let died = 0; died < 5; died += 1) await take(lockout);
      expect(await eventsDuring(() => lockout.sweep())).to.deep.equal([]);
      bench.clock.forward(2 * MINUTE);
      const events = await eventsDuring(async () => {
        await Promise.all([lockedFor(), lockedFor(), lockout.sweep()]);
      });
      expect(events.map(({ type }) => type)).to.deep.equal(['lockout.started']);
      expect(events[0]?.details).to.include({ failures: 5, device: false });
    });

    it('is told of both where nobody came until the lock was over', async () => {
      for (let died = 0; died < 5; died += 1) await take(lockout);
      bench.clock.forward(31 * MINUTE);
      const events = await eventsDuring(() => fail(bench, lockout));
      expect(events.map(({ type }) => type)).to.deep.equal(['lockout.started', 'lockout.ended']);
    });
  });

  describe('an operator', () => {
    const account = { id: randomUUID(), identifier: SOMEBODY.identifier };

    it('unlocks what was typed and every device of the account', async () => {
      const subject = { ...SOMEBODY, accountId: account.id };
      await lock(bench, lockout, subject);
      await lock(bench, lockout, { ...subject, knownDevice: 'd' });
      expect(await lockout.unlock(bench.database, account)).to.deep.equal({ wasLocked: true });
      expect(await lockout.unlock(bench.database, account)).to.deep.equal({ wasLocked: false });
      await failures(4, subject);
      await failures(4, { ...subject, knownDevice: 'd' });
    });

    it('unlocks what was typed before the account existed', async () => {
      await lock(bench, lockout);
      expect(await lockout.unlock(bench.database, account)).to.deep.equal({ wasLocked: true });
    });

    it('leaves everybody else locked', async () => {
      const other = { ...SOMEBODY, identifier: 'b@example.org', accountId: randomUUID() };
      await lock(bench, lockout, other);
      await lockout.unlock(bench.database, account);
      expect(await lockedFor(other)).to.equal(30 * MINUTE);
    });
  });

  describe('the bound on consecutive failures', () => {
    const accountId = randomUUID();
    const subject = { ...SOMEBODY, accountId };
    const patient = () => bench.lockout({ maxFailures: 50, maxConsecutiveFailures: 7 });
    const device = { ...subject, knownDevice: 'd' };

    it('disables the password over all counters of the account', async () => {
      lockout = patient();
      await failures(3, subject);
      await failures(3, device);
      const last = await take(lockout, subject);
      expect(last).to.include({ passwordDisabled: false, disablesAfter: 7 });
      await settleFailure(bench, last);
      expect(await lockout.passwordDisabled(accountId)).to.equal(true);
      expect(await take(lockout, device)).to.include({ passwordDisabled: true });
    });

    it('holds under parallel guesses', async () => {
      lockout = patient();
      const slots = await Promise.all(
        Array.from({ length: 40 }, (_, index) => take(lockout, index % 2 === 0 ? subject : device)),
      );
      expect(slots.filter(({ passwordDisabled }) => !passwordDisabled)).to.have.length(7);
    });

    it('begins again after a success, and after a right password that waits for another factor', async () => {
      lockout = patient();
      await failures(6, subject);
      await settleSuccess(bench, await take(lockout, subject));
      await failures(6, subject);
      await settleReturn(bench, await take(lockout, device), true);
      await failures(6, subject);
      expect(await lockout.passwordDisabled(accountId)).to.equal(false);
    });

    it('is not ended for codes by a password alone, nor the reverse', async () => {
      lockout = patient();
      const code = { ...subject, factor: true };
      for (let round = 0; round < 3; round += 1) {
        await failures(2, code);
        await failures(1, subject);
        await settleSuccess(bench, await take(lockout, subject), { password: true, factor: false });
      }
      await failures(1, code);
      expect(await lockout.passwordDisabled(accountId)).to.equal(true);
    });

    it('nor is the count of a lock', async () => {
      const { keyHash } = lockout.request(SOMEBODY);
      const code = { ...SOMEBODY, factor: true };
      const counted = async () => {
        const values = [keyHash];
        const [row] = await bench.database.query<{ failures: number; of_factors: number }>(
          'select failures, of_factors from lockouts where key_hash = $1',
          values,
        );
        return [row?.failures, row?.of_factors];
      };
      await failures(2, code);
      await failures(1, SOMEBODY);
      await settleReturn(bench, await take(lockout, code));
      expect(await counted()).to.deep.equal([3, 2]);
      await settleSuccess(bench, await take(lockout), { password: true, factor: false });
      expect(await counted()).to.deep.equal([2, 2]);
      await failures(1, SOMEBODY);
      await settleSuccess(bench, await take(lockout, code), { password: false, factor: true });
      expect(await counted()).to.deep.equal([1, 0]);
      await failures(1, code);
      await settleSuccess(bench, await take(lockout));
      expect(await counted()).to.deep.equal([0, 0]);
    });

    it('leaves the lock that a code in parallel may begin to that code', async () => {
      const code = { ...SOMEBODY, factor: true };
      await failures(3, code);
      const right = await take(lockout);
      const last = await take(lockout, code);
      expect(last.locksUntil).to.not.equal(undefined);
      expect(await settleSuccess(bench, right, { password: true, factor: false })).to.equal(true);
      expect(await settleFailure(bench, last), 'it locks').to.equal(true);
      expect((await lockout.reserve(lockout.request(SOMEBODY))).kind).to.equal('locked');
    });

    it('does not count what was not verified', async () => {
      lockout = patient();
      await failures(6, subject);
      for (let busy = 0; busy < 3; busy += 1) await settleReturn(bench, await take(lockout, subject));
      expect(await lockout.passwordDisabled(accountId)).to.equal(false);
    });

    it('outlasts an unlock, and ends when the password was reset', async () => {
      lockout = patient();
      for (let count = 0; count < 7; count += 1) await fail(bench, lockout, subject);
      const account = { id: accountId, identifier: subject.identifier };
      await lockout.unlock(bench.database, account);
      expect(await lockout.passwordDisabled(accountId)).to.equal(true);
      await lockout.clear(bench.database, account);
      expect(await lockout.passwordDisabled(accountId)).to.equal(false);
      expect(await take(lockout, subject)).to.include({ passwordDisabled: false });
    });

    it('is told to the audit trail also when the process of the last failure died', async () => {
      lockout = patient();
      for (let died = 0; died < 7; died += 1) await take(lockout, subject);
      bench.clock.forward(2 * MINUTE);
      const events = await eventsDuring(async () => {
        await lockout.sweep();
        await lockout.sweep();
      });
      expect(events.map(({ type, account }) => [type, account])).to.deep.equal([
        ['password.disabled', accountId],
      ]);
    });
  });

  it('forgets counters that nobody touched for long, and no lock', async () => {
    await failures(2);
    bench.clock.forward(31 * DAY);
    await lockout.sweep();
    expect(await bench.database.query('select 1 from lockouts')).to.deep.equal([]);
  });
});
