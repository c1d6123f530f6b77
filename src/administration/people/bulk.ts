import { z } from 'zod';
import { type PeoplePlace, pageOfPeople } from '../../domain/accounts/listing/listing-store.ts';
import type { Bulk, BulkStore } from '../../domain/bulk/store.ts';
import { conflict, notFound } from '../../kernel/errors.ts';
import { ROWS } from '../about.ts';
import { defineAct, defineRead, InvalidInput } from '../act.ts';
import { type Actor, nameOfReader } from '../actor.ts';
import { approvalOwn } from '../four-eyes.ts';
import { defineList } from '../list.ts';
import { EVERYTHING, type Limit } from '../rights/limit.ts';
import {
  type BulkActDependencies,
  bulkOptions,
  bulkOptionsSchema,
  CHANGES_RIGHTS,
  missingOption,
} from './bulk-acts.ts';
import { type DoesRows, refusalOf } from './bulk-rows.ts';
import { type ListsPeople, peopleFilters, storedFilters, unitsAsked } from './listing.ts';

/** The most people of one bulk. */
const MOST_PEOPLE = 10_000;
/** All their ids, each in quotes and with a comma and spaces, and what else is asked. */
const MOST_BYTES = MOST_PEOPLE * 48 + 16_384;
/** About so many it is said beforehand what would become of them. */
const MOST_TRIED = 200;
/** From so many on it is dangerous, whatever it is. */
const MANY = 10;
const PAGE = 1_000;

const input = z.strictObject({
  ...bulkOptions,
  /** About these … */
  ids: z.array(z.uuid()).min(1).max(MOST_PEOPLE).optional(),
  /** … or about everybody whom these filters leave now. */
  filter: z.strictObject(peopleFilters).optional(),
});
type Asked = z.output<typeof input>;

const wrong = (path: string, words: string) =>
  new InvalidInput([`${path}: ${words}`], [{ path: [path], words }]);

/** Whom it is about: each once, and nobody beyond the limit by a filter. Throws `too_many_people` (409). */
async function peopleAsked(
  deps: ListsPeople,
  { ids, filter, ...options }: Asked,
  limit: Limit,
): Promise<string[]> {
  const missing = missingOption(options);
  if (missing !== undefined) throw wrong(missing, `is missing; ${options.act} needs it`);
  if ((ids === undefined) === (filter === undefined))
    throw wrong('ids', 'and filter: exactly one of them says about whom');
  if (ids !== undefined) return [...new Set(ids)];
  const units = await unitsAsked(deps, filter?.unit, limit);
  const filters = await storedFilters(deps, filter ?? {});
  const found: string[] = [];
  let after: PeoplePlace | undefined;
  do {
    const sort = { by: 'created', descending: false } as const;
    const options = { filters, sort, limit: PAGE, after, units };
    const page = await pageOfPeople(deps.database, { ...options, now: deps.clock.now() });
    found.push(...page.ids);
    if (found.length > MOST_PEOPLE)
      throw conflict('too_many_people', `A bulk is about ${MOST_PEOPLE} people at most.`);
    after = page.next;
  } while (after !== undefined);
  return found;
}

type Bulks = ListsPeople & BulkActDependencies & Pick<DoesRows, 'clock'>;

/**
 * Says about how many people something would be done, and for whom of the first 200 it would be refused, and why: it is tried, and
 * undone. Throws `unit_unknown` (404), `too_many_people` (409).
 */
export const bulkPreview = defineRead({
  name: 'people.bulk_preview',
  summary: 'Says what an act about many people would do.',
  scope: 'people:read',
  http: { method: 'POST', path: '/bulk-jobs/preview', mostBytes: MOST_BYTES },
  about: ROWS,
  input,
  result: z.object({
    people: z.int(),
    /** How many of them were tried. */
    tried: z.int(),
    refused: z.array(z.object({ person: z.string(), code: z.string(), message: z.string() })),
  }),
  async run(deps: Bulks, asked, { actor, limit }) {
    const people = await peopleAsked(deps, asked, limit);
    const tried = people.slice(0, MOST_TRIED);
    const refused = [];
    for (const person of tried) {
      const error = await refusalOf(deps, actor, bulkOptionsSchema.parse(asked), person);
      if (error !== undefined) refused.push({ person, code: error.code, message: error.message });
    }
    return { people: people.length, tried: tried.length, refused };
  },
});

const bulkSchema = z.object({
  id: z.string(),
  act: z.string(),
  role: z.string().nullable(),
  unit: z.string().nullable(),
  group: z.string().nullable(),
  state: z.enum(['running', 'done', 'cancelled']),
  people: z.int(),
  waiting: z.int(),
  done: z.int(),
  refused: z.int(),
  /** Given up, because something has failed here again and again. */
  failed: z.int(),
  createdAt: z.date(),
  finishedAt: z.date().nullable(),
});

interface KeepsBulks extends Pick<ListsPeople, 'database'> {
  readonly bulks: BulkStore;
}

