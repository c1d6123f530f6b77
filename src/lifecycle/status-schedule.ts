import type { LifecycleStore } from '../domain/accounts/life-store.ts';
import type {
  DueStatus,
  ScheduledStatusStore,
  StatusPlan,
} from '../domain/accounts/scheduled-status-store.ts';
import { SYSTEM_ACTOR } from '../domain/audit/actor.ts';
import type { AuditedBy } from '../domain/audit/events.ts';
import type { AuditLog } from '../domain/audit/store.ts';
import { addSeconds, type Clock } from '../kernel/clock.ts';
import { GatehouseError } from '../kernel/errors.ts';
import { MOST_TRIES, pauseAfter } from '../kernel/tries.ts';
import type { Database, Executor } from '../storage/database.ts';
import type { AccountStatusChanges } from './account-status.ts';

export interface StatusScheduleDependencies {
  readonly database: Pick<Database, 'transaction' | 'query'>;
  readonly life: Pick<LifecycleStore, 'lock'>;
  readonly scheduledStatuses: ScheduledStatusStore;
  readonly accountStatus: Pick<AccountStatusChanges, 'set'>;
  readonly audit: Pick<AuditLog, 'record'>;
  readonly clock: Clock;
}

/** Accounts that are disabled, or enabled again, at a time that was said before. */
export interface StatusSchedule {
  /** In the transaction of the caller: this and nothing else is planned for the account. False where it was so already. */
  change(tx: Executor, accountId: string, plan: StatusPlan, by: AuditedBy): Promise<boolean>;
  /**
   * Does up to `limit` of what is due, each in a transaction of its own and once on all nodes. Answers how many were looked at. What fails
   * for a reason of ours is tried again later, and told as refused after some tries; the others go on. Then throws the first error.
   */
  carryOut(limit: number): Promise<number>;
}

const toldPlan = ({ disableAt, enableAt }: StatusPlan) => ({
  ...(disableAt === undefined ? {} : { disableAt: disableAt.toISOString() }),
  ...(enableAt === undefined ? {} : { enableAt: enableAt.toISOString() }),
});

export function createStatusSchedule(deps: StatusScheduleDependencies): StatusSchedule {
  const { database, life, scheduledStatuses, accountStatus, audit, clock } = deps;

  async function tell(
    tx: Executor,
    account: string,
    [before, after]: readonly [StatusPlan, StatusPlan],
    by: AuditedBy,
    refused?: string,
  ): Promise<void> {
    const details = {
      before: toldPlan(before),
      after: toldPlan(after),
      ...(refused === undefined ? {} : { refused }),
    };
    await audit.record(tx, { type: 'account.schedule_changed', outcome: 'success', account, details, ...by });
  }

  /** Whoever is refused stays refused: it is told, and not tried for ever. */
  async function carryOutOne(due: DueStatus, refused?: string) {
    await database.transaction(async (tx) => {
      if ((await life.lock(tx, due.account)) === undefined) return;
      const before = await scheduledStatuses.planned(tx, due.account);
      const taken = await scheduledStatuses.take(tx, due, clock.now());
      if (taken === undefined) return;
      const { reason } = taken;
      const by = { actor: SYSTEM_ACTOR, origin: {}, ...(reason === undefined ? {} : { reason }) };
      const changed = refused === undefined && (await accountStatus.set(tx, due.account, due.status, by));
      if (!changed)
        await tell(tx, due.account, [before, await scheduledStatuses.planned(tx, due.account)], by, refused);
    });
  }

  /** Tried again later; in the end it is told that it was not done. Answers what is told to the log. */
  async function afterFailure(due: DueStatus, code: string, error: unknown): Promise<unknown> {
    const failures = due.attempts + 1;
    const until = addSeconds(clock.now(), pauseAfter(failures));
    if (failures < MOST_TRIES) await scheduledStatuses.putOff(database, due, until);
    else await carryOutOne(due, code).catch(() => scheduledStatuses.putOff(database, due, until));
    return error;
  }

  return {
    async change(tx, id, plan, by) {
      if ((await life.lock(tx, id)) === undefined) return false;
      const before = await scheduledStatuses.planned(tx, id);
      const same = JSON.stringify(toldPlan(before)) === JSON.stringify(toldPlan(plan));
      if (same) return false;
      await scheduledStatuses.plan(tx, id, plan, by.reason);
      await tell(tx, id, [before, plan], by);
      return true;
    },

    async carryOut(limit) {
      const due = await scheduledStatuses.due(database, clock.now(), limit);
      const failures: unknown[] = [];
      for (const each of due) {
        try {
          await carryOutOne(each);
        } catch (error) {
          const code = error instanceof GatehouseError ? error.code : 'internal';
          if (error instanceof GatehouseError && error.status < 500) await carryOutOne(each, code);
          else failures.push(await afterFailure(each, code, error));
        }
      }
      if (failures.length > 0) throw failures[0];
      return due.length;
    },
  };
}
