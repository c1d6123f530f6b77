import { defineEntity, p } from '@mikro-orm/postgresql';
import type { Clock } from '../../kernel/clock.ts';
import { deriveKey, hmacKey, hmacSha256 } from '../../kernel/crypto.ts';
import { conflict } from '../../kernel/errors.ts';
import type { Database, Executor, Statement } from '../../storage/database.ts';
import type { Derivation } from './derivation.ts';
import { readImported } from './imported.ts';
import { formatWrapped } from './wrapped-text.ts';
import type { HashWrapper } from './wrapping.ts';

/**
 * What the weak hashes of an import were wrapped into, before any of it is imported. Wrapping takes hours where there are
 * a million of them, so what is done is kept: whoever begins again goes on where it ended. A row is found by a keyed digest of
 * the file, of whose the hash is, and of its parameters and salt: its output is in nothing that is kept, or whoever has the key
 * could guess at it without argon2id.
 */
export const StagedHashRecord = defineEntity({
  name: 'StagedHashRecord',
  tableName: 'staged_password_hashes',
  properties: {
    id: p.text().primary(),
    wrapped: p.text(),
    createdAt: p.datetime().index('staged_password_hashes_created_at_index'),
  },
});

/** A hash of an import, which can be read. */
export interface HashToImport {
  /** The file, and whose of it the hash is: two who share a salt are wrapped apart, and another file is another hash. */
  readonly owner: string;
  readonly hash: string;
}

export interface StagingProgress {
  /** Hashes that were looked at. */
  readonly seen: number;
  /** Of those, the ones that are weak and are wrapped by now. */
  readonly wrapped: number;
  /** Of those, the ones that an earlier run has wrapped. */
  readonly before: number;
}

export interface StagedHashes {
  /**
   * Wraps what is weak, a batch at a time; each batch is kept when it is done. Begun again, it takes what is there. Changes no
   * account. Rejects with what `readImported` throws.
   */
  stage(
    batches: AsyncIterable<readonly HashToImport[]>,
    onProgress?: (progress: StagingProgress) => void,
  ): Promise<StagingProgress>;
  /**
   * What to store in the place of these hashes, in their order, and forgets what was staged for them, in the caller's transaction.
   * Throws `hash_not_staged` (409) where one that is weak was not staged: the file has changed meanwhile.
   */
  take(tx: Executor, hashes: readonly HashToImport[]): Promise<string[]>;
}

/** What of an import that was given up is kept. */
const DAYS = 30;
const DAY_MS = 86_400_000;

const INSERT: Statement = {
  name: 'staged_password_hashes_insert',
  text: `
    insert into staged_password_hashes (id, wrapped, created_at)
    select id, wrapped, $2 from jsonb_to_recordset($1::jsonb) as row(id text, wrapped text)
    on conflict (id) do nothing`,
};

const FIND: Statement = {
  name: 'staged_password_hashes_find',
  text: 'select id from staged_password_hashes where id = any($1::text[])',
};

const TAKE: Statement = {
  name: 'staged_password_hashes_take',
  text: 'delete from staged_password_hashes where id = any($1::text[]) returning id, wrapped',
};

const FORGET: Statement = {
  name: 'staged_password_hashes_forget',
  text: 'delete from staged_password_hashes where created_at < $1',
};

/** How many are wrapped before they are kept: some seconds of work. */
const BATCH = 100;

export interface StagedHashDependencies {
  readonly database: Database;
  readonly wrapper: HashWrapper;
  readonly wrappingKey: Buffer;
  readonly clock: Clock;
}

export function createStagedHashes(deps: StagedHashDependencies): StagedHashes {
  const { database, wrapper, clock } = deps;
  const key = hmacKey(deriveKey(deps.wrappingKey, 'staged-password-hash'));
  function idOf({ owner, hash }: HashToImport): string {
    const { digest, ...inner } = readImported(hash).hash;
    const described = {
      algorithm: 'wrapped',
      inner: inner as Derivation,
      innerBytes: digest.length,
    } as const;
    const withoutOutput = formatWrapped(described, '');
    return hmacSha256(key, JSON.stringify([owner, withoutOutput])).toString('base64url');
  }

  async function wrapMissing(hashes: readonly HashToImport[]): Promise<number> {
    const ids = hashes.map(idOf);
    const rows = await database.query<{ id: string }>(FIND, [ids]);
    const there = new Set(rows.map(({ id }) => id));
    const missing = hashes.filter((_, index) => !there.has(ids[index] ?? ''));
    const wrapped = await wrapper.wrapAll(missing.map(({ hash }) => hash));
    const made = missing.map((each, index) => ({ id: idOf(each), wrapped: wrapped[index] }));
    if (made.length > 0) await database.query(INSERT, [JSON.stringify(made), clock.now()]);
    return hashes.length - missing.length;
  }

  return {
    async stage(batches, onProgress) {
      await database.query(FORGET, [new Date(clock.now().getTime() - DAYS * DAY_MS)]);
      let progress: StagingProgress = { seen: 0, wrapped: 0, before: 0 };
      for await (const batch of batches) {
        for (let from = 0; from < batch.length; from += BATCH) {
          const part = batch.slice(from, from + BATCH);
          const weak = part.filter(({ hash }) => readImported(hash).kept === undefined);
          const before = await wrapMissing(weak);
          progress = {
            seen: progress.seen + part.length,
            wrapped: progress.wrapped + weak.length,
            before: progress.before + before,
          };
          onProgress?.(progress);
        }
      }
      return progress;
    },

    async take(tx, hashes) {
      const kept = hashes.map(({ hash }) => readImported(hash).kept);
      const ids = hashes.map(idOf);
      const weak = ids.filter((_, index) => kept[index] === undefined);
      const rows = weak.length === 0 ? [] : await tx.query<{ id: string; wrapped: string }>(TAKE, [weak]);
      const wrapped = new Map(rows.map((row) => [row.id, row.wrapped]));
      return kept.map((text, index) => text ?? wrapped.get(ids[index] ?? '') ?? notStaged());
    },
  };
}

function notStaged(): never {
  throw conflict(
    'hash_not_staged',
    'Nothing was imported: a weak password hash was not wrapped before; the file changed meanwhile. Start the import again.',
  );
}
