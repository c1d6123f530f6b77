import type { Middleware } from 'koa';
import { type AuditGroup, PENDING_EVENTS, PendingEvents } from '../../domain/audit/pending-events.ts';
import type { AuditStamp } from '../../domain/audit/row-store.ts';
import type { Meters } from '../../metrics/meters.ts';
import type { Database } from '../../storage/database.ts';
import { runInUnit, UnitOfWork } from '../../storage/unit-of-work.ts';
import { originOf } from './context.ts';

export interface UnitDependencies {
  readonly database: Database;
  readonly auditGroup: AuditGroup;
  readonly auditStamp: AuditStamp;
  readonly meters: Pick<Meters, 'audited'>;
}

/**
 * Gives the request its unit of work and commits it before the answer leaves. A request that throws commits nothing; a
 * commit that fails becomes the answer.
 */
export function unitOfWork({ database, auditGroup, auditStamp, meters }: UnitDependencies): Middleware {
  return async (ctx, next) => {
    const unit = new UnitOfWork(database);
    unit.attach(PENDING_EVENTS, new PendingEvents(originOf(ctx), auditGroup, auditStamp, meters.audited));
    await runInUnit(unit, async () => {
      await next();
      await unit.commit();
    });
  };
}
