import { createPrivateKey, createPublicKey, type KeyObject, sign, verify } from 'node:crypto';
import type { JWK } from 'jose';
import { ExternalSigningKey } from 'oidc-provider';
import type { SigningAlgorithm } from '../domain/keys/policy.ts';

/**
 * A signing key that signs in place. The provider's own way goes through WebCrypto and libuv's thread pool, which
 * argon2id fills while people sign in: tokens of services would queue behind password hashes. A synchronous signature
 * holds the event loop for well under a millisecond.
 */
export class InPlaceSigningKey extends ExternalSigningKey {
  readonly #publicKey: KeyObject;
  readonly #privateKey: KeyObject;
  readonly #algorithm: SigningAlgorithm;
  readonly #kid: string;

  constructor(kid: string, algorithm: SigningAlgorithm, privateJwk: JWK) {
    super();
    this.#privateKey = createPrivateKey({ key: privateJwk, format: 'jwk' });
    this.#publicKey = createPublicKey(this.#privateKey);
    this.#algorithm = algorithm;
    this.#kid = kid;
  }

  override get kid(): string {
    return this.#kid;
  }

  /** Selection prefers a key that names its algorithm over the order of the set, so every key does. */
  override get alg(): SigningAlgorithm {
    return this.#algorithm;
  }

  override keyObject(): KeyObject {
    return this.#publicKey;
  }

  override async sign(data: Uint8Array): Promise<Uint8Array> {
    // Ed25519 brings its own digest.
    const signature = sign(this.#algorithm === 'EdDSA' ? null : 'sha256', data, this.#privateKey);
    return this.#algorithm === 'ES256' ? sideBySide(signature) : signature;
  }

  /** Whether this key has made the signature (RFC 7515, section 5.2), looked at in place as well. */
  verify(data: Uint8Array, signature: Uint8Array): boolean {
    const digest = this.#algorithm === 'EdDSA' ? null : 'sha256';
    return verify(digest, data, { key: this.#publicKey, dsaEncoding: 'ieee-p1363' }, signature);
  }
}

const P256_BYTES = 32;

/**
 * JWS wants R and S side by side (RFC 7518, section 3.4); OpenSSL writes a DER sequence of two integers. Node.js would
 * convert, but takes as long for a key with options as for the signature itself.
 */
function sideBySide(der: Buffer): Buffer {
  const joined = Buffer.alloc(2 * P256_BYTES);
  let at = 2;
  for (const end of [P256_BYTES, 2 * P256_BYTES]) {
    const length = der.readUInt8(at + 1);
    const integer = der.subarray(at + 2, at + 2 + length);
    // A sign byte in front may go, and zeros that DER leaves out must come.
    const digits = integer.subarray(Math.max(0, length - P256_BYTES));
    digits.copy(joined, end - digits.length);
    at += 2 + length;
  }
  return joined;
}
