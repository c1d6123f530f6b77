import { createPrivateKey, createPublicKey, type KeyObject, sign } from 'node:crypto';
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
    // JWS wants R and S side by side (RFC 7518, section 3.4), not DER. Ed25519 brings its own digest.
    if (this.#algorithm === 'ES256')
      return sign('sha256', data, { key: this.#privateKey, dsaEncoding: 'ieee-p1363' });
    return sign(this.#algorithm === 'EdDSA' ? null : 'sha256', data, this.#privateKey);
  }
}
