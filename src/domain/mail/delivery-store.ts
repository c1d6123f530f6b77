import type { Clock } from '../../kernel/clock.ts';
import type { Randomness } from '../../kernel/ids.ts';
import { toStorable } from '../../kernel/text.ts';
import type { Database, Executor, Statement } from '../../storage/database.ts';
import { COLUMNS, fromRow, type MailEntry, type Row } from './entry-store.ts';
import type { Mail } from './mails.ts';

/** How mail leaves the outbox: it is claimed for a time, and its claimant says what became of it. */

/** A mail that is the caller's to send until `nextAttemptAt`. */
export interface ClaimedMail extends MailEntry {
  readonly lease: string;
  /** What it says. Throws where it was sealed with a key that is not here, or is of a kind that this version has not. */
  open(): Mail;
}

/** What a sender needs of the outbox. */
export interface MailDelivery {
  /** Takes up to so many mails that are due, for so many seconds. No two claims get the same one. */
  claim(limit: number, seconds: number): Promise<ClaimedMail[]>;
  /** When the next mail is due, or the claim of one ends. */
  nextDue(): Promise<Date | undefined>;
  /** The other side has it: a fact, whoever has claimed the mail since. Its content is removed. */
  markSent(id: string): Promise<void>;
  /** Puts the mail back. False when the claim was over and the mail is somebody else's. */
  putBack(mail: ClaimedMail, at: Date, problem: string): Promise<boolean>;
  /** Puts back unharmed what was not really tried. */
  release(mail: ClaimedMail): Promise<boolean>;
  /** Gives the mail up. With `erase` its content goes, too, and it cannot be tried again. False as in `putBack`. */
  giveUp(tx: Executor, mail: ClaimedMail, problem: string, options?: { erase?: boolean }): Promise<boolean>;
}

// The claim is a time: whoever dies with it loses the mail to the next one at its end, without anybody's doing.
const CLAIM: Statement = {
  name: 'mail_outbox_claim',
  text: `
    with due as (
      select id from mail_outbox where state = 'waiting' and next_attempt_at <= $1
      order by priority, next_attempt_at limit $4 for update skip locked)
    update mail_outbox set lease = $2, next_attempt_at = $3, attempts = attempts + 1
    where id in (select id from due)
    returning ${COLUMNS}, sealed`,
};

const NEXT_DUE: Statement = {
  name: 'mail_outbox_next_due',
  text: `select next_attempt_at from mail_outbox where state = 'waiting' order by next_attempt_at limit 1`,
};

const MARK_SENT: Statement = {
  name: 'mail_outbox_mark_sent',
  text: `
    update mail_outbox set state = 'sent', sealed = null, lease = null, problem = null, finished_at = $2
    where id = $1 and state <> 'sent'`,
};

const PUT_BACK: Statement = {
  name: 'mail_outbox_put_back',
  text: `
    update mail_outbox set lease = null, next_attempt_at = $3, problem = $4
    where id = $1 and lease = $2 returning id`,
};

const RELEASE: Statement = {
  name: 'mail_outbox_release',
  text: `
    update mail_outbox set lease = null, next_attempt_at = $3, attempts = attempts - 1
    where id = $1 and lease = $2 returning id`,
};

const GIVE_UP: Statement = {
  name: 'mail_outbox_give_up',
  text: `
    update mail_outbox set state = 'dead', lease = null, finished_at = $3, problem = $4,
      sealed = case when $5::boolean then null else sealed end
    where id = $1 and lease = $2 returning id`,
};

const MAX_PROBLEM = 500;
const cut = (problem: string) => toStorable(problem.slice(0, MAX_PROBLEM));

/** `opened` reads what was sealed, of the mail with this id and kind. */
export function createMailDelivery(
  database: Database,
  clock: Clock,
  random: Randomness,
  opened: (id: string, kind: string, sealed: string) => Mail,
): MailDelivery {
  const changed = async (executor: Executor, statement: Statement, values: readonly unknown[]) =>
    (await executor.query(statement, values)).length > 0;

  return {
    async claim(limit, seconds) {
      const now = clock.now();
      const lease = random.uuid();
      const until = new Date(now.getTime() + seconds * 1000);
      const rows = await database.query<Row & { sealed: string }>(CLAIM, [now, lease, until, limit]);
      return rows.map(({ sealed, ...row }) => ({
        ...fromRow(row),
        lease,
        open: () => opened(row.id, row.kind, sealed),
      }));
    },

    async nextDue() {
      const [row] = await database.query<Pick<Row, 'next_attempt_at'>>(NEXT_DUE);
      return row && new Date(row.next_attempt_at);
    },

    async markSent(id) {
      await database.query(MARK_SENT, [id, clock.now()]);
    },

    putBack: ({ id, lease }, at, problem) => changed(database, PUT_BACK, [id, lease, at, cut(problem)]),
    release: ({ id, lease }) => changed(database, RELEASE, [id, lease, clock.now()]),
    giveUp: (tx, { id, lease }, problem, { erase = false } = {}) =>
      changed(tx, GIVE_UP, [id, lease, clock.now(), cut(problem), erase]),
  };
}
