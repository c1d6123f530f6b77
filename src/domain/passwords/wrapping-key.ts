import type { Executor } from '../../storage/database.ts';
import { openSealedKey, type SealedKeyDependencies } from '../../storage/sealed-keys.ts';

/**
 * The wrapping key: outputs of weak algorithms go through it before argon2id (`wrapping.ts`). Random, made by the first start,
 * sealed under `ENCRYPTION_KEYS`, and never changed: with another one no wrapped password would match, and nobody could wrap the
 * hashes anew, because what is inside is not kept.
 */
export const openWrappingKey = (
  deps: SealedKeyDependencies & {
    /** Tells the audit trail that it was made, in the transaction. */
    readonly onMade: (tx: Executor) => Promise<void>;
  },
): Promise<Buffer> =>
  openSealedKey(deps, {
    name: 'password-wrapping',
    purpose: 'the key through which imported password hashes were wrapped',
    make: async () => deps.random.bytes(32),
    onMade: deps.onMade,
  });
