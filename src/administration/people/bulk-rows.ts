import { z } from 'zod';
import type { BulkStore, WaitingRow } from '../../domain/bulk/store.ts';
import type { Clock } from '../../kernel/clock.ts';
import { GatehouseError } from '../../kernel/errors.ts';
import type { Database } from '../../storage/database.ts';
import type { Actor } from '../actor.ts';
import { type BulkActDependencies, type BulkOptions, bulkOptionsSchema, performOne } from './bulk-acts.ts';

/** What is done about one of many people: really, or to see what would become of it. */

const origin = z.object({
  ip: z.string().exactOptional(),
  userAgent: z.string().exactOptional(),
  requestId: z.string().exactOptional(),
});
const reason = z.string().exactOptional();

/** Who has asked, as it is stored. The right is read anew for each person; what is kept is who they are and how they came. */
export const storedActor = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('person'),
    accountId: z.string(),
    sessionId: z.string(),
    level: z.string(),
    provenAt: z.coerce.date(),
    scopes: z.array(z.string()),
    reason,
    origin,
  }),
  z.object({ kind: z.literal('client'), clientId: z.string(), scopes: z.array(z.string()), reason, origin }),
  z.object({ kind: z.literal('command'), command: z.string(), user: z.string(), reason }),
  z.object({ kind: z.literal('system') }),
]);

/**
 * The same when a person's turn has come. Their proof was fresh when they asked for the bulk, which is what it is asked for; events
 * name the bulk as the request.
 */
function actorFor(bulk: string, actor: Actor, now: Date): Actor {
  switch (actor.kind) {
    case 'person':
      return { ...actor, provenAt: now, origin: { ...actor.origin, requestId: `bulk ${bulk}` } };
    case 'client':
      return { ...actor, origin: { ...actor.origin, requestId: `bulk ${bulk}` } };
    case 'command':
      return { ...actor, command: `${actor.command} (bulk ${bulk})` };
    case 'system':
      return actor;
  }
}

/** What a program may do may have been taken from it since; of a person, and of who is disabled, every act asks by itself. */
async function asTheyAre({ clients }: Pick<BulkActDependencies, 'clients'>, actor: Actor): Promise<Actor> {
  if (actor.kind !== 'client') return actor;
  const client = await clients.find(actor.clientId);
  const given = client?.disabledAt === undefined ? client?.metadata.admin_scopes : undefined;
  const scopes = Array.isArray(given) ? actor.scopes.filter((scope) => given.includes(scope)) : [];
  return { ...actor, scopes };
}

type Transactions = Pick<Database, 'transaction'>;

const TAKEN = Symbol('somebody else has done it, or it was cancelled');
const DRY = Symbol('what would have been done is undone');

export interface DoesRows {
  readonly bulks: BulkStore;
  readonly clock: Clock;
}

/**
 * Does the act about one person, in a transaction in which it is also marked as done: it is done once, whatever becomes of whoever does
 * it. What the act refuses is kept with its code. Rejects where it is to be tried again.
 */
export async function doRow(deps: BulkActDependencies & DoesRows, row: WaitingRow): Promise<void> {
  const transactions: Transactions = {
    transaction: (work) =>
      deps.database.transaction(async (tx) => {
        if (!(await deps.bulks.take(tx, row))) throw TAKEN;
        return work(tx);
      }),
  };
  const asker = await asTheyAre(deps, storedActor.parse(row.bulk.asker));
  const actor = actorFor(row.bulk.id, asker, deps.clock.now());
  const options = bulkOptionsSchema.parse(row.bulk.options);
  try {
    await performOne(
      { ...deps, database: { ...deps.database, ...transactions } },
      actor,
      options,
      row.account,
    );
  } catch (error) {
    if (error === TAKEN) return;
    if (!(error instanceof GatehouseError) || error.status >= 500) throw error;
    await deps.database.transaction((tx) => deps.bulks.refuse(tx, row, error.code));
  }
}

/** Why the act would be refused about this person; undefined where it would be done. Everything that it does is rolled back. */
export async function refusalOf(
  deps: BulkActDependencies & { readonly clock: Clock },
  actor: Actor,
  options: BulkOptions,
  person: string,
): Promise<GatehouseError | undefined> {
  const transactions: Transactions = {
    async transaction<T>(work: Parameters<typeof deps.database.transaction<T>>[0]) {
      let result: { readonly value: T } | undefined;
      await deps.database
        .transaction(async (tx) => {
          result = { value: await work(tx) };
          throw DRY;
        })
        .catch((error) => {
          if (error !== DRY) throw error;
        });
      if (result === undefined) throw new Error('the work was not done');
      return result.value;
    },
  };
  // The bulk itself will ask for a reason and a fresh proof, where there has to be one.
  const by = actorFor('preview', actor, deps.clock.now());
  const asked: Actor = by.kind === 'system' ? by : { ...by, reason: by.reason ?? 'preview' };
  try {
    const tried = { ...deps, database: { ...deps.database, ...transactions } };
    await performOne(tried, asked, options, person);
    return undefined;
  } catch (error) {
    if (!(error instanceof GatehouseError) || error.status >= 500) throw error;
    return error;
  }
}
