import { sha256 } from '../../kernel/crypto.ts';
import type { Randomness } from '../../kernel/ids.ts';
import { toStorable } from '../../kernel/text.ts';
import { Personal } from './personal.ts';

/** A personal value of an event, as `audit_personal` takes it. */
export interface PersonalRow {
  /** A JSON pointer (RFC 6901) into the details. */
  readonly path: string;
  /** In PostgreSQL's form of `bytea`. */
  readonly salt: string;
  readonly value: string;
}

export interface StampedDetails {
  /** Canonical JSON, with digests in the place of personal values. */
  readonly text: string;
  readonly personal: readonly PersonalRow[];
}

const SALT_BYTES = 16;

/**
 * Details made fit to be stored and proven: text that PostgreSQL takes, personal values as digests, no fractions, which not every
 * verifier would write alike. Throws where they are none. Written as RFC 8785 says in the same walk: every event pays for it.
 */
export function stampDetails(details: object, random: Randomness): StampedDetails {
  const personal: PersonalRow[] = [];

  function digestOf({ value }: Personal, path: string): string {
    const salt = random.bytes(SALT_BYTES);
    const text = toStorable(value);
    personal.push({ path, salt: `\\x${salt.toString('hex')}`, value: text });
    return `{"sha256":"${sha256(Buffer.concat([salt, Buffer.from(text)])).toString('base64url')}"}`;
  }

  function objectText(value: object, path: string): string {
    let text = '';
    const named = value as Readonly<Record<string, unknown>>;
    const places = Object.keys(named).map((name) => ({ stored: toStorable(name), name }));
    for (const { stored, name } of places.sort(byStored)) {
      if (named[name] === undefined) continue;
      const inner = textOf(named[name], `${path}/${pointerPart(stored)}`);
      text += `${text === '' ? '' : ','}${JSON.stringify(stored)}:${inner}`;
    }
    return `{${text}}`;
  }

  function textOf(value: unknown, path: string): string {
    if (typeof value === 'string') return JSON.stringify(toStorable(value));
    if (Number.isSafeInteger(value) || typeof value === 'boolean' || value === null)
      return JSON.stringify(value);
    if (value instanceof Personal) return digestOf(value, path);
    if (Array.isArray(value))
      return `[${value.map((inner, index) => textOf(inner, `${path}/${index}`)).join(',')}]`;
    if (typeof value === 'object') return objectText(value as object, path);
    throw new Error(
      `audit details${path}: expected text, an integer within ±2^53, true, false, null, a list or an object`,
    );
  }

  return { text: textOf(details, ''), personal };
}

/** By code units of UTF-16, as RFC 8785 (section 3.2.3) says and `<` compares. */
const byStored = (one: { stored: string }, other: { stored: string }) => (one.stored < other.stored ? -1 : 1);

const pointerPart = (name: string): string =>
  name.includes('~') || name.includes('/') ? name.replaceAll('~', '~0').replaceAll('/', '~1') : name;
