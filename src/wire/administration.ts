import type { ApproverCheck } from '../administration/approvers.ts';
import { createFourEyes } from '../administration/four-eyes.ts';
import {
  ACT_NAMES,
  ACTS,
  type Administration,
  type AdministrationDependencies,
  createAdministration,
  problemsOfAdministration,
} from '../administration/index.ts';
import { createCursors } from '../administration/list-cursors.ts';
import { actsOfScopes } from '../administration/rights/admin-scopes.ts';
import { createRightsReader } from '../administration/rights/rights-store.ts';
import { administrativeRoles } from '../administration/rights/roles.ts';
import type { ReadsSystem } from '../administration/system.ts';
import { declaredSettings } from '../config/declared.ts';
import { effectiveSettings } from '../config/describe.ts';
import { ConfigurationError, resolutionOf } from '../config/load.ts';
import { BUILT_IN_ROLES, rolesNamedBy } from '../config/role-names.ts';
import type { Config } from '../config/schema.ts';
import { createAuditArchives } from '../domain/audit/retention/archive-store.ts';
import { createMonthExport } from '../domain/audit/retention/month-export.ts';
import type { PasswordHasher } from '../domain/passwords/hasher.ts';
import type { Jobs } from '../jobs/runner.ts';
import { VERSION } from '../kernel/version.ts';
import { createRecoveryStore } from '../lifecycle/recovery-store.ts';
import type { ActiveProvider } from '../oidc/active-provider.ts';
import { createClientRules } from '../oidc/client-rules.ts';
import type { ToldClaims } from '../oidc/told-claims.ts';
import type { Setup } from '../setup/first-administrator.ts';
import { schemaState } from '../storage/readiness.ts';
import type { Anchored } from './anchors.ts';
import { openAuditEvidence } from './audit-evidence.ts';
import type { Foundation } from './foundation.ts';
import type { openJobs } from './jobs.ts';
import type { openLifecycle } from './lifecycle.ts';
import { readGauges } from './metrics.ts';
import { openOwner } from './owner.ts';
import type { openPasswords } from './passwords.ts';
import type { Stores } from './stores.ts';

/** What acts have to know of the configuration. */
export const administrationSettings = (
  config: Config,
): Pick<
  AdministrationDependencies,
  | 'namedRoles'
  | 'firstPasswordsLast'
  | 'issuer'
  | 'keyActivationDelaySeconds'
  | 'mailTimeoutSeconds'
  | 'auditRetentionYears'
  | 'openOwner'
> => ({
  namedRoles: [...BUILT_IN_ROLES, ...rolesNamedBy(config).map(({ role }) => role)],
  firstPasswordsLast: config.environment !== 'production',
  issuer: config.server.issuer,
  keyActivationDelaySeconds: config.keys.activationDelaySeconds,
  mailTimeoutSeconds: config.mail.sendTimeoutSeconds,
  auditRetentionYears: config.auditRetention.years,
  openOwner: () => openOwner(config),
});

type Administered = Foundation &
  Stores & {
    readonly audit: Stores['audit'] & Anchored;
    readonly lifecycle: ReturnType<typeof openLifecycle>;
    readonly passwords: Awaited<ReturnType<typeof openPasswords>> & { readonly hasher: PasswordHasher };
    readonly protocol: { readonly active: ActiveProvider; readonly told: ToldClaims };
    readonly mail: Awaited<ReturnType<typeof openJobs>>['mail'];
    readonly setup: Setup;
    readonly approverCheck: ApproverCheck;
    readonly jobs: Pick<Jobs, 'states'>;
  };

/** The acts of operators, with what they depend on. */
export function openAdministration(app: Administered): Administration {
  const problems = problemsOfAdministration(app.config.administration);
  if (problems.length > 0) throw new ConfigurationError(problems);
  return createAdministration(administrationDependencies(app));
}

