import { z } from 'zod';
import { deriveKey, type Keyring, seal, sha256, unseal } from '../../kernel/crypto.ts';
import { GatehouseError } from '../../kernel/errors.ts';
import type { Randomness } from '../../kernel/ids.ts';
import { InvalidRequest } from './problems.ts';

/**
 * Lists in pages, by keyset: a cursor says after which row the next page begins, so that nothing is skipped or told twice while
 * rows come and go. It is sealed (AES-256-GCM): nobody can read what it holds, which may be an address, nor make one, nor use
 * it for another list than the one that it was given with.
 */
export interface Cursors {
  /** A cursor to the rows behind `place`, the values by which the list is ordered. */
  issue(place: unknown, list: ListIdentity): string;
  /**
   * The place in a cursor. Throws `invalid_cursor` (400) for one that was altered, is of another list, or was sealed with a key
   * that is no longer configured.
   */
  read<Place extends z.ZodType>(cursor: string, place: Place, list: ListIdentity): z.output<Place>;
}

/** What a cursor is bound to. */
export interface ListIdentity {
  readonly path: string;
  /** Who reads it. */
  readonly caller: readonly (string | undefined)[];
  /** The filter and the order: everything in the query but the cursor itself and the size of the page. */
  readonly query: Readonly<Record<string, unknown>>;
}

const LONGEST = 2_048;
const PURPOSE = 'api-cursor';

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
    if (cursor.length > LONGEST) throw invalidCursor();
    try {
      return JSON.parse(unseal(keys, contextOf(list), cursor).toString());
    } catch (cause) {
      if (!(cause instanceof GatehouseError)) throw cause;
      throw invalidCursor(cause);
    }
  }
}

const invalidCursor = (cause?: unknown) =>
  new InvalidRequest(
    'invalid_cursor',
    'The cursor is none of this list. Begin with the first page.',
    [{ parameter: 'cursor', detail: 'was not given with this list' }],
    cause,
  );

function contextOf({ path, caller, query }: ListIdentity): string {
  const { cursor: _cursor, limit: _limit, ...rest } = query;
  const text = JSON.stringify([path, caller.map((each) => each ?? null), canonical(rest)]);
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

/** The parameters of every list: `cursor`, and `limit`, the size of a page. */
export function pageParameters({ usual = 50, most = 200 } = {}) {
  const words = `must be a whole number from 1 to ${most}`;
  return {
    cursor: z.string().max(LONGEST).optional(),
    limit: z
      .string(words)
      .regex(/^[1-9]\d{0,5}$/u, words)
      .transform(Number)
      .refine((limit) => limit <= most, words)
      .default(usual),
  };
}

/** A page as programs get it; without `next_cursor` it is the last. */
export const pageSchema = <Item extends z.ZodType>(item: Item) =>
  z.object({ items: z.array(item), next_cursor: z.string().optional() });

/** Makes a page of rows of which one more than `limit` was asked for, which tells whether there is another page. */
export function pageOf<Row>(
  rows: readonly Row[],
  limit: number,
  cursorAfter: (last: Row) => string,
): { items: Row[]; next_cursor?: string } {
  const items = rows.slice(0, limit);
  const last = items.at(-1);
  return rows.length <= limit || last === undefined ? { items } : { items, next_cursor: cursorAfter(last) };
}
