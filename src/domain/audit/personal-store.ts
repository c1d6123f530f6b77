import { defineEntity, p } from '@mikro-orm/postgresql';
import type { Executor, Statement } from '../../storage/database.ts';

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

const ERASE: Statement = {
  name: 'audit_personal_erase',
  text: 'delete from audit_personal where account = $1',
};

export interface PersonalValues {
  /**
   * Erases, in the transaction of the caller, the personal values of events about an account. The events keep their digests, and
   * the proof holds.
   */
  erase(tx: Executor, accountId: string): Promise<void>;
}

export const createPersonalValues = (): PersonalValues => ({
  async erase(tx, accountId) {
    await tx.query(ERASE, [accountId]);
  },
});
