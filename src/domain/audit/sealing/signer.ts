import { createPrivateKey, createPublicKey, sign } from 'node:crypto';
import { NODE_CRYPTOGRAPHY } from '../node-cryptography.ts';
import { type NoteSigner, verifierKey } from '../tree/note.ts';

/** DER of an Ed25519 private key up to its 32 bytes (RFC 8410, section 7). */
const PKCS8_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex');

export const SEED_BYTES = 32;

/** Signs notes under this name with the Ed25519 key of 32 secret bytes (RFC 8032, section 5.1.5). */
export function noteSigner(name: string, seed: Buffer): NoteSigner {
  const key = createPrivateKey({ key: Buffer.concat([PKCS8_PREFIX, seed]), format: 'der', type: 'pkcs8' });
  const { x = '' } = createPublicKey(key).export({ format: 'jwk' });
  const verifier = verifierKey(NODE_CRYPTOGRAPHY.sha256, name, Buffer.from(x, 'base64url'));
  return { ...verifier, sign: (message) => sign(null, message, key) };
}
