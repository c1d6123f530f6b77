import { defineEntity, p } from '@mikro-orm/postgresql';
import type { Clock } from '../../kernel/clock.ts';
import { type Keyring, seal } from '../../kernel/crypto.ts';
import type { Randomness } from '../../kernel/ids.ts';
import type { Executor, Statement } from '../../storage/database.ts';
import { AccountRecord } from './record-store.ts';

/** Second factors that came with an import, sealed, until the factor's own room takes them over. */
export const ImportedFactorRecord = defineEntity({
  name: 'ImportedFactorRecord',
  tableName: 'account_imported_factors',
  properties: {
    account: () => p.manyToOne(AccountRecord).primary().deleteRule('cascade').updateRule('no action'),
    kind: p.enum(['totp']).primary(),
    sealedSecret: p.text(),
    createdAt: p.datetime(),
  },
});

export interface ImportedSecret {
  readonly accountId: string;
  /** The shared secret of RFC 6238, base32 without padding. */
  readonly totpSecret: string;
}

/** Keeps the secrets, sealed with the context `totp:<account id>`. */
export interface ImportedFactorStore {
  save(tx: Executor, secrets: readonly ImportedSecret[]): Promise<void>;
}

const INSERT: Statement = {
  name: 'account_imported_factors_insert',
  text: `
    insert into account_imported_factors (account_id, kind, sealed_secret, created_at)
    select account_id, 'totp', sealed_secret, $2
    from jsonb_to_recordset($1::jsonb) as row(account_id uuid, sealed_secret text)`,
};

export function createImportedFactorStore(
  keys: Keyring,
  clock: Clock,
  random: Randomness,
): ImportedFactorStore {
  return {
    async save(tx, secrets) {
      if (secrets.length === 0) return;
      const rows = secrets.map(({ accountId, totpSecret }) => ({
        account_id: accountId,
        sealed_secret: seal(keys, random, `totp:${accountId}`, totpSecret),
      }));
      await tx.query(INSERT, [JSON.stringify(rows), clock.now()]);
    },
  };
}
