import type { PasswordHasher } from './hasher.ts';
import type { StandIns } from './stand-in-store.ts';

/**
 * The same hasher, which verifies a stand-in of the identifier where there is nothing to compare a password with. The stand-in
 * is looked up for every identifier, so that nothing depends on whether it is used.
 */
export const withStandIns = (hasher: PasswordHasher, standIns: Pick<StandIns, 'of'>): PasswordHasher => ({
  implementation: hasher.implementation,
  get waiting() {
    return hasher.waiting;
  },
  hash: (password, options) => hasher.hash(password, options),
  verify(stored, password, { identifier, ...options } = {}) {
    const chosen = identifier === undefined ? undefined : standIns.of(identifier);
    return hasher.verify(stored, password, { ...options, standIns: [...(options.standIns ?? []), chosen] });
  },
  close: () => hasher.close(),
});
