import type { AuditEvent, AuditedBy } from '../domain/audit/events.ts';
import type { AuditLog } from '../domain/audit/store.ts';
import type { Transaction } from '../storage/database.ts';

/** How acts write into the audit trail. */

/** An audit event without what every event of an act has in common. */
export type ActEvent = {
  [E in AuditEvent as E['type']]: Omit<E, 'outcome' | 'actor' | 'origin' | 'reason'>;
}[AuditEvent['type']];

/** Writes events of success in the transaction. */
export const recorder =
  ({ audit }: { readonly audit: Pick<AuditLog, 'record'> }, tx: Transaction, by: AuditedBy) =>
  (...events: ActEvent[]): Promise<void> =>
    audit.record(tx, ...events.map((event) => ({ ...event, ...by, outcome: 'success' }) as AuditEvent));
