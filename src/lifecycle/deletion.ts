import type { LifecycleStore } from '../domain/accounts/life-store.ts';
import { normaliseIdentifier } from '../domain/accounts/policy.ts';
import type { RoleTermStore } from '../domain/accounts/role-term-store.ts';
import type { AgreementStore } from '../domain/agreements/store.ts';
import type { ApprovalStore } from '../domain/approvals/store.ts';
import type { AuditedBy } from '../domain/audit/events.ts';
import { termsFacts } from '../domain/audit/facts.ts';
import type { PersonalValues } from '../domain/audit/personal-store.ts';
import type { AuditLog } from '../domain/audit/store.ts';
import { assertNotBreakGlass } from '../domain/break-glass/policy.ts';
import type { BulkStore } from '../domain/bulk/store.ts';
import type { ClientOwnerStore } from '../domain/clients/owner-store.ts';
import type { ClientRegistrationStore } from '../domain/clients/registration-store.ts';
import type { ConsentStore } from '../domain/consents/store.ts';
import type { DeviceStore } from '../domain/devices/store.ts';
import type { FailedAttempts } from '../domain/failed-attempts/store.ts';
import type { GroupStore } from '../domain/groups/store.ts';
import type { LogoutDeliveries } from '../domain/logout-deliveries/store.ts';
import type { MailOutbox } from '../domain/mail/store.ts';
import type { OneTimeLinkStore } from '../domain/one-time-links/store.ts';
import type { RecoveryCodeStore } from '../domain/recovery-codes/store.ts';
import type { FactorEnrolmentStore } from '../domain/second-factors/store.ts';
import type { SessionStore } from '../domain/sessions/store.ts';
import type { SignInStore } from '../domain/sign-ins/store.ts';
import { OWN_KINDS } from '../sign-in/factors/kinds.ts';
import type { AttemptStore } from '../sign-in/store.ts';
import type { Executor } from '../storage/database.ts';
import { commitWrites } from '../storage/unit-of-work.ts';
import type { EndOfAccess } from './end-of-access.ts';
import { type OwnFactorStoreDependencies, ownFactorStores } from './factor-stores.ts';
import type { LastAdministrator } from './last-administrator.ts';

export interface DeletionDependencies extends OwnFactorStoreDependencies<'removeAll'> {
  readonly life: LifecycleStore;
  readonly roleTerms: Pick<RoleTermStore, 'of' | 'set'>;
  readonly clientOwners: Pick<ClientOwnerStore, 'forgetAccount'>;
  readonly groups: Pick<GroupStore, 'forgetAccount'>;
  readonly registrations: Pick<ClientRegistrationStore, 'forgetAccount'>;
  readonly lastAdministrator: LastAdministrator;
  readonly links: Pick<OneTimeLinkStore, 'forgetAccount'>;
  readonly approvals: Pick<ApprovalStore, 'forgetAccount'>;
  readonly consents: Pick<ConsentStore, 'forgetAccount'>;
  readonly bulks: Pick<BulkStore, 'forgetAccount'>;
  readonly devices: Pick<DeviceStore, 'forgetAll'>;
  readonly failedAttempts: Pick<FailedAttempts, 'forget'>;
  readonly logouts: Pick<LogoutDeliveries, 'forgetAccount'>;
  readonly mail: Pick<MailOutbox, 'forgetAccount'>;
  readonly audit: AuditLog;
  readonly personalValues: PersonalValues;
  readonly attempts: Pick<AttemptStore, 'forgetAccount'>;
  readonly agreements: Pick<AgreementStore, 'forgetAccount'>;
  readonly recoveryCodes: Pick<RecoveryCodeStore, 'removeAll'>;
  readonly factorEnrolments: Pick<FactorEnrolmentStore, 'forget'>;
  readonly sessionStore: Pick<SessionStore, 'forgetAccount'>;
  readonly signIns: Pick<SignInStore, 'forgetAccount'>;
  readonly endOfAccess: EndOfAccess;
  readonly access: {
    forgetInteractions(tx: Executor, account: { id: string; identifiers: readonly string[] }): Promise<void>;
  };
  readonly lockout: { forget(tx: Executor, account: { id: string; identifier: string }): Promise<void> };
}

export interface Deletion {
  /**
   * In the transaction of the caller: removes an account and everything personal about it, ends its sessions and tokens, and
   * keeps the audit trail, in which it stays as an id that is nobody's any more and is never given again. False when there is
   * no such account. Throws `last_administrator` (409).
   */
  remove(tx: Executor, id: string, by: AuditedBy): Promise<boolean>;
}

export const createDeletion = (deps: DeletionDependencies): Deletion => ({
  async remove(tx, id, by) {
    // Whoever goes on with a sign-in holds that before the account.
    await deps.attempts.forgetAccount(tx, id);
    const account = await deps.life.lock(tx, id);
    if (account === undefined) return false;
    assertNotBreakGlass(account);
    const identifier = normaliseIdentifier(account.email);
    const identifiers = [
      identifier,
      ...(account.username === undefined ? [] : [normaliseIdentifier(account.username)]),
    ];
    const stores = ownFactorStores(deps);
    const wasAdministrator =
      account.status === 'active' && (await deps.lastAdministrator.isAdministrator(tx, id));
    const terms = await deps.roleTerms.of(tx, id);
    await deps.endOfAccess.end(tx, id, 'deleted', by);
    await deps.sessionStore.forgetAccount(tx, id);
    await deps.signIns.forgetAccount(tx, id);
    await deps.access.forgetInteractions(tx, { id, identifiers });
    // Of sign-ins since.
    await deps.attempts.forgetAccount(tx, id);
    await commitWrites(tx, [
      ...OWN_KINDS.map((kind) => stores[kind].removeAll(id)),
      deps.recoveryCodes.removeAll(id),
      deps.factorEnrolments.forget(id),
    ]);
    await deps.links.forgetAccount(tx, { id, identifier });
    await deps.approvals.forgetAccount(tx, id);
    await deps.consents.forgetAccount(tx, id);
    await deps.registrations.forgetAccount(tx, id);
    await deps.agreements.forgetAccount(tx, id);
    await deps.bulks.forgetAccount(tx, id);
    await deps.devices.forgetAll(tx, id);
    await deps.failedAttempts.forget(tx, id);
    await deps.logouts.forgetAccount(tx, id);
    await deps.mail.forgetAccount(tx, id);
    await deps.lockout.forget(tx, { id, identifier });
    await deps.roleTerms.set(tx, id, []);
    const groups = await deps.groups.forgetAccount(tx, id);
    const clients = await deps.clientOwners.forgetAccount(tx, id);
    await deps.life.remove(tx, id);
    await deps.audit.record(tx, {
      type: 'account.deleted',
      outcome: 'success',
      account: id,
      ...by,
      details: {
        before: {
          status: account.status,
          roles: [...account.ownRoles, ...account.endedRoles],
          terms: termsFacts(terms),
          ...(account.unit === undefined ? {} : { unit: account.unit }),
          clients,
          groups,
        },
      },
    });
    await deps.personalValues.erase(tx, id, identifiers);
    if (wasAdministrator) await deps.lastAdministrator.stays(tx);
    return true;
  },
});
