import { defineEntity, p } from '@mikro-orm/postgresql';
import type { Clock } from '../../kernel/clock.ts';
import { type Keyring, seal, unseal } from '../../kernel/crypto.ts';
import { type Randomness, uuidV7 } from '../../kernel/ids.ts';
import { toStorable } from '../../kernel/text.ts';
import type { Database, Executor, Statement } from '../../storage/database.ts';
import type { Condition, Write } from '../../storage/unit-of-work.ts';
import { type Mail, type NewMail, parseMail } from './mails.ts';
import { KEPT_DAYS, priorityOf } from './policy.ts';

/**
 * The outbox: a row for every mail, made in the transaction of what it tells of, and kept for a while after it has gone
 * out. What the mail says and to whom is sealed (it may hold a link that opens an account) and removed when it is sent.
 */
export const MailRecord = defineEntity({
  name: 'MailRecord',
  tableName: 'mail_outbox',
  properties: {
    id: p.uuid().primary(),
    kind: p.text(),
    accountId: p.uuid().nullable().index('mail_outbox_account_id_index'),
    onceKey: p.text().nullable().unique('mail_outbox_once_key_unique'),
    priority: p.smallint(),
    sealed: p.text().nullable(),
    state: p.enum(['waiting', 'sent', 'dead']),
    attempts: p.integer(),
    /** Who is sending it. Its time ends at `nextAttemptAt`. */
    lease: p.uuid().nullable(),
    nextAttemptAt: p.datetime(),
    uselessAfter: p.datetime().nullable(),
    problem: p.text().nullable(),
    createdAt: p.datetime(),
    finishedAt: p.datetime().nullable(),
  },
  indexes: [
    { name: 'mail_outbox_due_index', properties: ['priority', 'nextAttemptAt'], where: `state = 'waiting'` },
    { name: 'mail_outbox_next_index', properties: ['nextAttemptAt'], where: `state = 'waiting'` },
    { name: 'mail_outbox_finished_at_index', properties: ['finishedAt'], where: 'finished_at is not null' },
  ],
  checks: [
    {
      name: 'mail_outbox_sealed_check',
      expression: `(state <> 'waiting' or sealed is not null) and (state <> 'sent' or sealed is null)`,
    },
  ],
});

/** The table whose changes wake the senders. */
export const MAIL_TABLE = 'mail_outbox';

export type MailState = 'waiting' | 'sent' | 'dead';

/** What is known of a mail without opening it. */
export interface MailEntry {
  readonly id: string;
  readonly kind: string;
  readonly accountId?: string;
  readonly state: MailState;
  readonly attempts: number;
  /** Whether a node is at it now. */
  readonly sending: boolean;
  readonly createdAt: Date;
  /** When it is tried, or tried by somebody else if who is at it does not finish. */
  readonly nextAttemptAt: Date;
  readonly uselessAfter?: Date;
  readonly finishedAt?: Date;
  /** What went wrong last. */
  readonly problem?: string;
}

/** A mail that is the caller's to send until `nextAttemptAt`. */
export interface ClaimedMail extends MailEntry {
  readonly lease: string;
  /** What it says. Throws where it was sealed with a key that is not here, or is of a kind that this version has not. */
  open(): Mail;
}

export interface MailOutbox {
  /** Puts a mail into the caller's transaction. Throws `mail_invalid`. */
  enqueue(tx: Executor, mail: NewMail): Promise<void>;
  /** The same for a unit of work, where `when` holds. Throws `mail_invalid`. */
  write(mail: NewMail, when?: Condition): Write;
  /** Which of these occasions the outbox remembers. */
  told(once: readonly string[]): Promise<Set<string>>;
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
  /** Newest first. */
  list(options: { state?: MailState; before?: string; limit: number }): Promise<MailEntry[]>;
  /** Whom a mail is for, as far as that is still known. */
  addressOf(id: string): Promise<string | undefined>;
  /** Has a mail that was given up, or waits for its next attempt, tried at once. Returns those for which that was done. */
  retry(tx: Executor, id?: string): Promise<MailEntry[]>;
  /** Removes what the outbox knows of somebody, mails that wait included. */
  forgetAccount(tx: Executor, accountId: string): Promise<void>;
  /** Removes what was finished `KEPT_DAYS` ago. Returns how many. */
  clear(): Promise<number>;
}

