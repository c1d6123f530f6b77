import {
  type AccountStatusChanges,
  type AccountStatusDependencies,
  createAccountStatusChanges,
} from './account-status.ts';
import {
  type AddressRestoring,
  type AddressRestoringDependencies,
  createAddressRestoring,
} from './address-restoring.ts';
import {
  type AddressSetting,
  type AddressSettingDependencies,
  createAddressSetting,
} from './address-setting.ts';
import { type AlarmDependencies, type Alarms, createAlarms } from './alarms.ts';
import { type BreakGlass, type BreakGlassDependencies, createBreakGlass } from './break-glass.ts';
import {
  type AccountChanges,
  ADDRESS_REQUEST,
  type ChangeDependencies,
  createAccountChanges,
} from './changes.ts';
import { createDeletion, type Deletion, type DeletionDependencies } from './deletion.ts';
import {
  createDemandedChange,
  type DemandedChange,
  type DemandedChangeDependencies,
} from './demanded-change.ts';
import { createDormantPeople, type DormancyDependencies, type DormantPeople } from './dormancy.ts';
import {
  createFactorEnrolment,
  type FactorEnrolment,
  type FactorEnrolmentDependencies,
} from './factor-enrolment.ts';
import {
  createFactorRemoving,
  type FactorRemoving,
  type FactorRemovingDependencies,
} from './factor-removing.ts';
import { createFactorReset, type FactorReset, type FactorResetDependencies } from './factor-reset.ts';
import { createFactorUndoing, type FactorUndoingDependencies } from './factor-undoing.ts';
import { createGroupEndings, type GroupEndings, type GroupEndingsDependencies } from './group-endings.ts';
import {
  createGroupMembership,
  type GroupMembership,
  type GroupMembershipDependencies,
} from './group-membership.ts';
import { createInvitations, type InvitationDependencies, type Invitations } from './invitations.ts';
import { createMerging, type Merging, type MergingDependencies } from './merging.ts';
import { createNotices, type NoticeDependencies, type Notices } from './notices.ts';
import { createOwnFactors, type OwnFactorDependencies, type OwnFactors } from './own-factors.ts';
import {
  createPasswordReset,
  type PasswordReset,
  type PasswordResetDependencies,
  RESET_REQUEST,
} from './password-reset.ts';
import { createProfileSetting, type ProfileSetting } from './profile-setting.ts';
import {
  createRegistration,
  REGISTRATION_REQUEST,
  type Registration,
  type RegistrationDependencies,
} from './registration.ts';
import { createRoleSetting, type RoleSetting, type RoleSettingDependencies } from './role-setting.ts';
import {
  createLockDown,
  createSecuring,
  type LockDownDependencies,
  type Securing,
  type SecuringDependencies,
} from './securing.ts';
import {
  createStatusSchedule,
  type StatusSchedule,
  type StatusScheduleDependencies,
} from './status-schedule.ts';
import {
  createTemporaryCodeIssuing,
  type TemporaryCodeDependencies,
  type TemporaryCodeIssuing,
} from './temporary-codes.ts';
import { createUnitSetting, type UnitSetting, type UnitSettingDependencies } from './unit-setting.ts';

export interface Lifecycle {
  readonly passwordReset: PasswordReset;
  readonly invitations: Invitations;
  readonly registration: Registration;
  readonly deletion: Deletion;
  readonly notices: Notices;
  readonly securing: Securing;
  readonly addressRestoring: AddressRestoring;
  readonly addressSetting: AddressSetting;
  readonly roleSetting: RoleSetting;
  readonly profileSetting: ProfileSetting;
  readonly merging: Merging;
  readonly factorRemoving: FactorRemoving;
  readonly unitSetting: UnitSetting;
  readonly groupMembership: GroupMembership;
  readonly groupEnding: GroupEndings;
  readonly changes: AccountChanges;
  readonly demandedChange: DemandedChange;
  readonly factorEnrolment: FactorEnrolment;
  readonly ownFactors: OwnFactors;
  readonly factorReset: FactorReset;
  readonly accountStatus: AccountStatusChanges;
  readonly statusSchedule: StatusSchedule;
  readonly dormantPeople: DormantPeople;
  readonly temporaryCodeIssuing: TemporaryCodeIssuing;
  readonly alarms: Alarms;
  readonly breakGlass: BreakGlass;
  /** What the job makes of requests, by kind. */
  readonly answers: {
    readonly [RESET_REQUEST]: PasswordReset['answer'];
    readonly [REGISTRATION_REQUEST]: Registration['answer'];
    readonly [ADDRESS_REQUEST]: AccountChanges['answerAddress'];
  };
}

