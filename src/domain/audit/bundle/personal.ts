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
  const digests = countOf(leaf.details);
  const right = given.filter((path) => digestAt(leaf.details, path) !== undefined);
  const wrong = given.find((path) => {
    const digest = digestOf(sha256, personal[path] as PersonalValue);
    return digest === undefined || digestAt(leaf.details, path) !== digest;
  });
  return { digests, erased: digests - right.length, wrong };
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

/** The digest that a value is, an object with nothing but that; undefined where it is none. */
function digestIn(value: unknown): string | undefined {
  if (!isMembers(value) || !isDigest(value.sha256)) return undefined;
  return Object.keys(value).length === 1 ? value.sha256 : undefined;
}

/** How many digests are in details. Whoever made them may have put things into each other as deep as they like. */
function countOf(details: unknown): number {
  let count = 0;
  const waiting = [details];
  while (waiting.length > 0) {
    const value = waiting.pop();
    if (digestIn(value) !== undefined) count++;
    else if (typeof value === 'object' && value !== null)
      for (const each of Object.values(value)) waiting.push(each);
  }
  return count;
}

/** The digest at a JSON pointer (RFC 6901); undefined where none is there, or the pointer is not the one way to write it. */
function digestAt(details: unknown, path: string): string | undefined {
  const [root, ...names] = path.split('/');
  let value = details;
  for (const escaped of names) {
    const name = escaped.replaceAll('~1', '/').replaceAll('~0', '~');
    if (name.replaceAll('~', '~0').replaceAll('/', '~1') !== escaped) return undefined;
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined;
    value = (value as Readonly<Record<string, unknown>>)[name];
  }
  return root === '' ? digestIn(value) : undefined;
}

const isDigest = (value: unknown): value is string =>
  typeof value === 'string' && /^[A-Za-z0-9_-]{43}$/.test(value);
