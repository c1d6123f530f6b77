import { openCheckpoint, type SignedCheckpoint } from '../tree/checkpoint.ts';
import { fromHex } from '../tree/encoding.ts';
import { type TreeHash, treeHash } from '../tree/hashing.ts';
import { leafBytes } from '../tree/leaf.ts';
import { type NoteCryptography, parseVkey, sameKey, type VerifierKey } from '../tree/note.ts';
import { verifyInclusion } from '../tree/proofs.ts';
import type { BundleKey } from './format.ts';
import type { Finding } from './report.ts';

export interface JudgedCheckpoint extends SignedCheckpoint {
  /** By the key that whoever verifies has, or one that follows it. */
  readonly trusted: boolean;
}

/**
 * The keys of a trail. Whoever verifies has one of them, from elsewhere. From it on, each change is an event that the key before
 * has signed: what follows a trusted key is trusted. What came before it is accepted for older checkpoints, and never for the newest.
 */
export interface KeyChain {
  /** Whether any key is trusted; without one, no checkpoint is. */
  readonly trusting: boolean;
  readonly keys: readonly VerifierKey[];
  readonly findings: readonly Finding[];
  /** Checkpoint of a note that one of the keys has signed while it was the one that signs. */
  open(note: string): JudgedCheckpoint | undefined;
}

export const EVENT_KEY_CHANGED = 'audit.key_changed';

export function createKeyChain(
  cryptography: NoteCryptography,
  listed: readonly BundleKey[],
  given: readonly VerifierKey[],
): KeyChain {
  const { keys, handedOver, findings: changes } = followed(cryptography, listed);
  const trustedFrom = keys.findIndex((key) => given.some((each) => sameKey(each, key)));
  const findings: readonly Finding[] = trustedFrom < 0 ? [...changes, { kind: 'unknown_key' }] : changes;
  return {
    keys,
    findings,
    trusting: trustedFrom >= 0,
    open(note) {
      // Without a key that is trusted, nothing is.
      if (trustedFrom < 0) return undefined;
      const checkpoint = openCheckpoint(cryptography, note, keys);
      if (checkpoint === undefined) return undefined;
      const place = keys.findIndex((key) => sameKey(key, checkpoint.key));
      if (checkpoint.size > (handedOver[place] ?? Number.POSITIVE_INFINITY)) return undefined;
      return { ...checkpoint, trusted: place >= trustedFrom };
    },
  };
}

/** The keys as far as each follows the one before, and the size of the tree at which each has handed over: it signs no larger one. */
function followed(cryptography: NoteCryptography, listed: readonly BundleKey[]) {
  const hash = treeHash(cryptography.sha256);
  const findings: Finding[] = [];
  const keys: VerifierKey[] = [];
  const handedOver: number[] = [];
  for (const [place, entry] of listed.entries()) {
    const key = parseVkey(cryptography.sha256, entry.verifier);
    const before = keys.at(-1);
    const change = place === 0 ? 0 : key && before && changeSize(cryptography, hash, entry, before);
    if (key === undefined || change === undefined) {
      findings.push({ kind: 'key_change', verifier: entry.verifier });
      break;
    }
    if (place > 0) handedOver.push(change);
    keys.push(key);
  }
  return { keys, handedOver, findings };
}

/** Size of the tree in which the key before has signed that this one follows; undefined where it has not. */
function changeSize(
  cryptography: NoteCryptography,
  hash: TreeHash,
  { verifier, change }: BundleKey,
  before: VerifierKey,
): number | undefined {
  if (change === undefined) return undefined;
  const { leaf, index, path } = change;
  const { from, to } = leaf.details as { from?: unknown; to?: unknown };
  const named = typeof from === 'string' ? parseVkey(cryptography.sha256, from) : undefined;
  // What was written past Gatehouse names no key, sealed or not.
  if (leaf.type !== EVENT_KEY_CHANGED || leaf.mac !== 'valid') return undefined;
  if (to !== verifier || named === undefined || !sameKey(named, before)) return undefined;
  const checkpoint = openCheckpoint(cryptography, change.checkpoint, [before]);
  const proof = path.map(fromHex);
  if (checkpoint === undefined || proof.includes(undefined)) return undefined;
  const { size, root } = checkpoint;
  const claim = { index, size, leafHash: hash.leaf(leafBytes(leaf)), root };
  return verifyInclusion(hash, claim, proof as Uint8Array[]) ? size : undefined;
}
