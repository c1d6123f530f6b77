import type { SigningAlgorithm } from '../../src/domain/keys/policy.ts';
import { generateJwk, type JwkPair } from '../../src/domain/keys/store.ts';

/** Far more than the servers, and the keys of one server, that any test has at the same time: those are never the same. */
const DIFFERENT = 24;
const pairs: Promise<JwkPair>[] = [];
let made = 0;

/**
 * Makes a signing key of a server under test. RSA keys, each of which takes a tenth of a second of computing, are used again by later
 * servers of this process, in turn.
 */
export function makeSigningKey(algorithm: SigningAlgorithm): Promise<JwkPair> {
  if (algorithm !== 'RS256') return generateJwk(algorithm);
  const place = made % DIFFERENT;
  made += 1;
  const pair = pairs[place] ?? generateJwk(algorithm);
  pairs[place] = pair;
  return pair;
}
