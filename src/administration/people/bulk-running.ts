import { SYSTEM_ACTOR } from '../../domain/audit/actor.ts';
import type { AuditLog } from '../../domain/audit/store.ts';
import { GatehouseError } from '../../kernel/errors.ts';
import type { BulkActDependencies } from './bulk-acts.ts';
import { type DoesRows, doRow } from './bulk-rows.ts';

export type RunsBulks = BulkActDependencies & DoesRows & { readonly audit: Pick<AuditLog, 'record'> };

/**
 * Goes on with bulks: up to `limit` people, and the ends of those of which nothing is left. Answers about how many there was something to
 * do. Whoever fails for a reason of ours is tried again later, and given up after some tries; the others go on. Then throws the first
 * error.
 */
export async function goOnWithBulks(deps: RunsBulks, limit: number): Promise<number> {
  const { bulks, database, audit } = deps;
  const rows = await database.transaction((tx) => bulks.waiting(tx, limit));
  const failures: unknown[] = [];
  for (const row of rows) {
    try {
      await doRow(deps, row);
    } catch (error) {
      failures.push(error);
      const code = error instanceof GatehouseError ? error.code : 'internal';
      await database.transaction((tx) => bulks.retryLater(tx, row, code));
    }
  }
  for (const id of await database.transaction((tx) => bulks.emptied(tx))) {
    await database.transaction(async (tx) => {
      if (!(await bulks.finish(tx, id))) return;
      const { done, refused, failed } = await bulks.progress(tx, id);
      const details = { bulk: id, done, refused, failed };
      const event = { type: 'bulk.finished', outcome: 'success', actor: SYSTEM_ACTOR, origin: {} } as const;
      await audit.record(tx, { ...event, details });
    });
  }
  if (failures.length > 0) throw failures[0];
  return rows.length;
}
