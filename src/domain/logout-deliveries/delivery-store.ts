import type { Executor } from '../../storage/database.ts';
import type { Outbox } from '../../storage/outbox.ts';
import { fromRow, type LogoutEntry, type Row } from './entry-store.ts';

/** How notices leave: each is claimed for a time, and its claimant says what became of it. */

/** A notice that is the caller's to deliver until `nextAttemptAt`, or until its claim is renewed no more. */
export interface ClaimedLogout extends LogoutEntry {
  readonly lease: string;
}

/** What a deliverer needs of those that wait. */
export interface LogoutDelivery extends Pick<Outbox<Row>, 'nextDue' | 'renew' | 'done' | 'release'> {
  /**
   * Takes up to `limit` notices that are due, for so many seconds, and of no client more than `perClient` at the same
   * time, whichever nodes have them.
   */
  claim(limit: number, perClient: number, seconds: number): Promise<ClaimedLogout[]>;
  /** Puts the notice back. False when the claim was over and it is somebody else's. */
  putBack(notice: ClaimedLogout, refusals: number, at: Date, problem: string): Promise<boolean>;
  /** False as in `putBack`. */
  giveUp(tx: Executor, notice: ClaimedLogout, refusals: number, problem: string): Promise<boolean>;
}

export function createLogoutDelivery(outbox: Outbox<Row>): LogoutDelivery {
  const { nextDue, renew, done, release } = outbox;
  return {
    nextDue,
    renew,
    done,
    release,

    async claim(limit, perClient, seconds) {
      const { lease, rows } = await outbox.claim(limit, seconds, perClient);
      return rows.map((row) => ({ ...fromRow(row), lease }));
    },

    putBack: (notice, refusals, at, problem) => outbox.putBack(notice, at, problem, { refusals }),
    giveUp: (tx, notice, refusals, problem) => outbox.giveUp(tx, notice, problem, { refusals }),
  };
}
