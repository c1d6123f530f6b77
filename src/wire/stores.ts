import { createAccountRequestStore } from '../domain/account-requests/store.ts';
import { createAdministratorStore } from '../domain/accounts/administrator-store.ts';
import { createDormancyStore } from '../domain/accounts/dormancy-store.ts';
import { createAccountPasswordStore } from '../domain/accounts/password-store.ts';
import { createReservedSubjects } from '../domain/accounts/reserved-subject-store.ts';
import { createRoleTermStore } from '../domain/accounts/role-term-store.ts';
import { createScheduledStatusStore } from '../domain/accounts/scheduled-status-store.ts';
import { createAccountStore } from '../domain/accounts/store.ts';
import { createStoredHashStore } from '../domain/accounts/stored-hash-store.ts';
import { createAgreementStore } from '../domain/agreements/store.ts';
import { createApprovalStore } from '../domain/approvals/store.ts';
import { createActivityStore } from '../domain/audit/activity-store.ts';
import { createRestoreStore } from '../domain/audit/anchors/restore-store.ts';
import { createAnchorStore } from '../domain/audit/anchors/store.ts';
import { createTrailStore } from '../domain/audit/anchors/trail-store.ts';
import { createAuditGroup } from '../domain/audit/pending-events.ts';
import { createPersonalValues } from '../domain/audit/personal-store.ts';
import { createClientProblemStore } from '../domain/audit/problem-store.ts';
import { createAuditCursors } from '../domain/audit/reading/cursors.ts';
import { createAuditReader } from '../domain/audit/reading/reader-store.ts';
import { createAuditHolds } from '../domain/audit/retention/holds-store.ts';
import { createAuditMonths } from '../domain/audit/retention/months-store.ts';
import { createAuditSinkStore } from '../domain/audit/sinks/sink-store.ts';
import { createAuditLog } from '../domain/audit/store.ts';
import { createBreakGlassStore } from '../domain/break-glass/store.ts';
import { createBulkStore } from '../domain/bulk/store.ts';
import { createClientListStore } from '../domain/clients/list-store.ts';
import { createClientOwnerStore } from '../domain/clients/owner-store.ts';
import { createClientRegistrationStore } from '../domain/clients/registration-store.ts';
import { createClientSecretStore } from '../domain/clients/secret-store.ts';
import { createClientStore } from '../domain/clients/store.ts';
import { createClientUseStore } from '../domain/clients/use-store.ts';
import { createClientUses } from '../domain/clients/uses.ts';
import { createConsentStore } from '../domain/consents/store.ts';
import { createDeclaredStore } from '../domain/declared/store.ts';
import { createDeviceStore } from '../domain/devices/store.ts';
import { createFailedAttempts } from '../domain/failed-attempts/store.ts';
import { createGroupEndingStore } from '../domain/groups/ending-store.ts';
import { createGroupStore } from '../domain/groups/store.ts';
import { createIdempotencyKeys } from '../domain/idempotency-keys/store.ts';
import { createKeyStore } from '../domain/keys/store.ts';
import { createLockout } from '../domain/lockout/store.ts';
import { createLogoutDeliveries } from '../domain/logout-deliveries/store.ts';
import { createMailOutbox } from '../domain/mail/store.ts';
import { createOneTimeLinkStore } from '../domain/one-time-links/store.ts';
import type { PasswordHasher } from '../domain/passwords/hasher.ts';
import { createSignerKeyStore } from '../domain/passwords/signer-key-store.ts';
import { createStagedHashes } from '../domain/passwords/staged-hash-store.ts';
import { createStandIns } from '../domain/passwords/stand-in-store.ts';
import { createHashWrapper } from '../domain/passwords/wrapping.ts';
import { createLimits } from '../domain/rate-limits/policy.ts';
import { createRateLimits } from '../domain/rate-limits/store.ts';
import { createResourceStore } from '../domain/resources/store.ts';
import { createSessionDeadlineStore } from '../domain/sessions/deadline-store.ts';
import type { SessionSettings } from '../domain/sessions/policy.ts';
import { createSessionStore } from '../domain/sessions/store.ts';
import { createSignInStore } from '../domain/sign-ins/store.ts';
import { createStatusIndexes } from '../domain/token-status/indexes.ts';
import { createTokenStatusStore } from '../domain/token-status/store.ts';
import { createUnitStore } from '../domain/units/store.ts';
import { networkMatcher } from '../kernel/addresses.ts';
import { createPersonalData } from '../lifecycle/personal-data-store.ts';
import { withAdminResource } from '../oidc/admin-resource.ts';
import { createArtifactStore } from '../oidc/artifact-store.ts';
import { createSessionRecords } from '../oidc/session-records.ts';
import { createSharedWorkstations } from '../oidc/shared-workstations.ts';
import { createTerminations } from '../oidc/terminations.ts';
import { createAdmissions } from '../sign-in/admission-store.ts';
import { createHindranceStore } from '../sign-in/hindrance-store.ts';
import { createPersonStore } from '../sign-in/person-store.ts';
import { createAttemptStore } from '../sign-in/store.ts';
import { createResealing } from '../storage/resealing.ts';
import { createFactors } from './factors.ts';
import type { Foundation } from './foundation.ts';
import { createSealing } from './sealing.ts';

export type Stores = ReturnType<typeof createStores>;

