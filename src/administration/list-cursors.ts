import type { z } from 'zod';
import { deriveKey, type Keyring, seal, sha256, unseal } from '../kernel/crypto.ts';
import { GatehouseError } from '../kernel/errors.ts';
import type { Randomness } from '../kernel/ids.ts';
import { InvalidInput } from './admission.ts';

/**
 * Lists in pages, by keyset: a cursor says after which row the next page begins, so that nothing is skipped or told twice while
 * rows come and go. It is sealed (AES-256-GCM): nobody can read what it holds, which may be an address, nor make one, nor use
 * it for another list than the one that it was given with.
 */
export interface Cursors {
  /** A cursor to the rows behind `place`, the values by which the list is ordered. */
  issue(place: unknown, list: ListIdentity): string;
  /**
   * The place in a cursor. Throws `cursor_invalid` (400) for one that was altered, is of another list, or was sealed with a key
   * that is no longer configured.
   */
  read<Place extends z.ZodType>(cursor: string, place: Place, list: ListIdentity): z.output<Place>;
}

/** What a cursor is bound to. */
export interface ListIdentity {
  readonly list: string;
  /** Who reads it. */
  readonly reader: string;
  /** The filter and the order: everything in the query but the cursor itself and the size of the page. */
  readonly query: Readonly<Record<string, unknown>>;
}

/** The longest cursor, in characters. */
export const LONGEST_CURSOR = 2_048;
const PURPOSE = 'list-cursor';

export function createCursors({ keyring, random }: { keyring: Keyring; random: Randomness }): Cursors {
  // Keys of their own: programs may turn over more pages than one key should seal stored secrets (NIST SP 800-38D, 8.3).
  const keys: Keyring = {
    current: keyring.current,
    keys: new Map([...keyring.keys].map(([id, key]) => [id, deriveKey(key, PURPOSE)])),
  };
  return {
    issue: (place, list) => seal(keys, random, contextOf(list), JSON.stringify(place)),
    read(cursor, place, list) {
      const parsed = place.safeParse(open(cursor, list));
      if (!parsed.success) throw invalidCursor(parsed.error);
      return parsed.data;
    },
  };

  function open(cursor: string, list: ListIdentity): unknown {
    if (cursor.length > LONGEST_CURSOR) throw invalidCursor();
    try {
      return JSON.parse(unseal(keys, contextOf(list), cursor).toString());
    } catch (cause) {
      if (!(cause instanceof GatehouseError)) throw cause;
      throw invalidCursor(cause);
    }
  }
}

const invalidCursor = (cause?: unknown) =>
  new InvalidInput(
    ['cursor: is none of this list; begin with the first page'],
    [{ path: ['cursor'], words: 'is none of this list; begin with the first page' }],
    { code: 'cursor_invalid', cause },
  );

function contextOf({ list, reader, query }: ListIdentity): string {
  const { cursor: _cursor, limit: _limit, ...rest } = query;
  const text = JSON.stringify([list, reader, canonical(rest)]);
  return `${PURPOSE} ${sha256(text).toString('base64url')}`;
}

/** The same for objects that differ only in the order of their members; a member that is undefined is none. */
function canonical(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(canonical);
  if (typeof value !== 'object' || value === null || value instanceof Date) return value;
  return Object.entries(value)
    .filter(([, inner]) => inner !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, inner]) => [name, canonical(inner)]);
}
