import type { LifecycleStore } from '../domain/accounts/life-store.ts';
import type { AuditedBy } from '../domain/audit/events.ts';
import type { AuditLog } from '../domain/audit/store.ts';
import type { Unit, UnitStore } from '../domain/units/store.ts';
import { notFound } from '../kernel/errors.ts';
import type { Executor } from '../storage/database.ts';

export interface UnitSettingDependencies {
  readonly life: Pick<LifecycleStore, 'lock' | 'setUnit'>;
  readonly units: Pick<UnitStore, 'hold'>;
  readonly audit: AuditLog;
}

export interface UnitSet {
  readonly unit: Unit | undefined;
  /** False where they belonged there already. */
  readonly changed: boolean;
}

export interface UnitSetting {
  /**
   * In the transaction of the caller: a person belongs to this unit from now on, or to none. Who has a right over the unit has it
   * over them. Undefined where there is no such account. Throws `unit_unknown` (404).
   */
  set(tx: Executor, accountId: string, unit: string | undefined, by: AuditedBy): Promise<UnitSet | undefined>;
}

export const createUnitSetting = ({ life, units, audit }: UnitSettingDependencies): UnitSetting => ({
  async set(tx, id, asked, by) {
    const account = await life.lock(tx, id);
    if (account === undefined) return undefined;
    const unit = asked === undefined ? undefined : await units.hold(tx, asked);
    if (asked !== undefined && unit === undefined) throw unitUnknown(asked);
    if (account.unit === unit?.id) return { unit, changed: false };
    await life.setUnit(tx, id, unit?.id);
    await audit.record(tx, {
      type: 'account.unit_changed',
      outcome: 'success',
      account: id,
      ...by,
      details: { before: facts(account.unit), after: facts(unit?.id) },
    });
    return { unit, changed: true };
  },
});

const facts = (unit: string | undefined) => (unit === undefined ? {} : { unit });

/** There is no such unit, or the asker may know of none. */
export const unitUnknown = (unit: string) => notFound('unit_unknown', `There is no unit "${unit}".`);
