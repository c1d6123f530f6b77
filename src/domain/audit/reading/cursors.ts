import { z } from 'zod';
import { deriveKey, type Keyring, seal, sha256, unseal } from '../../../kernel/crypto.ts';
import { badRequest, GatehouseError } from '../../../kernel/errors.ts';
import type { Randomness } from '../../../kernel/ids.ts';
import type { AuditFilters } from './filters.ts';

/** Where a reading of the trail goes on. */
export const placeSchema = z.discriminatedUnion('toward', [
  /** Behind this event, toward older ones. `micros`: microseconds since the epoch, which is more than a `Date` holds. */
  z.strictObject({
    toward: z.literal('older'),
    micros: z.string().regex(/^-?(\d{1,19}|infinity)$/),
    id: z.uuid(),
  }),
  /** Behind this event, toward newer ones, in the causal order: by transaction, within one by the id of the event. */
  z.strictObject({ toward: z.literal('newer'), xid: z.string().regex(/^\d{1,20}$/), id: z.uuid() }),
]);

export type Place = z.output<typeof placeSchema>;
export type PlaceToward<Direction extends Place['toward']> = Extract<Place, { toward: Direction }>;

/** What a cursor is bound to: it goes on with one query, by whoever has asked it. */
export interface Asked {
  /** Who reads, e.g. `person 0190…`. */
  readonly reader: string;
  readonly filters: AuditFilters;
}

/**
 * Cursors of the trail. They are sealed (AES-256-GCM): nobody can read one, make one, or use it with other filters or as somebody
 * else. That also keeps the record of who has read what true, which has one event a query and none for its further pages.
 */
export interface AuditCursors {
  issue(place: Place, asked: Asked): string;
  /** Throws `cursor_invalid` (400) for one that was altered, is of another query or reader, or is older than a day. */
  read<Direction extends Place['toward']>(
    cursor: string,
    toward: Direction,
    asked: Asked,
  ): PlaceToward<Direction>;
}

const PURPOSE = 'audit-cursor';
/** Whoever goes on later than this asks again, and that is told in the trail again. */
const LASTS_MS = 86_400_000;
const LONGEST = 1_024;

const sealed = z.strictObject({ place: placeSchema, issued: z.number() });

export function createAuditCursors(deps: {
  readonly keyring: Keyring;
  readonly random: Randomness;
  readonly now: () => Date;
}): AuditCursors {
  const { keyring, random, now } = deps;
  // Keys of their own: programs may turn over more pages than one key should seal stored secrets (NIST SP 800-38D, 8.3).
  const keys: Keyring = {
    current: keyring.current,
    keys: new Map([...keyring.keys].map(([id, key]) => [id, deriveKey(key, PURPOSE)])),
  };

  function open(cursor: string, asked: Asked): unknown {
    if (cursor.length > LONGEST) throw invalid();
    try {
      return JSON.parse(unseal(keys, contextOf(asked), cursor).toString());
    } catch (cause) {
      if (!(cause instanceof GatehouseError)) throw cause;
      throw invalid(cause);
    }
  }

  return {
    issue: (place, asked) =>
      seal(keys, random, contextOf(asked), JSON.stringify({ place, issued: now().getTime() })),
    read(cursor, toward, asked) {
      const parsed = sealed.safeParse(open(cursor, asked));
      if (!parsed.success) throw invalid(parsed.error);
      const { place, issued } = parsed.data;
      if (place.toward !== toward || now().getTime() - issued > LASTS_MS) throw invalid();
      return place as PlaceToward<typeof toward>;
    },
  };
}

const invalid = (cause?: unknown) =>
  badRequest(
    'cursor_invalid',
    'The cursor is none of this query, or is older than a day. Begin with the first page.',
    cause,
  );

function contextOf({ reader, filters }: Asked): string {
  const said = Object.entries(filters)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => [name, value instanceof Date ? value.toISOString() : value] as const)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return `${PURPOSE} ${sha256(JSON.stringify([reader, said])).toString('base64url')}`;
}
