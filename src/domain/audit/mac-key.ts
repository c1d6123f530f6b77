import { openSealedKey, type SealedKeyDependencies } from '../../storage/sealed-keys.ts';

/**
 * The key of the MACs of the audit trail; made, and sealed, where there is none yet. Throws `unknown_encryption_key` or
 * `sealed_value_invalid` where it cannot be opened. No event tells that it was made: there is nothing that could prove that event.
 */
export const openMacKey = (deps: SealedKeyDependencies): Promise<Buffer> =>
  openSealedKey(deps, {
    name: 'audit-mac',
    purpose: 'the key by which events of the audit trail are proven',
    make: async () => deps.random.bytes(32),
    onMade: async () => undefined,
  });
