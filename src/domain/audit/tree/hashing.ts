/**
 * Hashes of the Merkle tree over the audit trail (RFC 9162, section 2.1.1, with SHA-256: the hashing of RFC 6962). The files of
 * this folder are pure and run in a browser too: they import nothing of Node.js, and are given SHA-256 and Ed25519.
 */

export type Sha256 = (bytes: Uint8Array) => Uint8Array;

export const HASH_BYTES = 32;

export interface TreeHash {
  /** SHA-256(0x00 ‖ bytes of the leaf). */
  leaf(bytes: Uint8Array): Uint8Array;
  /** SHA-256(0x01 ‖ left ‖ right). */
  node(left: Uint8Array, right: Uint8Array): Uint8Array;
  /** Root of the tree without leaves: SHA-256 of nothing. */
  empty(): Uint8Array;
}

export const treeHash = (sha256: Sha256): TreeHash => ({
  leaf(bytes) {
    const message = new Uint8Array(1 + bytes.length);
    message.set(bytes, 1);
    return sha256(message);
  },
  node(left, right) {
    const message = new Uint8Array(1 + left.length + right.length);
    message[0] = 1;
    message.set(left, 1);
    message.set(right, 1 + left.length);
    return sha256(message);
  },
  empty: () => sha256(new Uint8Array(0)),
});

/** Whether two hashes are the same. Hashes of the tree are public: the time it takes tells nothing. */
export const sameBytes = (one: Uint8Array, other: Uint8Array): boolean =>
  one.length === other.length && one.every((byte, index) => byte === other[index]);
