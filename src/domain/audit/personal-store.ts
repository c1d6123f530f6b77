import { defineEntity, p } from '@mikro-orm/postgresql';
import type { Executor } from '../../storage/database.ts';
import { type AuditHolds, createAuditHolds } from './retention/holds-store.ts';

/** Personal values beside the event whose details hold their digests, so that they can be erased (`personal.ts`). */
export const AuditPersonalRecord = defineEntity({
  name: 'AuditPersonalRecord',
  tableName: 'audit_personal',
  properties: {
    event: p.uuid().primary(),
    /** A JSON pointer (RFC 6901) into the details of the event. */
    path: p.text().primary(),
    account: p.text().nullable(),
    salt: p.blob(),
    value: p.text(),
    at: p.datetime(6).defaultRaw('now()'),
  },
  indexes: [{ name: 'audit_personal_account_index', properties: ['account'] }],
});

export interface PersonalValues {
  /**
   * Erases, in the transaction of the caller, the personal values of events about an account. The events keep their digests, and
   * the proof holds. So are addresses of the person among the contacts of clients. Where a hold forbids it, they are erased once it is
   * lifted. `identifiers`: what the person signs in with, in lower case.
   */
  erase(tx: Executor, accountId: string, identifiers: readonly string[]): Promise<void>;
}

export const createPersonalValues = (
  holds: Pick<AuditHolds, 'erase'> = createAuditHolds(),
): PersonalValues => ({
  erase: (tx, accountId, identifiers) => holds.erase(tx, accountId, identifiers),
});
