import { defineEntity, p } from '@mikro-orm/postgresql';
import type { SealedColumn } from '../../storage/resealing.ts';

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

export const SEALED_MAILS: SealedColumn = {
  table: MAIL_TABLE,
  id: 'id',
  column: 'sealed',
  contextOf: (id) => `mail:${id}`,
};

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

/** What of a row is read without opening it. */
export const COLUMNS = `id, kind, account_id, state, attempts, lease is not null as sending, created_at, next_attempt_at, useless_after,
  finished_at, problem`;

/** {@link COLUMNS}, as the database answers. */
export interface Row {
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

export const fromRow = (row: Row): MailEntry => ({
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
