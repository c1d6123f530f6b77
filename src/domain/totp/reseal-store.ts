import { type Keyring, seal, unseal } from '../../kernel/crypto.ts';
import type { Randomness } from '../../kernel/ids.ts';
import type { Executor, Statement } from '../../storage/database.ts';
import { sealContext } from './seals.ts';

/** Brings every stored seed under the current key, so that the older ones can be dropped. */

export interface ResealedBatch {
  readonly resealed: number;
  /** Whose seeds no configured key opens; they stay as they are. */
  readonly unopened: readonly string[];
  /** Where the next batch begins; undefined = this was the last. */
  readonly next: string | undefined;
}

export interface TotpResealing {
  /** The key under which the seeds are brought. */
  readonly keyId: string;
  /** Seeds of at most `limit` authenticators, those under way included, after the one named. */
  reseal(tx: Executor, limit: number, after?: string): Promise<ResealedBatch>;
  /** How many seeds, imported before there was a keyring for factors, are still under a general key that is not the current one. */
  countUnderOldGeneralKeys(executor: Executor): Promise<number>;
}

const NOT_CURRENT: Statement = {
  name: 'totp_not_current',
  text: `
    select id, account_id, sealed_seed, sealed_by from totp_authenticators
    where ($1::uuid is null or id > $1)
      and (sealed_by <> 'mfa' or split_part(sealed_seed, '.', 2) <> $2)
    order by id limit $3 for update`,
};

const REPLACE: Statement = {
  name: 'totp_reseal',
  text: `
    update totp_authenticators t set sealed_seed = row.sealed_seed, sealed_by = 'mfa'
    from jsonb_to_recordset($1::jsonb) as row(id uuid, sealed_seed text) where t.id = row.id`,
};

const UNDER_OLD_GENERAL: Statement = {
  name: 'totp_under_old_general_keys',
  text: `
    select count(*)::int as seeds from totp_authenticators
    where sealed_by = 'general' and split_part(sealed_seed, '.', 2) <> $1`,
};

interface Row {
  id: string;
  account_id: string;
  sealed_seed: string;
  sealed_by: 'mfa' | 'general';
}

export function createTotpResealing(
  keyring: Keyring,
  generalKeyring: Keyring,
  random: Randomness,
): TotpResealing {
  function opened({ account_id: accountId, sealed_seed: value, sealed_by: by }: Row): Buffer | undefined {
    try {
      return unseal(by === 'mfa' ? keyring : generalKeyring, sealContext(accountId), value);
    } catch {
      return undefined;
    }
  }

  return {
    keyId: keyring.current,

    async reseal(tx, limit, after) {
      const rows = await tx.query<Row>(NOT_CURRENT, [after ?? null, keyring.current, limit]);
      const replacements: { id: string; sealed_seed: string }[] = [];
      const unopened: string[] = [];
      for (const row of rows) {
        const seed = opened(row);
        if (seed === undefined) unopened.push(row.account_id);
        else {
          const sealed = seal(keyring, random, sealContext(row.account_id), seed);
          replacements.push({ id: row.id, sealed_seed: sealed });
        }
      }
      if (replacements.length > 0) await tx.query(REPLACE, [JSON.stringify(replacements)]);
      const next = rows.length === limit ? rows.at(-1)?.id : undefined;
      return { resealed: replacements.length, unopened, next };
    },

    async countUnderOldGeneralKeys(executor) {
      const [row] = await executor.query<{ seeds: number }>(UNDER_OLD_GENERAL, [generalKeyring.current]);
      return row?.seeds ?? 0;
    },
  };
}