/** One store for each thing that is kept, by subject, and what counts tries: lockout and rate limits. */
export function createStores(foundation: Foundation, hasher: () => PasswordHasher) {
  const { config, database, clock, random, log } = foundation;
  const { changes, redis } = foundation.storage;
  const { keyring, digestKey, wrappingKey } = foundation.secrets;
  const { meters } = foundation.metrics;
  const audit = createAuditLog(foundation.auditStamp, meters.audited);
  const lockout = createLockout({
    database,
    policy: config.lockout,
    digestKey,
    clock,
    random,
    record: audit.record,
  });
  const rateLimits = createRateLimits({
    database,
    redis,
    digestKey,
    clock,
    onFallback: (error) => log.warn({ err: error }, 'PostgreSQL counts the rate limits for Redis'),
    onRefusal: meters.limited,
  });
  const limits = createLimits(config.rateLimits);
  const clientUseStore = createClientUseStore(database);
  const sessionSettings: SessionSettings = { ...config.sessions, byRole: config.sessionPolicies };
  const sessionStore = createSessionStore(database);
  const statuses = createTokenStatusStore(database, clock);
  const sharedWorkstations = createSharedWorkstations(
    networkMatcher(config.sessions.sharedWorkstation.networks),
  );
  const logouts = createLogoutDeliveries(database, clock, random);
  const terminations = createTerminations({
    sessions: sessionStore,
    logouts,
    clock,
    stamp: foundation.auditStamp,
    onEnded: meters.sessionsEnded,
  });
  const accounts = createAccountStore(database, clock, random);
  const signIns = createSignInStore(database);
  const wrapper = createHashWrapper({ argon2: config.passwords.argon2, wrappingKey, random });
  return {
    audit: {
      log: audit,
      activity: createActivityStore(database),
      clientProblems: createClientProblemStore(database),
      months: createAuditMonths(database),
      holds: createAuditHolds(),
      sinks: createAuditSinkStore(database),
      stamp: foundation.auditStamp,
      personalValues: createPersonalValues(),
      reader: createAuditReader(),
      cursors: createAuditCursors({ keyring, random, now: () => clock.now() }),
      sealing: createSealing(foundation, audit),
      group: createAuditGroup((rows) => audit.insert(database, rows)),
      anchorStore: createAnchorStore(database, clock, random),
      restores: createRestoreStore(database),
      trail: createTrailStore(database),
    },
    accounts: {
      store: accounts,
      passwords: createAccountPasswordStore(database, clock, random),
      hashes: createStoredHashStore(database),
      reservedSubjects: createReservedSubjects(clock),
      personalData: createPersonalData(),
      requests: createAccountRequestStore(database, keyring, clock, random),
      links: createOneTimeLinkStore(database, clock, random),
      roleTerms: createRoleTermStore(),
      administrators: createAdministratorStore(),
      scheduledStatuses: createScheduledStatusStore(),
      dormancies: createDormancyStore(),
      bulks: createBulkStore(clock, random),
      units: createUnitStore(clock, random),
      groups: createGroupStore(clock, random),
      groupEndings: createGroupEndingStore(clock, random),
      breakGlass: createBreakGlassStore(),
      approvals: createApprovalStore(database, { keyring, clock, random }),
    },
    passwords: {
      standIns: createStandIns({ database, digestKey, clock, random }),
      signerKeys: createSignerKeyStore(database, keyring, clock, random),
      wrapper,
      staged: createStagedHashes({ database, wrapper, wrappingKey, clock }),
    },
    factors: createFactors(foundation, hasher),
    signIn: {
      people: createPersonStore(database, clock),
      hindrances: createHindranceStore(database),
      attempts: createAttemptStore(database, clock),
      agreements: createAgreementStore(database),
      devices: createDeviceStore(database, random),
      failedAttempts: createFailedAttempts(database, config.lockout, clock),
      admissions: createAdmissions({
        database,
        lockout,
        rateLimits,
        limits,
        isOffice: networkMatcher(config.rateLimits.officeNetworks),
      }),
    },
    protection: {
      lockout,
      rateLimits,
      limits,
      idempotencyKeys: createIdempotencyKeys({ database, keyring, digestKey, clock, random }),
    },
    sessions: {
      settings: sessionSettings,
      store: sessionStore,
      signIns,
      deadlines: createSessionDeadlineStore(database),
      sharedWorkstations,
      terminations,
      records: createSessionRecords({
        sessions: sessionStore,
        settings: sessionSettings,
        sharedWorkstations,
        clock,
        logouts,
        terminations,
        accounts,
        signIns,
      }),
    },
    tokens: {
      artifacts: createArtifactStore(database, clock),
      statuses,
      statusIndexes: createStatusIndexes({ statuses, clock, random }),
    },
    clients: {
      store: createClientStore(database, changes, clock),
      secrets: createClientSecretStore(database, clock),
      useStore: clientUseStore,
      uses: createClientUses({ store: clientUseStore, clock }),
      list: createClientListStore(database),
      registrations: createClientRegistrationStore(database),
      owners: createClientOwnerStore(clock),
      resources: withAdminResource(createResourceStore(database, changes, clock), config.server.issuer),
      consents: createConsentStore(database),
    },
    declared: createDeclaredStore(clock),
    keys: {
      store: createKeyStore(database, keyring, clock, random, foundation.makeSigningKey),
      resealing: createResealing(keyring, random),
    },
    mail: { outbox: createMailOutbox(database, keyring, clock, random) },
    logouts: { outbox: logouts },
  };
}
