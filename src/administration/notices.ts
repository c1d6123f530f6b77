import { z } from 'zod';
import type { LogoutDeliveries } from '../domain/logout-deliveries/store.ts';
import { notFound } from '../kernel/errors.ts';
import { isUuid } from '../kernel/ids.ts';
import type { RowCondition } from '../storage/outbox.ts';
import { ROWS } from './about.ts';
import { defineAct } from './act.ts';
import { defineList } from './list.ts';
import { aboutClientsWithin, aboutPeopleWithin, EVERYTHING, type Limit } from './rights/limit.ts';
import { progress, progressOf } from './waiting.ts';

const state = z.enum(['waiting', 'delivered', 'given_up']);

/** The condition that a notice is about a session of somebody, or goes to a client, within the limit. */
const within = (limit: Limit): RowCondition | undefined =>
  limit === EVERYTHING
    ? undefined
    : (parameter) =>
        [
          aboutPeopleWithin(limit, 'account_id', parameter),
          aboutClientsWithin(limit, 'client_id', parameter),
        ].join(' or ');

/**
 * The notices that are remembered, the newest first. A limited right lists those about the people of its units, and to its owner's
 * clients.
 */
const list = defineList({
  name: 'notices.list',
  summary: 'Lists notices to clients that a session has ended, the newest first.',
  http: { method: 'GET', path: '/logout-notices' },
  scope: 'system:read',
  filters: {
    state: state.optional(),
    /** Only those of this client. */
    client: z.string().optional(),
  },
  sorts: ['created'],
  newestFirst: true,
  item: z.object({
    id: z.string(),
    client: z.string(),
    account: z.string(),
    session: z.string().nullable(),
    state,
    uri: z.string(),
    ...progress,
  }),
  place: z.strictObject({ createdAt: z.iso.datetime(), id: z.uuid() }),
  async run(
    { logouts }: { readonly logouts: Pick<LogoutDeliveries, 'list'> },
    { filters, after, descending, most, limit },
  ) {
    const found = await logouts.list({
      state: filters.state,
      clientId: filters.client,
      after: after && { id: after.id, createdAt: new Date(after.createdAt) },
      ascending: !descending,
      limit: most + 1,
      only: within(limit),
    });
    const entries = found.slice(0, most);
    const items = entries.map((entry) => ({
      id: entry.id,
      client: entry.clientId,
      account: entry.accountId,
      session: entry.sessionUid ?? null,
      state: entry.state,
      uri: entry.uri,
      ...progressOf(entry),
    }));
    const last = found.length > most ? entries.at(-1) : undefined;
    return { items, next: last && { id: last.id, createdAt: last.createdAt.toISOString() } };
  },
});

/** Has a notice that was given up, or waits for its next attempt, delivered at once, within the limit of the right. Throws `logout_not_retried` (404). */
const retry = defineAct({
  name: 'notices.retry',
  summary: 'Sends notices again that were given up.',
  http: { method: 'POST', path: '/logout-notices/{notice}/retry', all: '/logout-notices/retry' },
  scope: 'system:write',
  irreversible: false,
  about: ROWS,
  input: z.strictObject({
    /** Its id; without one, every notice that was given up. */
    notice: z.string().optional(),
  }),
  result: z.object({ notices: z.array(z.object({ id: z.string(), client: z.string() })) }),
  async run(
    { logouts }: { readonly logouts: Pick<LogoutDeliveries, 'retry'> },
    { tx, input: { notice: id }, limit, record },
  ) {
    const entries = id === undefined || isUuid(id) ? await logouts.retry(tx, id, within(limit)) : [];
    if (entries.length === 0 && id !== undefined) {
      throw notFound('logout_not_retried', `There is no notice "${id}" that could be delivered again.`);
    }
    for (const { id: delivery, clientId: client, accountId: account, sessionUid } of entries) {
      const session = sessionUid === undefined ? {} : { session: sessionUid };
      await record({ type: 'logout.retried', account, client, ...session, details: { delivery } });
    }
    return { notices: entries.map(({ id: notice, clientId }) => ({ id: notice, client: clientId })) };
  },
});

/** What can be done about the notices by which clients learn that a session has ended. */
export const notices = { list, retry };
