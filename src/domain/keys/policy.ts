/**
 * Keys: what tokens are signed with. This folder owns the keys' life (published, then active, then retiring) and how they
 * are kept; signing itself is the protocol's business.
 *
 * The life is a matter of time alone: a key is published before it signs and stays published until the last token that
 * it signed is dead. So nodes need not agree on anything but the clock, and none can sign with a key that the others do
 * not publish yet.
 */
export const SIGNING_ALGORITHMS = ['RS256', 'ES256', 'EdDSA'] as const;
export type SigningAlgorithm = (typeof SIGNING_ALGORITHMS)[number];

export interface KeyLife {
  readonly algorithm: SigningAlgorithm;
  readonly activatesAt: Date;
  /** Set when a successor is published: from then on the key is in no JWKS. */
  readonly retiresAt: Date | undefined;
}

export const KEY_PHASES = ['published', 'active', 'retiring', 'retired'] as const;
export type KeyPhase = (typeof KEY_PHASES)[number];

/**
 * How long a key stays published after its successor took over, in seconds: the longest life of a token (a day, the
 * bound of every token setting) and half a day for ID tokens that come back as `id_token_hint`.
 */
export const RETIREMENT_SECONDS = 129_600;

/** The newest key of each algorithm whose time has come signs; older ones only verify. */
export function phaseOf<Key extends KeyLife>(key: Key, keys: readonly Key[], now: Date): KeyPhase {
  if (key.retiresAt !== undefined && key.retiresAt <= now) return 'retired';
  if (key.activatesAt > now) return 'published';
  return signingKey(keys, key.algorithm, now) === key ? 'active' : 'retiring';
}

export function signingKey<Key extends KeyLife>(
  keys: readonly Key[],
  algorithm: SigningAlgorithm,
  now: Date,
): Key | undefined {
  return keys
    .filter((key) => key.algorithm === algorithm && key.activatesAt <= now)
    .filter((key) => key.retiresAt === undefined || key.retiresAt > now)
    .reduce<Key | undefined>(
      (newest, key) => (newest === undefined || key.activatesAt > newest.activatesAt ? key : newest),
      undefined,
    );
}

/** What is published, those that sign first: a verifier or signer that takes the first match takes the right one. */
export function publishedKeys<Key extends KeyLife>(keys: readonly Key[], now: Date): Key[] {
  const rank = (key: Key) => ({ active: 0, published: 1, retiring: 2, retired: 3 })[phaseOf(key, keys, now)];
  return keys.filter((key) => rank(key) < 3).sort((a, b) => rank(a) - rank(b));
}

/** When the next key changes its phase, if any: the moment to load again. */
export function nextChange(keys: readonly KeyLife[], now: Date): Date | undefined {
  const times = keys
    .flatMap(({ activatesAt, retiresAt }) => [activatesAt, ...(retiresAt === undefined ? [] : [retiresAt])])
    .filter((time) => time > now)
    .sort((a, b) => a.getTime() - b.getTime());
  return times[0];
}
