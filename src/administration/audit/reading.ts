import { z } from 'zod';
import { type Asked, type AuditCursors, placeSchema } from '../../domain/audit/reading/cursors.ts';
import type { AuditFilters } from '../../domain/audit/reading/filters.ts';
import { type AuditReader, NIL_ID } from '../../domain/audit/reading/reader-store.ts';
import { notFound } from '../../kernel/errors.ts';
import { isUuid } from '../../kernel/ids.ts';
import { ROWS } from '../about.ts';
import { EVERYTHING, type Limit } from '../rights/limit.ts';
import { defineAuditedRead } from './audited-read.ts';
import { filterFields, type ResolvesFilters, resolveFilters } from './filters.ts';
import { eventSchema, tellEvents } from './told-event.ts';

/** The most events of one page. */
export const MOST_EVENTS = 200;

interface ReadsTrail {
  readonly auditReader: AuditReader;
}

interface PagesTrail extends ReadsTrail, ResolvesFilters {
  readonly auditCursors: AuditCursors;
}

const pageInput = z.strictObject({
  ...filterFields,
  limit: z.int().min(1).max(MOST_EVENTS).default(50),
  /** Of the page before, with the same filters. Without one the query begins, and the trail tells of it. */
  cursor: z.string().optional(),
});

/** What of the trail a limited right reaches: events about people of its units, as they are now, and about its owner's clients. */
const within = (limit: Limit): Pick<AuditFilters, 'within'> =>
  limit === EVERYTHING ? {} : { within: limit };

/**
 * One page of the trail, the newest first. Where filters are combined, or the right is limited, a page may be short or empty and have
 * a next one. Throws what {@link resolveFilters} does, and `cursor_invalid` (400).
 */
export const list = defineAuditedRead({
  name: 'audit.list',
  summary: 'Searches the audit trail.',
  http: { method: 'GET', path: '/audit/events' },
  scope: 'audit:read',
  about: ROWS,
  input: pageInput,
  result: z.object({
    items: z.array(eventSchema),
    /** Where the next page begins; null at the end. */
    next: z.string().nullable(),
  }),
  async run({ auditReader, auditCursors, ...deps }: PagesTrail, { tx, input, reader, limit: reach, record }) {
    const { limit, cursor, ...given } = input;
    const { filters: named, told } = await resolveFilters(deps, given, reach);
    const filters = { ...named, ...within(reach) };
    const asked: Asked = { reader, filters };
    const after = cursor === undefined ? undefined : auditCursors.read(cursor, 'older', asked);
    const page = await auditReader.page(tx, { filters, limit, after });
    const events = await tellEvents(tx, page.events);
    if (cursor === undefined) {
      const details = {
        query: 'list',
        filters: told,
        shown: events.length,
        more: page.next !== undefined,
      } as const;
      await record({ type: 'audit.read', ...about(filters.person), details });
    }
    return { items: events, next: page.next === undefined ? null : auditCursors.issue(page.next, asked) };
  },
});

/**
 * What comes into the trail from now on, in the order in which it will be sealed; first the newest `limit` that are there. Nothing is
 * missed and nothing told twice. An event comes once every transaction that began before its own is over. Throws what
 * {@link list} does.
 */
export const follow = defineAuditedRead({
  name: 'audit.follow',
  summary: 'Follows the audit trail: what is new since the cursor.',
  http: { method: 'GET', path: '/audit/follow' },
  scope: 'audit:read',
  about: ROWS,
  input: z.strictObject({
    ...filterFields,
    limit: z.int().min(0).max(MOST_EVENTS).default(10),
    cursor: z.string().optional(),
  }),
  result: z.object({
    items: z.array(eventSchema),
    /** Where to go on. */
    next: z.string(),
    /** Whether there is more to be told at once. */
    more: z.boolean(),
  }),
  async run({ auditReader, auditCursors, ...deps }: PagesTrail, { tx, input, reader, limit: reach, record }) {
    const { limit, cursor, ...given } = input;
    const { filters: named, told } = await resolveFilters(deps, given, reach);
    const filters = { ...named, ...within(reach) };
    const asked: Asked = { reader, filters };
    if (cursor === undefined) {
      const xid = await auditReader.horizon(tx);
      const page = limit === 0 ? undefined : await auditReader.page(tx, { filters, limit, horizon: xid });
      const events = await tellEvents(tx, [...(page?.events ?? [])].reverse());
      const details = { query: 'follow', filters: told, shown: events.length, more: true } as const;
      await record({ type: 'audit.read', ...about(filters.person), details });
      const place = placeSchema.parse({ toward: 'newer', xid, id: NIL_ID });
      return { items: events, next: auditCursors.issue(place, asked), more: false };
    }
    const after = auditCursors.read(cursor, 'newer', asked);
    const found = await auditReader.following(tx, filters, after);
    const events = await tellEvents(tx, found.events);
    const next = auditCursors.issue(found.next, asked);
    return { items: events, next, more: found.next.id !== NIL_ID };
  },
});

/** Everything that is told of one event, by its id or its index in the tree, within the limit of the right. Throws `event_unknown` (404). */
export const show = defineAuditedRead({
  name: 'audit.show',
  summary: 'Shows one event.',
  http: { method: 'GET', path: '/audit/events/{event}' },
  scope: 'audit:read',
  about: ROWS,
  input: z.strictObject({
    /** Its id, or the index of its leaf. */
    event: z.string().max(64),
  }),
  result: z.object({ event: eventSchema }),
  async run({ auditReader }: ReadsTrail, { tx, input, limit, record }) {
    const found = await auditReader.find(tx, nameOf(input.event), within(limit).within);
    if (found === undefined) throw unknown(input.event);
    const [event] = await tellEvents(tx, [found]);
    if (event === undefined) throw unknown(input.event);
    const details = { query: 'show', filters: { event: found.id }, shown: 1, more: false } as const;
    await record({ type: 'audit.read', ...about(found.account ?? undefined), details });
    return { event };
  },
});

/** An index is a number of PostgreSQL's `bigint`; so many digits always are. */
const INDEX = /^\d{1,15}$/;

function nameOf(event: string): { id: string } | { leaf: string } {
  if (isUuid(event)) return { id: event };
  const leaf = event.replace(/^#/, '');
  if (INDEX.test(leaf)) return { leaf };
  throw unknown(event);
}

const unknown = (event: string) =>
  notFound('event_unknown', `There is no event ${JSON.stringify(event)} in the audit trail.`);

const about = (account: string | undefined) => (account === undefined ? {} : { account });