/** What the acts depend on, of the whole application. */
export function administrationDependencies(app: Administered): AdministrationDependencies {
  const { config, database, clock, accounts, audit, clients, factors, keys, mail, passwords, secrets } = app;
  const { lifecycle, logouts, protection, protocol, sessions, setup } = app;
  const roles = administrativeRoles(config.administration.roles, ACT_NAMES);
  const rights = createRightsReader(database, { clock, roles });
  const evidence = openAuditEvidence({ database, sealing: audit.sealing, clock, mac: app.auditStamp.mac });
  return {
    ...administrationSettings(config),
    ...factors,
    ...lifecycle,
    database,
    random: app.random,
    clock,
    digestKey: secrets.digestKey,
    cursors: createCursors({ keyring: secrets.keyring, random: app.random }),
    setup,
    audit: audit.log,
    watch: audit.watch,
    trail: audit.trail,
    restores: audit.restores,
    recovery: createRecoveryStore(),
    terminations: sessions.terminations,
    statuses: app.tokens.statuses,
    actsOfScopes: actsOfScopes(ACTS),
    rights,
    fourEyes: createFourEyes({
      patterns: config.administration.fourEyes,
      approvals: accounts.approvals,
      rights,
    }),
    approvals: accounts.approvals,
    findAct: (name) => ACTS.find((act) => act.name === name),
    auditKeys: audit.sealing.keys,
    sealer: audit.sealing.sealer,
    accounts: accounts.store,
    attributes: app.attributes,
    breakGlassStore: accounts.breakGlass,
    drillDays: config.administration.drillDays,
    units: accounts.units,
    groups: accounts.groups,
    groupEndings: accounts.groupEndings,
    bulks: accounts.bulks,
    roleTerms: accounts.roleTerms,
    accountPasswords: accounts.passwords,
    passwordRules: passwords.rules,
    hasher: passwords.hasher,
    standIns: passwords.standIns,
    signerKeys: passwords.signerKeys,
    stagedHashes: passwords.staged,
    hashWrapper: passwords.wrapper,
    storedHashes: accounts.hashes,
    personalData: accounts.personalData,
    hindrances: app.signIn.hindrances,
    signInPeople: app.signIn.people,
    factorSettings: factors.settings,
    sessionSettings: sessions.settings,
    lockout: protection.lockout,
    sessionStore: sessions.store,
    clients: clients.store,
    clientSecrets: clients.secrets,
    clientUses: clients.useStore,
    clientList: clients.list,
    registrations: clients.registrations,
    clientOwners: clients.owners,
    links: accounts.links,
    clientProblems: audit.clientProblems,
    auditHolds: audit.holds,
    auditArchives: createAuditArchives(),
    auditReader: audit.reader,
    auditCursors: audit.cursors,
    ...evidence,
    ...systemFacts(app),
    exportAuditMonth: createMonthExport({ trailExport: evidence.trailExport, database }),
    resources: clients.resources,
    declared: app.declared,
    declaredSettings: declaredSettings(resolutionOf(config) ?? { values: new Map() }),
    consents: clients.consents,
    clientRules: createClientRules(protocol.active, {
      keyring: secrets.keyring,
      resources: clients.resources,
      clock,
      random: app.random,
      told: protocol.told,
    }),
    told: protocol.told,
    keys: keys.store,
    resealing: keys.resealing,
    keyring: secrets.keyring,
    logouts: logouts.outbox,
    mail: mail.outbox,
    mailFolder: mail.folder,
    mailTransport: mail.transport,
    mailSender: mail.sender,
  };
}

/** What the installation tells of itself. */
const systemFacts = (app: Administered): ReadsSystem => {
  const resolution = resolutionOf(app.config);
  return {
    settingsInForce: () => (resolution === undefined ? [] : effectiveSettings(resolution)),
    gatehouseVersion: VERSION,
    jobStandings: () => app.jobs.states(),
    readings: () => readGauges(app, app, app.audit.watch.anchors),
    schemaState: () => schemaState(app.database, app.storage.migrations),
    approverCheck: app.approverCheck,
  };
};
