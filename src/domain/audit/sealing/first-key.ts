import type { Database, Transaction } from '../../../storage/database.ts';
import type { AuditEvent } from '../events.ts';
import type { AuditKeyStore } from './key-store.ts';

export interface FirstKeyDependencies {
  readonly database: Pick<Database, 'transaction'>;
  readonly keys: AuditKeyStore;
  /** Name of the trail, which its first key has. */
  readonly origin: string;
  readonly record: (tx: Transaction, ...events: AuditEvent[]) => Promise<void>;
}

/**
 * Makes the key that signs the checkpoints of this database where there is none yet; of several nodes that start together one makes
 * it. Answers the name of the key that signs: another than the origin where the issuer has another host by now, until somebody
 * changes the key. Throws where the key cannot be opened, with a message that names `ENCRYPTION_KEYS`.
 */
export async function openAuditKey({
  database,
  keys,
  origin,
  record,
}: FirstKeyDependencies): Promise<string> {
  if ((await keys.list()).length === 0) {
    await database.transaction(async (tx) => {
      const key = await keys.ensure(tx, origin);
      if (key === undefined) return;
      const details = { key };
      await record(tx, { type: 'audit.key_created', outcome: 'success', actor: { kind: 'system' }, details });
    });
  }
  return (await keys.signing()).current.name;
}
