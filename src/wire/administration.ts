import { type AdministrationDependencies, createAdministration } from '../administration/index.ts';
import { BUILT_IN_ROLES, rolesNamedBy } from '../config/role-names.ts';
import type { Config } from '../config/schema.ts';
import type { PasswordHasher } from '../domain/passwords/hasher.ts';
import type { Foundation } from './foundation.ts';
import type { openLifecycle } from './lifecycle.ts';
import type { openPasswords } from './passwords.ts';
import type { Stores } from './stores.ts';

/** What acts have to know of the configuration. */
export const administrationSettings = (
  config: Config,
): Pick<AdministrationDependencies, 'namedRoles' | 'firstPasswordsLast'> => ({
  namedRoles: [...BUILT_IN_ROLES, ...rolesNamedBy(config).map(({ role }) => role)],
  firstPasswordsLast: config.environment !== 'production',
});

/** The acts of operators, with what they depend on. */
export const openAdministration = (
  { config, database, clock }: Foundation,
  { accounts, audit, factors, mail, protection, sessions }: Stores,
  {
    lifecycle,
    passwords,
  }: {
    lifecycle: ReturnType<typeof openLifecycle>;
    passwords: Stores['passwords'] & Awaited<ReturnType<typeof openPasswords>> & { hasher: PasswordHasher };
  },
) =>
  createAdministration({
    ...administrationSettings(config),
    ...factors,
    ...lifecycle,
    database,
    clock,
    audit: audit.log,
    accounts: accounts.store,
    accountPasswords: accounts.passwords,
    passwordRules: passwords.rules,
    hasher: passwords.hasher,
    standIns: passwords.standIns,
    lockout: protection.lockout,
    sessionStore: sessions.store,
    mail: mail.outbox,
  });
