import { z } from 'zod';
import type { LogoutDeliveries } from '../domain/logout-deliveries/store.ts';
import { notFound } from '../kernel/errors.ts';
import { isUuid } from '../kernel/ids.ts';
import { defineAct, defineRead } from './act.ts';
import { limit, progress, progressOf } from './waiting.ts';

const state = z.enum(['waiting', 'delivered', 'given_up']);

/** The notices that are remembered, the newest first. */
const list = defineRead({
  name: 'notices.list',
  summary: 'Lists notices to clients that a session has ended.',
  http: { method: 'GET', path: '/logout-notices' },
  scope: 'system:read',
  input: z.strictObject({
    state: state.optional(),
    /** Only those of this client. */
    client: z.string().optional(),
    limit,
  }),
  result: z.object({
    notices: z.array(
      z.object({
        id: z.string(),
        client: z.string(),
        account: z.string(),
        session: z.string().nullable(),
        state,
        uri: z.string(),
        ...progress,
      }),
    ),
  }),
  async run({ logouts }: { readonly logouts: Pick<LogoutDeliveries, 'list'> }, input) {
    const entries = await logouts.list({
      limit: input.limit,
      ...(input.state && { state: input.state }),
      ...(input.client && { clientId: input.client }),
    });
    const notices = entries.map((entry) => ({
      id: entry.id,
      client: entry.clientId,
      account: entry.accountId,
      session: entry.sessionUid ?? null,
      state: entry.state,
      uri: entry.uri,
      ...progressOf(entry),
    }));
    return { notices };
  },
});

/** Has a notice that was given up, or waits for its next attempt, delivered at once. Throws `logout_not_retried` (404). */
const retry = defineAct({
  name: 'notices.retry',
  summary: 'Sends notices again that were given up.',
  http: { method: 'POST', path: '/logout-notices/{notice}/retry', all: '/logout-notices/retry' },
  scope: 'system:write',
  irreversible: false,
  input: z.strictObject({
    /** Its id; without one, every notice that was given up. */
    notice: z.string().optional(),
  }),
  result: z.object({ notices: z.array(z.object({ id: z.string(), client: z.string() })) }),
  async run(
    { logouts }: { readonly logouts: Pick<LogoutDeliveries, 'retry'> },
    { tx, input: { notice: id }, record },
  ) {
    const entries = id === undefined || isUuid(id) ? await logouts.retry(tx, id) : [];
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