async function told({ bulks }: KeepsBulks, executor: Parameters<BulkStore['find']>[0], bulk: Bulk) {
  const { role = null, unit = null, group = null } = bulkOptionsSchema.parse(bulk.options);
  const { id, act, state, people, createdAt, finishedAt } = bulk;
  const progress = await bulks.progress(executor, id);
  return {
    ...{ id, act, role, unit, group, state, people, createdAt },
    finishedAt: finishedAt ?? null,
    ...progress,
  };
}

/** A bulk of one's own; whoever's right has no limit sees everybody's. Throws `bulk_unknown` (404). */
async function visible(
  { bulks }: KeepsBulks,
  executor: Parameters<BulkStore['find']>[0],
  id: string,
  { actor, limit }: { readonly actor: Actor; readonly limit: Limit },
): Promise<Bulk> {
  const bulk = await bulks.find(executor, id);
  if (bulk === undefined || (limit !== EVERYTHING && bulk.askedBy !== nameOfReader(actor)))
    throw notFound('bulk_unknown', 'There is no such bulk.');
  return bulk;
}

/**
 * Has something done about many people, one after the other, each with the right that the asker has then. Whoever is beyond a limit is
 * refused as somebody who is not there. Throws `unit_unknown` (404), `too_many_people` (409).
 */
export const bulkStart = defineAct({
  name: 'people.bulk_start',
  summary: 'Starts an act about many people.',
  scope: 'people:write',
  http: { method: 'POST', path: '/bulk-jobs', mostBytes: MOST_BYTES },
  irreversible: false,
  involves: ({ ids = [] }) => ids,
  dangerous: ({ ids, act }) => ids === undefined || ids.length >= MANY || CHANGES_RIGHTS.has(act),
  about: ROWS,
  input,
  result: bulkSchema,
  async run(deps: KeepsBulks & ListsPeople, { tx, actor, input: asked, limit, approver, record }) {
    const accounts = await peopleAsked(deps, asked, limit);
    // Whom a filter leaves is known now.
    if (approver?.kind === 'person' && accounts.includes(approver.accountId))
      throw approvalOwn('the approver is among those whom it is about');
    const options = bulkOptionsSchema.parse(asked);
    const { act } = options;
    const bulk = { act, options, asker: actor, askedBy: nameOfReader(actor), accounts };
    const made = await deps.bulks.create(tx, bulk);
    await record({ type: 'bulk.started', details: { bulk: made.id, act, people: accounts.length } });
    return told(deps, tx, made);
  },
});

const onBulk = z.strictObject({ bulk: z.uuid() });

/** How far a bulk is. Throws `bulk_unknown` (404). */
export const bulkShow = defineRead({
  name: 'people.bulk_show',
  summary: 'Says how far an act about many people is.',
  scope: 'people:read',
  http: { method: 'GET', path: '/bulk-jobs/{bulk}' },
  about: ROWS,
  input: onBulk,
  result: bulkSchema,
  run: async (deps: KeepsBulks, { bulk }, context) =>
    told(deps, deps.database, await visible(deps, deps.database, bulk, context)),
});

const rowState = z.enum(['waiting', 'done', 'refused', 'failed']);

/** What has become of each person of a bulk. Throws `bulk_unknown` (404). */
export const bulkRows = defineList({
  name: 'people.bulk_rows',
  summary: 'Says what has become of each person of an act about many.',
  scope: 'people:read',
  http: { method: 'GET', path: '/bulk-jobs/{bulk}/people' },
  filters: { bulk: z.uuid(), state: rowState.optional() },
  sorts: ['place'],
  item: z.object({
    person: z.string(),
    state: rowState,
    /** Of the error, where it was refused or has failed. */
    code: z.string().nullable(),
    doneAt: z.date().nullable(),
  }),
  place: z.int(),
  async run(deps: KeepsBulks, { filters: { bulk, state }, descending, after, most, actor, limit }) {
    await visible(deps, deps.database, bulk, { actor, limit });
    const rows = await deps.bulks.rows(deps.database, bulk, { after, descending, limit: most + 1, state });
    const page = rows.slice(0, most);
    return {
      items: page.map(({ account, state: became, code, doneAt }) => ({
        ...{ person: account, state: became, code },
        doneAt: doneAt === null ? null : new Date(doneAt),
      })),
      next: rows.length > most ? page.at(-1)?.place : undefined,
    };
  },
});

/** Does nothing more of a bulk; what was done stays. Throws `bulk_unknown` (404), `bulk_over` (409). */
export const bulkCancel = defineAct({
  name: 'people.bulk_cancel',
  summary: 'Cancels what is left of an act about many people.',
  scope: 'people:write',
  http: { method: 'POST', path: '/bulk-jobs/{bulk}/cancel' },
  irreversible: false,
  about: ROWS,
  input: onBulk,
  result: bulkSchema,
  async run(deps: KeepsBulks, { tx, actor, input: { bulk: id }, limit, record }) {
    await visible(deps, tx, id, { actor, limit });
    if (!(await deps.bulks.cancel(tx, id))) throw conflict('bulk_over', 'This bulk has ended already.');
    const bulk = await told(deps, tx, await visible(deps, tx, id, { actor, limit }));
    await record({
      type: 'bulk.cancelled',
      details: { bulk: id, done: bulk.done, refused: bulk.refused, failed: bulk.failed },
    });
    return bulk;
  },
});
