import { createPublicKey, hash, verify } from 'node:crypto';
import { treeHash } from './tree/hashing.ts';
import type { NoteCryptography } from './tree/note.ts';

/** DER of an Ed25519 public key up to its 32 bytes (RFC 8410, section 4). */
const SPKI_PREFIX = Buffer.from('302a300506032b6570032100', 'hex');

/** SHA-256 and Ed25519 of Node.js, for the pure functions in `tree`. */
export const NODE_CRYPTOGRAPHY: NoteCryptography = {
  sha256: (bytes) => hash('sha256', bytes, 'buffer'),
  verifyEd25519(publicKey, message, signature) {
    const key = createPublicKey({
      key: Buffer.concat([SPKI_PREFIX, publicKey]),
      format: 'der',
      type: 'spki',
    });
    return verify(null, message, key, signature);
  },
};

/** The tree's hashes by Node.js. */
export const NODE_TREE_HASH = treeHash(NODE_CRYPTOGRAPHY.sha256);
