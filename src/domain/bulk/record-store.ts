import { defineEntity, p } from '@mikro-orm/postgresql';

/** The tables of bulk jobs, and of whom each is about. */

export const BulkJobRecord = defineEntity({
  name: 'BulkJobRecord',
  tableName: 'bulk_jobs',
  properties: {
    id: p.uuid().primary(),
    act: p.text(),
    /** What it is done with, e.g. the role. */
    options: p.json<object>(),
    /** Who has asked, as they acted. */
    asker: p.json<object>(),
    /** The same in a word, by which they are known again. */
    askedBy: p.text().index('bulk_jobs_asked_by_index'),
    people: p.integer(),
    state: p.enum(['running', 'done', 'cancelled']),
    createdAt: p.datetime(),
    finishedAt: p.datetime().nullable().index('bulk_jobs_finished_at_index'),
  },
  indexes: [
    {
      name: 'bulk_jobs_running_index',
      expression: `create index bulk_jobs_running_index on bulk_jobs (created_at) where state = 'running'`,
    },
  ],
});

export const BulkRowRecord = defineEntity({
  name: 'BulkRowRecord',
  tableName: 'bulk_rows',
  properties: {
    bulk: () =>
      p
        .manyToOne(BulkJobRecord)
        .joinColumn('bulk')
        .primary()
        .deleteRule('cascade')
        .updateRule('no action')
        .index(false),
    place: p.integer().primary(),
    account: p.uuid().index('bulk_rows_account_index'),
    state: p.enum(['waiting', 'done', 'refused']),
    /** Of the error, where it was refused. */
    code: p.text().nullable(),
    doneAt: p.datetime().nullable(),
    /** How often it has failed for a reason of ours, and when it is tried again. */
    attempts: p.integer().default(0),
    nextAttemptAt: p.datetime().nullable(),
    /** It was given up; `state` is `refused`, for servers of the version before. */
    failed: p.boolean().default(false),
  },
  indexes: [
    {
      name: 'bulk_rows_waiting_index',
      expression: `create index bulk_rows_waiting_index on bulk_rows (bulk, place) where state = 'waiting'`,
    },
  ],
});
