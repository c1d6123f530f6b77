import type { AdministrationDependencies } from '../administration/index.ts';
import { BUILT_IN_ROLES, rolesNamedBy } from '../config/role-names.ts';
import type { Config } from '../config/schema.ts';

/** What acts have to know of the configuration. */
export const administrationSettings = (
  config: Config,
): Pick<
  AdministrationDependencies,
  'namedRoles' | 'firstPasswordsLast' | 'issuer' | 'keyActivationDelaySeconds' | 'mailTimeoutSeconds'
> => ({
  namedRoles: [...BUILT_IN_ROLES, ...rolesNamedBy(config).map(({ role }) => role)],
  firstPasswordsLast: config.environment !== 'production',
  issuer: config.server.issuer,
  keyActivationDelaySeconds: config.keys.activationDelaySeconds,
  mailTimeoutSeconds: config.mail.sendTimeoutSeconds,
});
