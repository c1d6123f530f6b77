import { createPublicKey, type JsonWebKey } from 'node:crypto';
import { nearestName } from '../../../kernel/nearest.ts';
import type { CompleteMembers } from '../members.ts';
import { CLIENT_ALGORITHMS } from '../policy.ts';
import type { MetadataRule } from './rule.ts';

/** The public keys of a client (RFC 7517). */

type Jwk = Readonly<Record<string, unknown>>;

/** Members that only whoever signs may have (RFC 7518, 6; RFC 8037, 2). */
const PRIVATE = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'priv'];
/** What a public key may have (RFC 7517, 4; RFC 7518, 6; the Web Cryptography API adds `ext`). */
const KNOWN = [
  ...['kty', 'use', 'key_ops', 'alg', 'kid', 'x5u', 'x5c', 'x5t', 'x5t#S256', 'crv', 'x', 'y', 'n', 'e'],
  ...['ext', 'iat', 'nbf', 'exp'],
];
const MIN_RSA_BITS = 2048;

const keysOf = ({ jwks }: CompleteMembers): readonly Jwk[] => jwks?.keys ?? [];

/** `keys[0]`, with its id where it has one: for a message, so nothing else of the key. */
const nameOf = (key: Jwk, index: number) =>
  typeof key.kid === 'string' ? `keys[${index}], kid ${key.kid.slice(0, 80)}` : `keys[${index}]`;

const named = (metadata: CompleteMembers, isBad: (key: Jwk) => boolean) =>
  keysOf(metadata).flatMap((key, index) => (isBad(key) ? [nameOf(key, index)] : []));

const isSymmetric = (key: Jwk) => key.kty === 'oct' || Object.hasOwn(key, 'k');
const isPrivate = (key: Jwk) => PRIVATE.some((member) => Object.hasOwn(key, member));

/** The algorithms of {@link CLIENT_ALGORITHMS} that fit the kind of the key. */
function fitting({ kty, crv }: Jwk): readonly string[] {
  if (kty === 'RSA') return ['RS256', 'PS256'];
  if (kty === 'EC' && crv === 'P-256') return ['ES256'];
  return kty === 'OKP' && crv === 'Ed25519' ? ['EdDSA'] : [];
}

/** With which algorithms an assertion that this key has signed is accepted; none for a key that is for something else. */
function verifiesWith(key: Jwk): readonly string[] {
  if (key.use !== undefined && key.use !== 'sig') return [];
  if (Array.isArray(key.key_ops) && !key.key_ops.includes('verify')) return [];
  return fitting(key).filter((algorithm) => key.alg === undefined || key.alg === algorithm);
}

/** Undefined where the numbers make no key. */
function bitsOf(key: Jwk): number | undefined {
  try {
    const { asymmetricKeyDetails } = createPublicKey({ key: key as JsonWebKey, format: 'jwk' });
    return asymmetricKeyDetails?.modulusLength ?? Number.POSITIVE_INFINITY;
  } catch {
    return undefined;
  }
}

const isJudged = (key: Jwk) => fitting(key).length > 0 && !isPrivate(key) && !isSymmetric(key);

export const KEY_RULES: readonly MetadataRule[] = [
  {
    id: 'symmetric-key',
    members: ['jwks'],
    refuses: 'a symmetric key in `jwks`',
    reason: 'is a symmetric key: whoever verifies with it could also sign; give public keys only',
    source: 'RFC 7591, 2; RFC 8725, 3.2',
    isBroken: (metadata) => named(metadata, isSymmetric),
  },
  {
    id: 'private-key',
    members: ['jwks'],
    refuses: 'a private key in `jwks`',
    reason:
      'holds the private half of the key: it is known now, so make another one, and give its public half only',
    source: 'RFC 7591, 2; RFC 7517, 9.2',
    isBroken: (metadata) => named(metadata, isPrivate),
  },
  {
    id: 'broken-key',
    members: ['jwks'],
    refuses: 'a key that is none, because something of it is missing or no number',
    reason: 'is no key: something of it is missing or malformed',
    source: 'RFC 7518, 6',
    isBroken: (metadata) => named(metadata, (key) => isJudged(key) && bitsOf(key) === undefined),
  },
  {
    id: 'short-key',
    members: ['jwks'],
    refuses: `an RSA key of less than ${MIN_RSA_BITS} bits`,
    reason: `has less than ${MIN_RSA_BITS} bits`,
    source: 'RFC 7518, 3.3',
    isBroken: (metadata) =>
      named(metadata, (key) => isJudged(key) && (bitsOf(key) ?? MIN_RSA_BITS) < MIN_RSA_BITS),
  },
  {
    id: 'weak-key-algorithm',
    members: ['jwks'],
    refuses: 'a key whose `alg` is `none`, symmetric, or does not fit it',
    reason: `has an alg that is not accepted for it; there are ${CLIENT_ALGORITHMS.join(', ')}`,
    source: 'RFC 8725, 3.1 and 3.2',
    isBroken: (metadata) =>
      named(
        metadata,
        (key) =>
          isJudged(key) &&
          key.use !== 'enc' &&
          key.alg !== undefined &&
          !fitting(key).includes(String(key.alg)),
      ),
  },
  {
    id: 'no-usable-key',
    members: ['jwks'],
    reads: ['token_endpoint_auth_signing_alg'],
    refuses:
      'no key in `jwks` that verifies with an accepted algorithm, or with `token_endpoint_auth_signing_alg`',
    reason: `has no key that verifies an assertion; one for ${CLIENT_ALGORITHMS.join(', ')} is needed, or for token_endpoint_auth_signing_alg where that is given`,
    source: 'OpenID Connect Core, 9 and 10.1',
    isBroken: (metadata) => {
      const { token_endpoint_auth_signing_alg: asked } = metadata;
      const algorithms = keysOf(metadata).flatMap(verifiesWith);
      return asked === undefined ? algorithms.length === 0 : !algorithms.includes(asked);
    },
  },
  {
    id: 'same-key-id',
    members: ['jwks'],
    refuses: 'two keys with one `kid`',
    reason: 'has the kid of an earlier key',
    source: 'RFC 7517, 4.5',
    isBroken: (metadata) => {
      const ids = keysOf(metadata).map(({ kid }) => kid);
      return keysOf(metadata).flatMap((key, index) =>
        key.kid !== undefined && ids.indexOf(key.kid) < index ? [nameOf(key, index)] : [],
      );
    },
  },
  {
    id: 'misspelt-key-member',
    members: ['jwks'],
    refuses: 'a member of a key that looks like a misspelt one',
    reason: 'is a member that keys do not have',
    source: 'RFC 7517, 4',
    known: () => KNOWN,
    isBroken: (metadata) => keysOf(metadata).flatMap((key) => Object.keys(key).filter(isMisspelt)),
  },
];

/** RFC 7517 (4) has members that are not understood ignored; one that is nearly a known one was meant to be that. */
function isMisspelt(member: string): boolean {
  return (
    member.length > 1 &&
    ![...KNOWN, ...PRIVATE, 'k'].includes(member) &&
    nearestName(member, KNOWN) !== undefined
  );
}
