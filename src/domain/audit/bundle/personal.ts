import { fromBase64, toBase64 } from '../tree/encoding.ts';
import type { Sha256 } from '../tree/hashing.ts';
import type { Leaf } from '../tree/leaf.ts';
import type { PersonalValue } from './format.ts';
import { isMembers } from './shape.ts';

/** Personal values: the leaf has the digest of each, the bundle salt and value beside it, unless they were erased. */

export interface PersonalCheck {
  /** Digests in the leaf. */
  readonly digests: number;
  /** Of which nothing stands beside the leaf. */
  readonly erased: number;
  /** The first path whose salt and value do not give the digest, or that has none in the leaf. */
  readonly wrong: string | undefined;
}

const NOTHING: PersonalCheck = { digests: 0, erased: 0, wrong: undefined };

const encoder = new TextEncoder();

export function checkPersonal(
  sha256: Sha256,
  leaf: Leaf,
  text: string,
  personal: Readonly<Record<string, PersonalValue>> = {},
): PersonalCheck {
  const given = Object.keys(personal);
  // Most events have none, and need not be walked.
  if (given.length === 0 && !text.includes('"sha256":"')) return NOTHING;
  const digests = new Map(digestsIn(leaf.details, ''));
  const wrong = given.find((path) => digests.get(path) !== digestOf(sha256, personal[path] as PersonalValue));
  return {
    digests: digests.size,
    erased: [...digests.keys()].filter((path) => !Object.hasOwn(personal, path)).length,
    wrong,
  };
}

/** SHA-256(salt ‖ UTF-8 of the value) as base64url without padding; undefined where the salt is none. */
export function digestOf(sha256: Sha256, { salt, value }: PersonalValue): string | undefined {
  const bytes = fromBase64(salt);
  if (bytes === undefined || bytes.length !== 16 || !value.isWellFormed()) return undefined;
  const text = encoder.encode(value);
  const message = new Uint8Array(bytes.length + text.length);
  message.set(bytes);
  message.set(text, bytes.length);
  return toBase64(sha256(message)).replaceAll('+', '-').replaceAll('/', '_').replace('=', '');
}

/** Every digest in details, by JSON pointer (RFC 6901). */
function* digestsIn(value: unknown, path: string): Generator<[path: string, digest: string]> {
  if (typeof value !== 'object' || value === null) return;
  const members = Object.entries(value);
  const [name, digest] = members[0] ?? [];
  if (isMembers(value) && members.length === 1 && name === 'sha256' && isDigest(digest)) {
    yield [path, digest];
    return;
  }
  for (const [key, each] of members) {
    yield* digestsIn(each, `${path}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`);
  }
}

const isDigest = (value: unknown): value is string =>
  typeof value === 'string' && /^[A-Za-z0-9_-]{43}$/.test(value);
