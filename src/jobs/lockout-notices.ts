import type { Lockout } from '../domain/lockout/store.ts';
import type { Notices } from '../lifecycle/notices.ts';
import type { Database } from '../storage/database.ts';
import type { Job } from './runner.ts';

const LOOK_AGAIN_MS = 5_000;
/** Locks of one transaction: their rows are held as long as it takes. */
const BATCH = 20;

export interface LockoutNoticesDependencies {
  readonly database: Database;
  readonly lockout: Pick<Lockout, 'takeUnnoticed'>;
  readonly notices: Pick<Notices, 'locked'>;
}

/**
 * Mails people of a lock, once each. A job and no part of the request that begins a lock, so that its answer depends on
 * no account (OWASP ASVS 6.3.8).
 */
export const createLockoutNotices = ({ database, lockout, notices }: LockoutNoticesDependencies): Job => ({
  name: 'lockout-notices',
  async round() {
    const taken = await database.transaction(async (tx) => {
      const locks = await lockout.takeUnnoticed(tx, BATCH);
      for (const lock of locks) await notices.locked(tx, lock);
      return locks.length;
    });
    return taken === BATCH ? 0 : LOOK_AGAIN_MS;
  },
});