const COLUMNS = `id, kind, account_id, state, attempts, lease is not null as sending, created_at, next_attempt_at, useless_after,
  finished_at, problem`;

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

const LIST: Statement = {
  name: 'mail_outbox_list',
  text: `
    select ${COLUMNS} from mail_outbox
    where ($1::text is null or state = $1) and ($2::uuid is null or id < $2) order by id desc limit $3`,
};

// A notification is sent for new rows only, so that senders do not wake each other with what they do.
const RETRY: Statement = {
  name: 'mail_outbox_retry',
  text: `
    with again as (
      update mail_outbox set state = 'waiting', next_attempt_at = $2, finished_at = null,
        attempts = case when state = 'dead' then 0 else attempts end
      where sealed is not null and lease is null and (useless_after is null or useless_after > $2)
        and (id = $1 or ($1 is null and state = 'dead'))
      returning ${COLUMNS})
    select again.*, pg_notify('gatehouse_changes', '${MAIL_TABLE}') from again`,
};

const TOLD: Statement = {
  name: 'mail_outbox_told',
  text: 'select once_key from mail_outbox where once_key = any($1::text[])',
};

const CLEAR: Statement = {
  name: 'mail_outbox_clear',
  text: `delete from mail_outbox where finished_at < $1 returning id`,
};

interface Row {
  id: string;
  kind: string;
  account_id: string | null;
  state: MailState;
  attempts: number;
  sending: boolean;
  created_at: Date | string;
  next_attempt_at: Date | string;
  useless_after: Date | string | null;
  finished_at: Date | string | null;
  problem: string | null;
}

const fromRow = (row: Row): MailEntry => ({
  id: row.id,
  kind: row.kind,
  ...(row.account_id === null ? {} : { accountId: row.account_id }),
  state: row.state,
  attempts: row.attempts,
  sending: row.sending,
  createdAt: new Date(row.created_at),
  nextAttemptAt: new Date(row.next_attempt_at),
  ...(row.useless_after === null ? {} : { uselessAfter: new Date(row.useless_after) }),
  ...(row.finished_at === null ? {} : { finishedAt: new Date(row.finished_at) }),
  ...(row.problem === null ? {} : { problem: row.problem }),
});

const MAX_PROBLEM = 500;
const cut = (problem: string) => toStorable(problem.slice(0, MAX_PROBLEM));
const contextOf = (id: string) => `mail:${id}`;

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
  const opened = (id: string, kind: string, sealed: string): Mail => {
    const content = JSON.parse(unseal(keyring, contextOf(id), sealed).toString()) as Omit<Mail, 'kind'>;
    return parseMail({ kind, ...content });
  };
  const changed = async (executor: Executor, statement: Statement, values: readonly unknown[]) =>
    (await executor.query(statement, values)).length > 0;

  return {
    async enqueue(tx, mail) {
      await tx.query(INSERT, valuesOf(mail));
    },

    write(mail, when) {
      const values = valuesOf(mail);
      return { sql: (parameter) => insert(parameter, values, when) };
    },

    async told(once) {
      const rows = await database.query<{ once_key: string }>(TOLD, [once]);
      return new Set(rows.map((row) => row.once_key));
    },

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

    async list({ state, before, limit }) {
      return (await database.query<Row>(LIST, [state ?? null, before ?? null, limit])).map(fromRow);
    },

    async addressOf(id) {
      const [row] = await database.query<{ kind: string; sealed: string | null }>(
        'select kind, sealed from mail_outbox where id = $1',
        [id],
      );
      return row?.sealed == null ? undefined : opened(id, row.kind, row.sealed).to.address;
    },

    async retry(tx, id) {
      return (await tx.query<Row>(RETRY, [id ?? null, clock.now()])).map(fromRow);
    },

    async forgetAccount(tx, accountId) {
      await tx.query('delete from mail_outbox where account_id = $1', [accountId]);
    },

    async clear() {
      const before = new Date(clock.now().getTime() - KEPT_DAYS * 86_400_000);
      return (await database.query(CLEAR, [before])).length;
    },
  };
}
