import { defineEntity, p } from '@mikro-orm/postgresql';
import {
  type OutboxTable,
  WAITING_COLUMNS,
  type WaitingEntry,
  type WaitingRow,
  waitingEntry,
} from '../../storage/outbox.ts';
import type { SealedColumn } from '../../storage/resealing.ts';
import { KEPT_DAYS } from './policy.ts';

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
    /** The claim of the node that sends it. It ends at `nextAttemptAt`. */
    lease: p.uuid().nullable(),
    nextAttemptAt: p.datetime(),
    uselessAfter: p.datetime().nullable(),
    problem: p.text().nullable(),
    createdAt: p.datetime(),
    finishedAt: p.datetime().nullable(),
    /** It came back, as somebody has reported; for good, or so that another may arrive. */
    bouncedAt: p.datetime().nullable(),
    bouncePermanent: p.boolean().nullable(),
    bounceReason: p.text().nullable(),
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
export interface MailEntry extends WaitingEntry<MailState> {
  readonly kind: string;
  readonly accountId?: string;
  readonly uselessAfter?: Date;
  readonly bounce?: Bounce;
}

/** That a mail came back. */
export interface Bounce {
  readonly at: Date;
  /** No mail to that address arrives; else another may. */
  readonly permanent: boolean;
  /** In the words of whoever has reported it. */
  readonly reason: string;
}

export const OUTBOX: OutboxTable = {
  name: MAIL_TABLE,
  states: { done: 'sent', givenUp: 'dead' },
  columns: `${WAITING_COLUMNS}, kind, account_id, useless_after, bounced_at, bounce_permanent, bounce_reason`,
  claimedColumns: 'sealed',
  due: `
    select id from mail_outbox where state = 'waiting' and next_attempt_at <= $1
    order by priority, next_attempt_at limit $2 for update skip locked`,
  onDone: 'sealed = null',
  retriable: 'sealed is not null and (useless_after is null or useless_after > $2)',
  problemLength: 500,
  keptDays: KEPT_DAYS,
};

/** The columns of {@link OUTBOX}, as the database answers. */
export interface Row extends WaitingRow<MailState> {
  kind: string;
  account_id: string | null;
  useless_after: Date | string | null;
  bounced_at: Date | string | null;
  bounce_permanent: boolean | null;
  bounce_reason: string | null;
}

export const fromRow = (row: Row): MailEntry => ({
  ...waitingEntry(row),
  kind: row.kind,
  ...(row.account_id === null ? {} : { accountId: row.account_id }),
  ...(row.useless_after === null ? {} : { uselessAfter: new Date(row.useless_after) }),
  ...(row.bounced_at === null
    ? {}
    : {
        bounce: {
          at: new Date(row.bounced_at),
          permanent: row.bounce_permanent ?? false,
          reason: row.bounce_reason ?? '',
        },
      }),
});
