import { createLifecycleStore } from '../domain/accounts/life-store.ts';
import type { PasswordHasher } from '../domain/passwords/hasher.ts';
import { createEndOfAccess } from '../lifecycle/end-of-access.ts';
import { createLifecycle } from '../lifecycle/index.ts';
import { createLastAdministrator } from '../lifecycle/last-administrator.ts';
import { createAccess } from '../oidc/access.ts';
import { createOwnAccess } from '../oidc/own-access.ts';
import type { Foundation } from './foundation.ts';
import type { openPasswords } from './passwords.ts';
import type { Stores } from './stores.ts';

/** What happens to accounts, from the invitation to the deletion, and the one end of what a person has. */
export function openLifecycle(
  { config, database, clock, random, attributes, secrets: { digestKey } }: Foundation,
  { accounts, audit, clients, factors, logouts, mail, protection, sessions, signIn }: Stores,
  passwords: Awaited<ReturnType<typeof openPasswords>>,
  hasher: PasswordHasher,
) {
  const access = createAccess({
    sessionStore: sessions.store,
    terminations: sessions.terminations,
    logouts: logouts.outbox,
  });
  const life = createLifecycleStore(clock);
  const { links, requests } = accounts;
  const endOfAccess = createEndOfAccess({ ...factors, links, life, access });
  const lifecycle = createLifecycle({
    ...factors,
    factorSettings: factors.settings,
    factorEnrolments: factors.enrolments,
    passkeyCeremonies: factors.ceremonies,
    issuer: config.server.issuer,
    registration: config.registration,
    database,
    clock,
    random,
    alarmEmails: config.administration.alarmEmails,
    drillDays: config.administration.drillDays,
    breakGlassStore: accounts.breakGlass,
    digestKey,
    hasher,
    life,
    links,
    requests,
    access,
    endOfAccess,
    accounts: accounts.store,
    attributes,
    accountPasswords: accounts.passwords,
    bulks: accounts.bulks,
    scheduledStatuses: accounts.scheduledStatuses,
    dormancies: accounts.dormancies,
    dormancySettings: config.dormancy,
    roleTerms: accounts.roleTerms,
    units: accounts.units,
    groups: accounts.groups,
    groupEndings: accounts.groupEndings,
    clientOwners: clients.owners,
    approvals: accounts.approvals,
    registrations: clients.registrations,
    lastAdministrator: createLastAdministrator(accounts.administrators),
    passwords: passwords.setting,
    audit: audit.log,
    personalValues: audit.personalValues,
    mail: mail.outbox,
    logouts: logouts.outbox,
    consents: clients.consents,
    lockout: protection.lockout,
    rateLimits: protection.rateLimits,
    limits: protection.limits,
    attempts: signIn.attempts,
    reservedSubjects: accounts.reservedSubjects,
    agreements: signIn.agreements,
    devices: signIn.devices,
    failedAttempts: signIn.failedAttempts,
    sessionStore: sessions.store,
    signIns: sessions.signIns,
  });
  const ownAccess = createOwnAccess({
    sessionStore: sessions.store,
    consents: clients.consents,
    audit: audit.log,
    database,
    access,
    endOfAccess,
  });
  return { ...lifecycle, life, access, endOfAccess, ownAccess };
}
