import type { Executor } from '../../storage/database.ts';
import type { Outbox } from '../../storage/outbox.ts';
import { fromRow, type MailEntry, type Row } from './entry-store.ts';
import type { Mail } from './mails.ts';

/** How mail leaves the outbox: it is claimed for a time, and its claimant says what became of it. */

/** A mail that is the caller's to send until `nextAttemptAt`, or until its claim is renewed no more. */
export interface ClaimedMail extends MailEntry {
  readonly lease: string;
  /** What it says. Throws where it was sealed with a key that is not here, or is of a kind that this version has not. */
  open(): Mail;
}

/** What a sender needs of the outbox. `done` removes the content of a mail. */
export interface MailDelivery
  extends Pick<Outbox<Row>, 'nextDue' | 'renew' | 'done' | 'putBack' | 'release'> {
  /** Takes up to so many mails that are due, for so many seconds. No two claims get the same one. */
  claim(limit: number, seconds: number): Promise<ClaimedMail[]>;
  /** Gives the mail up. With `erase` its content goes, too, and it cannot be tried again. False as in `putBack`. */
  giveUp(tx: Executor, mail: ClaimedMail, problem: string, options?: { erase?: boolean }): Promise<boolean>;
}

/** `opened` reads what was sealed, of the mail with this id and kind. */
export function createMailDelivery(
  outbox: Outbox<Row & { sealed: string }>,
  opened: (id: string, kind: string, sealed: string) => Mail,
): MailDelivery {
  const { nextDue, renew, done, putBack, release } = outbox;
  return {
    nextDue,
    renew,
    done,
    putBack,
    release,

    async claim(limit, seconds) {
      const { lease, rows } = await outbox.claim(limit, seconds);
      return rows.map(({ sealed, ...row }) => ({
        ...fromRow(row),
        lease,
        open: () => opened(row.id, row.kind, sealed),
      }));
    },

    giveUp: (tx, mail, problem, { erase = false } = {}) =>
      outbox.giveUp(tx, mail, problem, erase ? { sealed: null } : {}),
  };
}
