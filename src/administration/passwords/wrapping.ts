import { z } from 'zod';
import type { HashTable, StoredHashStore } from '../../domain/accounts/stored-hash-store.ts';
import { readImported } from '../../domain/passwords/imported.ts';
import { isWeak } from '../../domain/passwords/limits.ts';
import { parsePasswordHash } from '../../domain/passwords/phc.ts';
import type { HashWrapper } from '../../domain/passwords/wrapping.ts';
import { GatehouseError } from '../../kernel/errors.ts';
import { defineStepwise, type StepwiseContext } from '../stepwise.ts';

/** Some seconds of work: what is done when the act is cut off stays done. */
const BATCH = 100;

interface Wraps {
  readonly storedHashes: StoredHashStore;
  readonly hashWrapper: HashWrapper;
}

/**
 * Wraps the weak hashes that an earlier version has stored as they were, of accounts and then of former passwords: a password that
 * is changed meanwhile takes its hash there. Cut off, it is asked for again, and goes on with what is left.
 */
export const wrapHashes = defineStepwise({
  name: 'passwords.wrap_hashes',
  summary: 'Wraps weak password hashes.',
  scope: 'system:write',
  operatorOnly: true,
  irreversible: false,
  input: z.strictObject({
    /** Told after each batch how many hashes are wrapped. */
    onProgress: z.custom<(wrapped: number) => void>((value) => typeof value === 'function').optional(),
  }),
  result: z.object({
    accounts: z.int(),
    /** Of former passwords. */
    former: z.int(),
    /** Hashes that cannot be read, or would cost too much to verify, and let nobody in; they stay. */
    unreadable: z.int(),
  }),
  async run(deps: Wraps, { input, step }) {
    const accounts = await wrapAll(deps, step, 'accounts', input.onProgress);
    const former = await wrapAll(deps, step, 'password_history', (wrapped) =>
      input.onProgress?.(accounts.wrapped + wrapped),
    );
    return {
      accounts: accounts.wrapped,
      former: former.wrapped,
      unreadable: accounts.unreadable + former.unreadable,
    };
  },
});

async function wrapAll(
  { storedHashes, hashWrapper }: Wraps,
  step: StepwiseContext<unknown>['step'],
  table: HashTable,
  onProgress?: (wrapped: number) => void,
): Promise<{ wrapped: number; unreadable: number }> {
  let [wrapped, unreadable, last]: [number, number, string | undefined] = [0, 0, undefined];
  for (;;) {
    const rows = await storedHashes.others(table, BATCH, last);
    const judged = rows.map((row) => ({ ...row, weak: isWeakText(row.hash) }));
    unreadable += judged.filter(({ weak }) => weak === undefined).length;
    const weak = judged.filter((row) => row.weak);
    // Before the transaction: it takes long.
    const made = await hashWrapper.wrapAll(weak.map(({ hash }) => hash));
    if (weak.length > 0) {
      wrapped += await step(async ({ tx, record }) => {
        const replacements = weak.map(({ id, hash }, index) => ({ id, from: hash, to: made[index] ?? hash }));
        const done = await storedHashes.replace(tx, table, replacements);
        const details = table === 'accounts' ? { accounts: done, former: 0 } : { accounts: 0, former: done };
        if (done > 0) await record({ type: 'password_hashes.wrapped', details });
        return done;
      });
      onProgress?.(wrapped);
    }
    if (rows.length < BATCH) return { wrapped, unreadable };
    last = rows.at(-1)?.id;
  }
}

/** Undefined for what nobody can verify. */
function isWeakText(stored: string): boolean | undefined {
  try {
    const hash = parsePasswordHash(stored);
    if (!isWeak(hash)) return false;
    readImported(stored);
    return true;
  } catch (error) {
    if (error instanceof GatehouseError) return undefined;
    throw error;
  }
}
