import type Router from '@koa/router';
import { type AccountActivityDependencies, accountActivityRoutes } from './activity.ts';
import type { FactorWizardDependencies } from './adding-steps.ts';
import { type AccountChangeDependencies, accountChangeRoutes } from './changes.ts';
import { type ConfirmationDependencies, createConfirmation } from './confirmed-visitor.ts';
import { factorWizardRoutes } from './factor-wizard.ts';
import { type AccountFactorDependencies, accountFactorRoutes } from './factors.ts';
import { type AccountDependencies, accountRoutes } from './home.ts';
import { type RecoveryCodeDependencies, recoveryCodeRoutes } from './recovery-codes.ts';
import { type AccountSessionDependencies, accountSessionRoutes } from './session.ts';
import { type AccountSessionsDependencies, accountSessionsRoutes } from './sessions.ts';
import { type SwitchOnAccountDependencies, switchOnAccountRoutes } from './switch-person.ts';
import { type ZoneDependencies, zoneRoutes } from './zone.ts';

/** What the pages about one's own account need. */
export type AccountPagesDependencies = AccountDependencies &
  AccountSessionDependencies &
  AccountSessionsDependencies &
  AccountActivityDependencies &
  RecoveryCodeDependencies &
  SwitchOnAccountDependencies &
  ZoneDependencies &
  ConfirmationDependencies &
  Omit<AccountChangeDependencies & FactorWizardDependencies & AccountFactorDependencies, 'confirmation'>;

/** The pages about one's own account: `/account/…`. */
export function mountAccount(router: Router, deps: AccountPagesDependencies): void {
  accountRoutes(router, deps);
  accountSessionRoutes(router, deps);
  accountSessionsRoutes(router, deps);
  accountActivityRoutes(router, deps);
  const confirmation = createConfirmation(deps);
  accountChangeRoutes(router, { ...deps, confirmation });
  factorWizardRoutes(router, { ...deps, confirmation });
  accountFactorRoutes(router, { ...deps, confirmation });
  recoveryCodeRoutes(router, deps);
  switchOnAccountRoutes(router, deps);
  zoneRoutes(router, deps);
}