/** Everything of this folder. */
export function createLifecycle(
  deps: Omit<
    PasswordResetDependencies &
      ChangeDependencies &
      DemandedChangeDependencies &
      LockDownDependencies &
      FactorEnrolmentDependencies &
      OwnFactorDependencies &
      FactorResetDependencies &
      FactorUndoingDependencies &
      TemporaryCodeDependencies,
    'notices' | 'addressRestoring' | 'temporaryCodeIssuing'
  > &
    InvitationDependencies &
    RegistrationDependencies &
    DeletionDependencies &
    AddressSettingDependencies &
    RoleSettingDependencies &
    UnitSettingDependencies &
    GroupMembershipDependencies &
    GroupEndingsDependencies &
    NoticeDependencies &
    Omit<MergingDependencies, 'deletion' | 'roleSetting' | 'groupMembership' | 'profileSetting'> &
    Omit<FactorRemovingDependencies, 'notices'> &
    AccountStatusDependencies &
    AlarmDependencies &
    Omit<BreakGlassDependencies, 'accountStatus' | 'alarms'> &
    Omit<StatusScheduleDependencies, 'accountStatus'> &
    Omit<DormancyDependencies, 'accountStatus'> &
    Omit<
      SecuringDependencies & AddressRestoringDependencies,
      'lockDown' | 'factorUndoing' | 'statusSchedule'
    >,
): Lifecycle {
  const notices = createNotices(deps);
  const accountStatus = createAccountStatusChanges(deps);
  const statusSchedule = createStatusSchedule({ ...deps, accountStatus });
  const temporaryCodeIssuing = createTemporaryCodeIssuing({ ...deps, notices });
  const passwordReset = createPasswordReset({ ...deps, notices });
  const registration = createRegistration(deps);
  const lockDown = createLockDown(deps);
  const factorUndoing = createFactorUndoing(deps);
  const addressRestoring = createAddressRestoring({ ...deps, lockDown, factorUndoing, statusSchedule });
  const deletion = createDeletion(deps);
  const profileSetting = createProfileSetting(deps);
  const roleSetting = createRoleSetting(deps);
  const groupMembership = createGroupMembership(deps);
  const changes = createAccountChanges({ ...deps, notices, addressRestoring });
  const alarms = createAlarms(deps);
  return {
    passwordReset,
    invitations: createInvitations(deps),
    registration,
    deletion,
    notices,
    securing: createSecuring({ ...deps, lockDown, factorUndoing }),
    addressRestoring,
    addressSetting: createAddressSetting(deps),
    roleSetting,
    profileSetting,
    merging: createMerging({ ...deps, deletion, roleSetting, groupMembership, profileSetting }),
    factorRemoving: createFactorRemoving({ ...deps, notices }),
    unitSetting: createUnitSetting(deps),
    groupMembership,
    groupEnding: createGroupEndings(deps),
    changes,
    demandedChange: createDemandedChange({ ...deps, notices }),
    factorEnrolment: createFactorEnrolment({ ...deps, notices }),
    ownFactors: createOwnFactors({ ...deps, notices }),
    temporaryCodeIssuing,
    factorReset: createFactorReset({ ...deps, notices, temporaryCodeIssuing }),
    accountStatus,
    statusSchedule,
    dormantPeople: createDormantPeople({ ...deps, accountStatus }),
    alarms,
    breakGlass: createBreakGlass({ ...deps, accountStatus, alarms }),
    answers: {
      [RESET_REQUEST]: passwordReset.answer,
      [REGISTRATION_REQUEST]: registration.answer,
      [ADDRESS_REQUEST]: changes.answerAddress,
    },
  };
}
