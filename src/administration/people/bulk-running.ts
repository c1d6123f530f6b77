import { SYSTEM_ACTOR } from '../../domain/audit/actor.ts';
import type { AuditLog } from '../../domain/audit/store.ts';
import type { BulkActDependencies } from './bulk-acts.ts';
import { type DoesRows, doRow } from './bulk-rows.ts';

export type RunsBulks = BulkActDependencies & DoesRows & { readonly audit: Pick<AuditLog, 'record'> };

/** Goes on with bulks: up to `limit` people, and the ends of those of which nothing is left. Answers about how many there was something to do. */
export async function goOnWithBulks(deps: RunsBulks, limit: number): Promise<number> {
  const { bulks, database, audit } = deps;
  const rows = await database.transaction((tx) => bulks.waiting(tx, limit));
  for (const row of rows) await doRow(deps, row);
  for (const id of await database.transaction((tx) => bulks.emptied(tx))) {
    await database.transaction(async (tx) => {
      if (!(await bulks.finish(tx, id))) return;
      const { done, refused } = await bulks.progress(tx, id);
      const details = { bulk: id, done, refused };
      const event = { type: 'bulk.finished', outcome: 'success', actor: SYSTEM_ACTOR, origin: {} } as const;
      await audit.record(tx, { ...event, details });
    });
  }
  return rows.length;
}
