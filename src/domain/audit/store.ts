import { defineEntity, p } from '@mikro-orm/postgresql';
import type { Executor, Statement } from '../../storage/database.ts';
import type { Write } from '../../storage/unit-of-work.ts';
import type { AuditEvent } from './events.ts';
import { IS_CLIENT_PROBLEM } from './problem-store.ts';
import {
  type AuditRow,
  type AuditStamp,
  auditRows,
  hasPersonal,
  insertAuditRows,
  insertPersonalRows,
  writesOf,
} from './row-store.ts';

/** As PostgreSQL writes the default of the migration. */
const CLUSTER_OF_CONNECTION = `COALESCE(NULLIF(current_setting('gatehouse.cluster'::text, true), ''::text), audit_cluster())`;

import { READING_INDEXES } from './reading/indexes.ts';

export const AuditEventRecord = defineEntity({
  name: 'AuditEventRecord',
  tableName: 'audit_events',
  properties: {
    // Of a table that is partitioned by time, the key contains the time.
    id: p.uuid().primary(),
    at: p.datetime(6).primary(),
    type: p.text(),
    outcome: p.text(),
    actor: p.text().nullable(),
    account: p.text().nullable(),
    client: p.text().nullable(),
    session: p.text().nullable(),
    factor: p.text().nullable(),
    ip: p.text().nullable(),
    userAgent: p.text().nullable(),
    requestId: p.text().nullable(),
    command: p.text().nullable(),
    details: p.json(),
    version: p.smallint().nullable(),
    actorKind: p.text().nullable(),
    operator: p.text().nullable(),
    reason: p.text().nullable(),
    toldAt: p.datetime(6).nullable(),
    xid: p.string().columnType('xid8').nullable().defaultRaw('pg_current_xact_id()'),
    cluster: p.text().nullable().defaultRaw(CLUSTER_OF_CONNECTION),
    mac: p.blob().nullable(),
  },
  indexes: [
    { properties: ['account', 'at'] },
    { properties: ['at'] },
    { name: 'audit_events_xid_id_index', properties: ['xid', 'id'] },
    {
      name: 'audit_events_client_problems_index',
      expression: `create index audit_events_client_problems_index on audit_events (client, at) where ${IS_CLIENT_PROBLEM}`,
    },
    ...READING_INDEXES,
  ],
  checks: [{ name: 'audit_events_outcome_check', expression: `outcome in ('success', 'failure')` }],
});

const INSERT: Statement = { name: 'audit_insert', text: insertAuditRows('$1') };

const INSERT_WITH_PERSONAL: Statement = {
  name: 'audit_insert_with_personal',
  text: `with personal as (${insertPersonalRows('$1')}) ${insertAuditRows('$1')}`,
};

/** The one writer of the trail. */
export interface AuditLog {
  /** Writes prepared rows as a transaction of their own. */
  insert(executor: Executor, rows: readonly AuditRow[]): Promise<void>;
  /** Writes events inside the caller's transaction (or as a transaction of their own, given the database itself). */
  record(executor: Executor, ...events: AuditEvent[]): Promise<void>;
  /** The same as parts of a statement of the caller's. */
  write(...events: AuditEvent[]): Write[];
}

/** Hears of what was written. */
export type OnRecorded = (event: AuditEvent) => void;

/** `onRecorded` is told once an event is written by itself or inside a transaction, which may still be undone. */
export function createAuditLog(stamp: AuditStamp, onRecorded: OnRecorded = () => undefined): AuditLog {
  const insert = async (executor: Executor, rows: readonly AuditRow[]) => {
    if (rows.length === 0) return;
    await executor.query(rows.some(hasPersonal) ? INSERT_WITH_PERSONAL : INSERT, [JSON.stringify(rows)]);
  };
  return {
    insert,
    async record(executor, ...events) {
      await insert(executor, auditRows(events, stamp));
      for (const event of events) onRecorded(event);
    },
    write: (...events) => writesOf(auditRows(events, stamp)),
  };
}
