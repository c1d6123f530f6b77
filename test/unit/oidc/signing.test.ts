import { generateKeyPairSync } from 'node:crypto';
import { expect } from 'chai';
import { CompactSign, compactVerify, type JWK } from 'jose';
import type { SigningAlgorithm } from '../../../src/domain/keys/policy.ts';
import { InPlaceSigningKey } from '../../../src/oidc/signing.ts';

const PAIRS = {
  RS256: () => generateKeyPairSync('rsa', { modulusLength: 2048 }),
  ES256: () => generateKeyPairSync('ec', { namedCurve: 'P-256' }),
  EdDSA: () => generateKeyPairSync('ed25519'),
} satisfies Record<SigningAlgorithm, () => unknown>;

describe('signing in place', () => {
  for (const algorithm of Object.keys(PAIRS) as SigningAlgorithm[]) {
    it(`makes ${algorithm} signatures that jose accepts, whatever their numbers`, async () => {
      const { privateKey, publicKey } = PAIRS[algorithm]();
      const key = new InPlaceSigningKey('kid', algorithm, privateKey.export({ format: 'jwk' }) as JWK);
      const header = Buffer.from(JSON.stringify({ alg: algorithm })).toString('base64url');
      // One number in 256 is shorter by a byte, and every other one longer by its sign.
      for (let times = 0; times < (algorithm === 'ES256' ? 2_000 : 5); times += 1) {
        const payload = Buffer.from(`text ${times}`).toString('base64url');
        const signature = await key.sign(Buffer.from(`${header}.${payload}`));
        const { payload: verified } = await compactVerify(
          `${header}.${payload}.${Buffer.from(signature).toString('base64url')}`,
          publicKey,
        );
        expect(Buffer.from(verified).toString()).to.equal(`text ${times}`);
      }
    });
  }

  it('is told apart from a signature of another key', async () => {
    const { publicKey } = PAIRS.ES256();
    const jws = await new CompactSign(Buffer.from('text'))
      .setProtectedHeader({ alg: 'ES256' })
      .sign(PAIRS.ES256().privateKey);
    const error = await compactVerify(jws, publicKey).catch((reason: Error) => reason);
    expect(error).to.be.an('error');
  });
});
