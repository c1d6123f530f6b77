import { randomUUID } from 'node:crypto';
import { expect } from 'chai';
import type { Lockout } from '../../../src/domain/lockout/store.ts';
import {
  type Bench,
  eventsDuring as eventsOn,
  fail,
  failTimes,
  MINUTE,
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
});
