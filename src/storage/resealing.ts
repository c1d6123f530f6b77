import { type Keyring, seal, unseal } from '../kernel/crypto.ts';
import type { Randomness } from '../kernel/ids.ts';
import type { Executor } from './database.ts';

/** Where a store keeps sealed values: one column of a table. Names go into SQL as they are; they are never input. */
export interface SealedColumn {
  readonly table: string;
  /** The primary key. */
  readonly id: string;
  readonly column: string;
  /** The context that the value in the row of this id is sealed with. */
  readonly contextOf: (id: string) => string;
}

export interface ResealedBatch {
  readonly resealed: number;
  /** Ids of rows that no configured key opens; they stay as they are. */
  readonly unopened: readonly string[];
  /** The id after which the next batch begins; undefined = this was the last. */
  readonly next: string | undefined;
}

export interface Resealing {
  /** The key under which everything is brought. */
  readonly keyId: string;
  /**
   * Seals at most `limit` values of the column anew that are not under the current key, in the order of their ids, after the
   * one named. Rows are held until the end of the caller's transaction; those that somebody else changes meanwhile are waited for.
   */
  reseal(tx: Executor, column: SealedColumn, limit: number, after?: string): Promise<ResealedBatch>;
}

/** Brings sealed values under the first key of a keyring, so that its older keys can be dropped. */
export function createResealing(keyring: Keyring, random: Randomness): Resealing {
  function resealed(context: string, sealed: string): string | undefined {
    try {
      return seal(keyring, random, context, unseal(keyring, context, sealed));
    } catch {
      return undefined;
    }
  }

  return {
    keyId: keyring.current,

    async reseal(tx, { table, id, column, contextOf }, limit, after) {
      const rows = await tx.query<{ id: string; sealed: string }>(
        `select ${id}::text as id, ${column} as sealed from ${table}
         where ${column} is not null and split_part(${column}, '.', 2) <> $1 and ($2::text is null or ${id}::text > $2)
         order by ${id}::text limit $3 for update`,
        [keyring.current, after ?? null, limit],
      );
      const unopened: string[] = [];
      const replacements: { id: string; sealed: string }[] = [];
      for (const row of rows) {
        const sealed = resealed(contextOf(row.id), row.sealed);
        if (sealed === undefined) unopened.push(row.id);
        else replacements.push({ id: row.id, sealed });
      }
      if (replacements.length > 0) {
        await tx.query(
          `update ${table} t set ${column} = row.sealed from jsonb_to_recordset($1::jsonb) as row(id text, sealed text)
           where t.${id}::text = row.id`,
          [JSON.stringify(replacements)],
        );
      }
      return {
        resealed: replacements.length,
        unopened,
        next: rows.length === limit ? rows.at(-1)?.id : undefined,
      };
    },
  };
}
