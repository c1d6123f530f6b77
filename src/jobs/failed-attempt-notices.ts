import type { FailedAttempts } from '../domain/failed-attempts/store.ts';
import type { Notices } from '../lifecycle/notices.ts';
import type { Database } from '../storage/database.ts';
import type { Job } from './runner.ts';

const LOOK_AGAIN_MS = 30_000;
/** Series of one transaction: their rows are held as long as it takes. */
const BATCH = 20;

export interface FailedAttemptNoticesDependencies {
  readonly database: Database;
  readonly failedAttempts: Pick<FailedAttempts, 'takeDue' | 'sweep'>;
  readonly notices: Pick<Notices, 'failedAttempts'>;
}

/**
 * Mails people of failed sign-ins that led to no lock, at most once a day each. A job and no part of any request, so that
 * no answer depends on it (OWASP ASVS 6.3.8).
 */
export const createFailedAttemptNotices = ({
  database,
  failedAttempts,
  notices,
}: FailedAttemptNoticesDependencies): Job => ({
  name: 'failed-attempt-notices',
  async round() {
    const taken = await database.transaction(async (tx) => {
      const due = await failedAttempts.takeDue(tx, BATCH);
      for (const series of due) await notices.failedAttempts(tx, series);
      return due.length;
    });
    if (taken === BATCH) return 0;
    await failedAttempts.sweep();
    return LOOK_AGAIN_MS;
  },
});
