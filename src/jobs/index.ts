import type { Meters } from '../metrics/meters.ts';
import { type AnchorAuditDependencies, createAnchorAudit } from './anchor-audit.ts';
import { type AnswerRequestsDependencies, createAnswerRequests } from './answer-requests.ts';
import { type ChangeStatusDependencies, createChangeStatus } from './change-status.ts';
import { type CheckDriftDependencies, createCheckDrift } from './check-drift.ts';
import { type ClearOutboxDependencies, createClearOutbox } from './clear-outbox.ts';
import { createDealStandIns, type DealStandInsDependencies } from './deal-stand-ins.ts';
import { createDeliverLogouts, type DeliverLogoutsDependencies } from './deliver-logouts.ts';
import { createDisableDormant, type DisableDormantDependencies } from './disable-dormant.ts';
import { createEmitAudit, type EmitAuditDependencies } from './emit-audit.ts';
import { createEndGroupRoles, type EndGroupRolesDependencies } from './end-group-roles.ts';
import { createEndRoles, type EndRolesDependencies } from './end-roles.ts';
import { createEndSessions, type EndSessionsDependencies } from './end-sessions.ts';
import { createErasePersonal, type ErasePersonalDependencies } from './erase-personal.ts';
import { createExpireApprovals, type ExpireApprovalsDependencies } from './expire-approvals.ts';
import { createExpireRegistrations, type ExpireRegistrationsDependencies } from './expire-registrations.ts';
import {
  createFailedAttemptNotices,
  type FailedAttemptNoticesDependencies,
} from './failed-attempt-notices.ts';
import { createIndexPeople, type IndexPeopleDependencies } from './index-people.ts';
import { createLockoutNotices, type LockoutNoticesDependencies } from './lockout-notices.ts';
import { createMakeAuditMonths, type MakeAuditMonthsDependencies } from './make-audit-months.ts';
import {
  createPasswordExpiryNotices,
  type PasswordExpiryNoticesDependencies,
} from './password-expiry-notices.ts';
import { createRunBulk, type RunBulkDependencies } from './run-bulk.ts';
import { createJobs, type Jobs } from './runner.ts';
import { createSealAudit, type SealAuditDependencies } from './seal-audit.ts';
import { createSendMail, type SendMailDependencies } from './send-mail.ts';
import { createSweepArtifacts, type SweepArtifactsDependencies } from './sweep-artifacts.ts';
import { createSweepCounters, type SweepCountersDependencies } from './sweep-counters.ts';
import { createWatchBreakGlass, type WatchBreakGlassDependencies } from './watch-break-glass.ts';
import { createWriteClientUses, type WriteClientUsesDependencies } from './write-client-uses.ts';

/** The list of all jobs. They run from `start` on. */
export function createAllJobs(
  deps: Omit<SendMailDependencies, 'wake'> &
    Omit<DeliverLogoutsDependencies, 'wakeDeliverLogouts'> &
    ClearOutboxDependencies & {
      readonly logouts: ClearOutboxDependencies['outbox'];
    } & DealStandInsDependencies &
    DisableDormantDependencies &
    EndRolesDependencies &
    EndGroupRolesDependencies &
    EndSessionsDependencies &
    ErasePersonalDependencies &
    ExpireApprovalsDependencies &
    IndexPeopleDependencies &
    ChangeStatusDependencies &
    CheckDriftDependencies &
    RunBulkDependencies &
    MakeAuditMonthsDependencies &
    EmitAuditDependencies &
    SweepArtifactsDependencies &
    SweepCountersDependencies &
    AnchorAuditDependencies &
    AnswerRequestsDependencies &
    LockoutNoticesDependencies &
    FailedAttemptNoticesDependencies &
    PasswordExpiryNoticesDependencies &
    WatchBreakGlassDependencies &
    WriteClientUsesDependencies &
    ExpireRegistrationsDependencies &
    SealAuditDependencies & { readonly meters: Meters },
): Jobs {
  const sendMail = createSendMail({ ...deps, wake: () => jobs.wake(sendMail.name) });
  const deliverLogouts = createDeliverLogouts({
    ...deps,
    wakeDeliverLogouts: () => jobs.wake(deliverLogouts.name),
  });
  const jobs: Jobs = createJobs(
    [
      sendMail,
      deliverLogouts,
      createClearOutbox('clear-logouts', 'old logout notices removed', { ...deps, outbox: deps.logouts }),
      createClearOutbox('clear-mail', 'old mail removed from the outbox', deps),
      createDealStandIns(deps),
      createDisableDormant(deps),
      createEndRoles(deps),
      createEndGroupRoles(deps),
      createEndSessions(deps),
      createMakeAuditMonths(deps),
      createErasePersonal(deps),
      createExpireApprovals(deps),
      createIndexPeople(deps),
      createChangeStatus(deps),
      createCheckDrift(deps),
      createRunBulk(deps),
      createSweepArtifacts(deps),
      createSweepCounters(deps),
      createAnswerRequests(deps),
      createAnchorAudit(deps),
      createLockoutNotices(deps),
      createFailedAttemptNotices(deps),
      createPasswordExpiryNotices(deps),
      createExpireRegistrations(deps),
      createWriteClientUses(deps),
      ...createEmitAudit(deps),
      createSealAudit(deps),
      createWatchBreakGlass(deps),
    ],
    deps.log,
    deps.meters,
    deps.clock,
  );
  return jobs;
}
