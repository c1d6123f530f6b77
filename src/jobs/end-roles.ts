import type { RoleTermStore } from '../domain/accounts/role-term-store.ts';
import { SYSTEM_ACTOR } from '../domain/audit/actor.ts';
import type { Clock } from '../kernel/clock.ts';
import type { RoleSetting } from '../lifecycle/role-setting.ts';
import type { Database } from '../storage/database.ts';
import type { Job } from './runner.ts';

const LOOK_AGAIN_MS = 5_000;
const BATCH = 100;

export interface EndRolesDependencies {
  readonly database: Database;
  readonly roleTerms: Pick<RoleTermStore, 'ended'>;
  readonly roleSetting: Pick<RoleSetting, 'end'>;
  readonly clock: Clock;
}

/**
 * Removes roles whose time is over, and ends what they let in. Nobody had them any more, wherever roles are read; this is for the
 * trail, and for sessions and tokens that still name them. Every node does it; whoever comes second finds nothing to do. An account
 * that fails holds up none behind it.
 */
export const createEndRoles = ({ database, roleTerms, roleSetting, clock }: EndRolesDependencies): Job => ({
  name: 'end-roles',
  async round() {
    const failures: unknown[] = [];
    let last: string | undefined;
    for (;;) {
      const accounts = await roleTerms.ended(database, clock.now(), last, BATCH);
      for (const id of accounts)
        await database
          .transaction((tx) => roleSetting.end(tx, id, { actor: SYSTEM_ACTOR, origin: {} }))
          .catch((error: unknown) => failures.push(error));
      last = accounts.at(-1);
      if (accounts.length < BATCH) break;
    }
    if (failures.length > 0) throw failures[0];
    return LOOK_AGAIN_MS;
  },
});
