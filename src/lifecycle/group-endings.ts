import type { LifecycleStore } from '../domain/accounts/life-store.ts';
import { SYSTEM_ACTOR } from '../domain/audit/actor.ts';
import type { AuditLog } from '../domain/audit/store.ts';
import type { GroupEnding, GroupEndingStore } from '../domain/groups/ending-store.ts';
import { lostRoles } from '../domain/groups/policy.ts';
import type { GroupStore } from '../domain/groups/store.ts';
import type { Database, Executor } from '../storage/database.ts';
import type { EndOfAccess } from './end-of-access.ts';

export interface GroupEndingsDependencies {
  readonly database: Pick<Database, 'transaction'>;
  readonly life: Pick<LifecycleStore, 'lock'>;
  readonly groups: Pick<GroupStore, 'of' | 'removeMember'>;
  readonly groupEndings: GroupEndingStore;
  readonly endOfAccess: EndOfAccess;
  readonly audit: AuditLog;
}

export interface GroupEndings {
  /**
   * Goes on with what groups give no more, by one member in a transaction of their own: who has lost a role is signed out, and whose
   * group is deleted leaves it. False where nothing is left to do, or another node does it.
   */
  goOn(): Promise<boolean>;
}

const BY = { actor: SYSTEM_ACTOR, origin: {} } as const;

export function createGroupEndings(deps: GroupEndingsDependencies): GroupEndings {
  const { life, groups, groupEndings, endOfAccess, audit } = deps;

  async function endFor(tx: Executor, { group, name, isDeleted, roles: given }: GroupEnding, id: string) {
    const account = await life.lock(tx, id);
    if (isDeleted && !(await groups.removeMember(tx, group, id))) return;
    if (account === undefined) return;
    // Groups that came with an account that was waited for may be of before the wait.
    const others = await groups.of(tx, id);
    // What they have otherwise, or were given since, is lost by nobody.
    const roles = lostRoles(given, [...account.ownRoles, ...others.flatMap((each) => each.roles)]);
    const event = { outcome: 'success', account: id, ...BY } as const;
    const after = { groups: others.map((each) => each.id) };
    if (isDeleted)
      await audit.record(tx, {
        ...event,
        type: 'group.member_removed',
        details: { group, name, roles, before: { groups: [...after.groups, group] }, after },
      });
    else if (roles.length > 0)
      await audit.record(tx, { ...event, type: 'group.roles_lost', details: { group, name, roles } });
    if (roles.length > 0) await endOfAccess.end(tx, id, 'rolesTaken', BY);
  }

  return {
    goOn: () =>
      deps.database.transaction(async (tx) => {
        const ending = await groupEndings.next(tx);
        if (ending === undefined) return false;
        const member = await groupEndings.nextMember(tx, ending);
        if (member !== undefined) {
          await endFor(tx, ending, member);
          await groupEndings.advance(tx, ending, member);
          return true;
        }
        const { group, name, roles, done } = ending;
        await audit.record(tx, {
          type: 'group.ending_finished',
          outcome: 'success',
          ...BY,
          details: { group, name, roles, members: done },
        });
        await groupEndings.finish(tx, ending);
        return true;
      }),
  };
}
