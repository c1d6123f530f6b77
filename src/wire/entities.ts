import { AccountRequestRecord } from '../domain/account-requests/store.ts';
import { DormancyNoticeRecord } from '../domain/accounts/dormancy-store.ts';
import {
  AccountAttributeRecord,
  AccountListingRecord,
  AccountRoleRecord,
  AccountWordRecord,
} from '../domain/accounts/listing/record-store.ts';
import { PasswordHistoryRecord } from '../domain/accounts/password-store.ts';
import { AccountRecord } from '../domain/accounts/record-store.ts';
import { ReservedSubjectRecord } from '../domain/accounts/reserved-subject-store.ts';
import { RoleTermRecord } from '../domain/accounts/role-term-store.ts';
import { ScheduledStatusRecord } from '../domain/accounts/scheduled-status-store.ts';
import { AgreementRecord } from '../domain/agreements/store.ts';
import { ApprovalRecord } from '../domain/approvals/record-store.ts';
import { AuditRestoreRecord } from '../domain/audit/anchors/restore-store.ts';
import { AuditAnchorRecord } from '../domain/audit/anchors/store.ts';
import { AuditPersonalRecord } from '../domain/audit/personal-store.ts';
import {
  AuditArchiveRecord,
  AuditHeldErasureRecord,
  AuditHoldRecord,
} from '../domain/audit/retention/record-store.ts';
import {
  AuditCheckpointRecord,
  AuditKeyRecord,
  AuditLeafRecord,
  AuditNodeRecord,
  AuditSealingRecord,
} from '../domain/audit/sealing/record-store.ts';
import { AuditSinkRecord } from '../domain/audit/sinks/sink-store.ts';
import { AuditEventRecord } from '../domain/audit/store.ts';
import { BreakGlassRecord } from '../domain/break-glass/store.ts';
import { BulkJobRecord, BulkRowRecord } from '../domain/bulk/record-store.ts';
import { ClientOwnerRecord } from '../domain/clients/owner-store.ts';
import { ClientRecord, ClientSecretRecord, ClientUseRecord } from '../domain/clients/record-store.ts';
import { RegisteredClientRecord, RegistrationTokenRecord } from '../domain/clients/registration-store.ts';
import { ConsentRecord } from '../domain/consents/store.ts';
import { DeclaredDocumentRecord, DeclaredObjectRecord } from '../domain/declared/store.ts';
import { KnownDeviceRecord } from '../domain/devices/store.ts';
import { FailedAttemptRecord } from '../domain/failed-attempts/store.ts';
import {
  GroupEndingRecord,
  GroupMemberRecord,
  GroupRecord,
  GroupRoleRecord,
} from '../domain/groups/record-store.ts';
import { IdempotencyKeyRecord } from '../domain/idempotency-keys/store.ts';
import { SigningKeyRecord } from '../domain/keys/store.ts';
import { LockoutRecord, PasswordFailureRecord } from '../domain/lockout/store.ts';
import { LogoutDeliveryRecord } from '../domain/logout-deliveries/entry-store.ts';
import { MailRecord } from '../domain/mail/entry-store.ts';
import { OneTimeLinkRecord } from '../domain/one-time-links/store.ts';
import { PasskeyRecord, UsedPasskeyChallengeRecord } from '../domain/passkeys/store.ts';
import { SignerKeyRecord } from '../domain/passwords/signer-key-store.ts';
import { StagedHashRecord } from '../domain/passwords/staged-hash-store.ts';
import { PasswordHashCountRecord, PasswordStandInRecord } from '../domain/passwords/stand-in-store.ts';
import { RateLimitRecord } from '../domain/rate-limits/store.ts';
import { RecoveryCodeRecord } from '../domain/recovery-codes/store.ts';
import { ResourceRecord } from '../domain/resources/store.ts';
import { FactorEnrolmentRecord } from '../domain/second-factors/store.ts';
import { SessionClientRecord, SessionRecord } from '../domain/sessions/record-store.ts';
import { SignInRecord } from '../domain/sign-ins/store.ts';
import { TemporaryCodeRecord } from '../domain/temporary-codes/store.ts';
import { RevokedTokenRecord, StatusListRecord } from '../domain/token-status/store.ts';
import { TotpAuthenticatorRecord } from '../domain/totp/record-store.ts';
import { TrustedDeviceRecord } from '../domain/trusted-devices/store.ts';
import { UnitRecord } from '../domain/units/store.ts';
import { ArtifactRecord } from '../oidc/artifact-record-store.ts';
import { SignInAttemptRecord } from '../sign-in/store.ts';
import { SealedKeyRecord } from '../storage/sealed-keys.ts';

/** Every entity of the server. What the migrations build is checked against this list. */
export const ENTITIES = [
  AccountRequestRecord,
  AccountAttributeRecord,
  AccountListingRecord,
  AccountRecord,
  AccountRoleRecord,
  AccountWordRecord,
  AgreementRecord,
  ArtifactRecord,
  AuditArchiveRecord,
  AuditAnchorRecord,
  AuditEventRecord,
  AuditRestoreRecord,
  AuditCheckpointRecord,
  AuditHeldErasureRecord,
  AuditHoldRecord,
  AuditKeyRecord,
  AuditLeafRecord,
  AuditNodeRecord,
  AuditPersonalRecord,
  AuditSealingRecord,
  AuditSinkRecord,
  BreakGlassRecord,
  BulkJobRecord,
  BulkRowRecord,
  ClientOwnerRecord,
  ClientRecord,
  ClientSecretRecord,
  ClientUseRecord,
  RegisteredClientRecord,
  RegistrationTokenRecord,
  ConsentRecord,
  DeclaredDocumentRecord,
  DeclaredObjectRecord,
  FactorEnrolmentRecord,
  FailedAttemptRecord,
  IdempotencyKeyRecord,
  KnownDeviceRecord,
  LockoutRecord,
  LogoutDeliveryRecord,
  MailRecord,
  OneTimeLinkRecord,
  PasskeyRecord,
  PasswordHashCountRecord,
  PasswordHistoryRecord,
  PasswordFailureRecord,
  PasswordStandInRecord,
  RateLimitRecord,
  RecoveryCodeRecord,
  ReservedSubjectRecord,
  ResourceRecord,
  RevokedTokenRecord,
  RoleTermRecord,
  DormancyNoticeRecord,
  ScheduledStatusRecord,
  SealedKeyRecord,
  SessionClientRecord,
  SessionRecord,
  SignInAttemptRecord,
  SignInRecord,
  SignerKeyRecord,
  SigningKeyRecord,
  StagedHashRecord,
  StatusListRecord,
  TemporaryCodeRecord,
  TotpAuthenticatorRecord,
  TrustedDeviceRecord,
  ApprovalRecord,
  UnitRecord,
  GroupRecord,
  GroupMemberRecord,
  GroupRoleRecord,
  GroupEndingRecord,
  UsedPasskeyChallengeRecord,
];
