import type { Clock } from '../../kernel/clock.ts';
import { type Keyring, seal, unseal } from '../../kernel/crypto.ts';
import { type Randomness, uuidV7 } from '../../kernel/ids.ts';
import { toStorable } from '../../kernel/text.ts';
import type { Database, Executor, Statement } from '../../storage/database.ts';
import { createOutbox, type Outbox, type RowCondition } from '../../storage/outbox.ts';
import type { Condition, Write } from '../../storage/unit-of-work.ts';
import { createMailDelivery, type MailDelivery } from './delivery-store.ts';
import { type Bounce, fromRow, type MailEntry, OUTBOX, type Row, SEALED_MAILS } from './entry-store.ts';
import { type ListedMail, listText, type MailQuery } from './listing-store.ts';
import { type Mail, type NewMail, parseMail } from './mails.ts';
import { priorityOf } from './policy.ts';

/** The outbox as those need it who have something to say, and those who run it. */
export interface MailOutbox extends MailDelivery, Pick<Outbox<Row>, 'backlog' | 'clear'> {
  /** Puts a mail into the caller's transaction; none to an address that can be nobody's (`.invalid`). Throws `mail_invalid`. */
  enqueue(tx: Executor, mail: NewMail): Promise<void>;
  /** The same for a unit of work, where `when` holds. Throws `mail_invalid`. */
  write(mail: NewMail, when?: Condition): Write;
  /** Which of these occasions the outbox remembers. */
  told(once: readonly string[]): Promise<Set<string>>;
  /** The newest first, unless asked otherwise. One statement. */
  list(query: MailQuery): Promise<ListedMail[]>;
  /**
   * Has a mail that was given up, or waits for its next attempt, tried at once, where it keeps a condition. Returns those for which
   * that was done.
   */
  retry(tx: Executor, id?: string, only?: RowCondition): Promise<MailEntry[]>;
  /**
   * Keeps that a mail came back, once; a later report counts where it says that it is for good and the first did not. Answers the
   * mail, and whether anything has changed; undefined where there is none that was tried and keeps the condition.
   */
  reportBounce(
    tx: Executor,
    id: string,
    bounce: Pick<Bounce, 'permanent' | 'reason'>,
    only?: RowCondition,
  ): Promise<{ readonly mail: MailEntry; readonly changed: boolean } | undefined>;
  /** Removes what the outbox knows of somebody, mails that wait included. */
  forgetAccount(tx: Executor, accountId: string): Promise<void>;
}

const insert = (
  parameter: (value: unknown) => string,
  values: readonly unknown[],
  when: Condition = () => 'true',
): string => {
  const [id, kind, account, once, priority, sealed, now, useless] = values.map(parameter);
  return `
    insert into mail_outbox (id, kind, account_id, once_key, priority, sealed, state, attempts, next_attempt_at,
      useless_after, created_at)
    select ${id}::uuid, ${kind}::text, ${account}::uuid, ${once}::text, ${priority}::smallint, ${sealed}::text, 'waiting', 0,
      ${now}::timestamptz, ${useless}::timestamptz, ${now}::timestamptz
    where ${when(parameter)}
    on conflict (once_key) do nothing`;
};

const INSERT: Statement = {
  name: 'mail_outbox_insert',
  text: insert((index) => `$${index}`, [1, 2, 3, 4, 5, 6, 7, 8]),
};

const TOLD: Statement = {
  name: 'mail_outbox_told',
  text: 'select once_key from mail_outbox where once_key = any($1::text[])',
};

/** Held first, so that of reports at the same moment one is the first. Nothing can come back before it was tried. */
const holdTried = (only: string) =>
  `select ${OUTBOX.columns} from mail_outbox where id = $1 and attempts > 0 and (${only}) for update`;

const REPORT_BOUNCE: Statement = {
  name: 'mail_outbox_report_bounce',
  text: `
    update mail_outbox set bounced_at = $2, bounce_permanent = $3, bounce_reason = $4
    where id = $1 returning ${OUTBOX.columns}`,
};

const { contextOf } = SEALED_MAILS;

/** Whether nobody can get it: domains under `.invalid` are none (RFC 6761, section 6.4), and break-glass accounts have such an address. */
const isNobodys = ({ to }: NewMail): boolean => to.address.toLowerCase().endsWith('.invalid');

export function createMailOutbox(
  database: Database,
  keyring: Keyring,
  clock: Clock,
  random: Randomness,
): MailOutbox {
  const valuesOf = ({ once, ...given }: NewMail): unknown[] => {
    const mail = parseMail(given);
    const now = clock.now();
    const id = uuidV7(random, now);
    const content = JSON.stringify({ to: mail.to, model: mail.model });
    return [
      id,
      mail.kind,
      mail.to.accountId ?? null,
      once ?? null,
      priorityOf(mail.kind),
      seal(keyring, random, contextOf(id), content),
      now,
      // What a link leads to, or a warning is of, is over then.
      'expiresAt' in mail.model ? mail.model.expiresAt : null,
    ];
  };
  /** What was sealed with a key that is gone is still worth listing. */
  const recipientOf = ({ id, kind, sealed }: { id: string; kind: string; sealed: string | null }) => {
    try {
      return sealed === null ? {} : { to: opened(id, kind, sealed).to.address };
    } catch {
      return {};
    }
  };
  const opened = (id: string, kind: string, sealed: string): Mail => {
    const content = JSON.parse(unseal(keyring, contextOf(id), sealed).toString()) as Omit<Mail, 'kind'>;
    return parseMail({ kind, ...content });
  };

  const outbox = createOutbox<Row & { sealed: string }>(database, clock, random, OUTBOX);

  return {
    ...createMailDelivery(outbox, opened),
    backlog: outbox.backlog,
    clear: outbox.clear,

    async enqueue(tx, mail) {
      if (isNobodys(mail)) return;
      await tx.query(INSERT, valuesOf(mail));
    },

    write(mail, when) {
      const values = valuesOf(mail);
      return { sql: (parameter) => insert(parameter, values, isNobodys(mail) ? () => 'false' : when) };
    },

    async told(once) {
      const rows = await database.query<{ once_key: string }>(TOLD, [once]);
      return new Set(rows.map((row) => row.once_key));
    },

    async list(query) {
      const values: unknown[] = [];
      const rows = await database.query<Row & { sealed: string | null }>(
        listText(query, (value) => `$${values.push(value)}`),
        values,
      );
      return rows.map((row) => ({ ...fromRow(row), ...recipientOf(row) }));
    },

    async retry(tx, id, only) {
      return (await outbox.retry(tx, id, only)).map(fromRow);
    },

    async reportBounce(tx, id, { permanent, reason }, only = () => 'true') {
      const held: unknown[] = [id];
      const text = holdTried(only((value) => `$${held.push(value)}`));
      const [found] = await tx.query<Row>(text, held);
      if (found === undefined) return undefined;
      const known = fromRow(found);
      if (known.bounce !== undefined && (known.bounce.permanent || !permanent))
        return { mail: known, changed: false };
      const values = [id, clock.now(), permanent, toStorable(reason)];
      const [row] = await tx.query<Row>(REPORT_BOUNCE, values);
      return row && { mail: fromRow(row), changed: true };
    },

    async forgetAccount(tx, accountId) {
      await tx.query('delete from mail_outbox where account_id = $1', [accountId]);
    },
  };
}
