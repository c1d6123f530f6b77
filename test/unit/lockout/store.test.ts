import { randomUUID } from 'node:crypto';
import { expect } from 'chai';
import fc from 'fast-check';
import type { Lockout } from '../../../src/domain/lockout/store.ts';
import {
  type Bench,
  DAY,
  eventsDuring as eventsOn,
  fail,
  failTimes,
  lock,
  MINUTE,
  POLICY,
  SOMEBODY,
  settleFailure,
  settleReturn,
  settleSuccess,
  take,
  useBench,
} from './support.ts';

describe('lockout store', function () {
  this.timeout(60_000);
  const opened = useBench();
  let bench: Bench;
  let lockout: Lockout;
  beforeEach(() => {
    ({ bench } = opened);
    lockout = bench.lockout();
  });

  const failures = (count: number, subject = SOMEBODY) => failTimes(bench, lockout, count, subject);
  const eventsDuring = (work: () => Promise<unknown>) => eventsOn(bench, work);
  const lockedFor = async (subject = SOMEBODY) => {
    const reservation = await lockout.reserve(lockout.request(subject));
    if (reservation.kind !== 'locked') throw new Error('there is no lock');
    return (reservation.until.getTime() - bench.clock.now().getTime()) / 1000;
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

  it('forgets counters that nobody touched for long, and no lock', async () => {
    await failures(2);
    bench.clock.forward(31 * DAY);
    await lockout.sweep();
    expect(await bench.database.query('select 1 from lockouts')).to.deep.equal([]);
  });
});
