import type Router from '@koa/router';
import type { OwnFactorKind } from '../../sign-in/factors/kinds.ts';
import { addPasskeyRoutes } from './add-passkey.ts';
import { addTotpRoutes } from './add-totp.ts';
import { type AddingSteps, createAddingSteps, type FactorWizardDependencies } from './adding-steps.ts';

type AddRoutes = (router: Router, deps: FactorWizardDependencies, steps: AddingSteps) => void;

/** How each kind is added. */
const ROUTES: Readonly<Record<OwnFactorKind, AddRoutes>> = { totp: addTotpRoutes, passkey: addPasskeyRoutes };

/** `/account/security/…/new`: how people add a factor to their account. */
export function factorWizardRoutes(router: Router, deps: FactorWizardDependencies): void {
  const steps = createAddingSteps(deps);
  for (const routes of Object.values(ROUTES)) routes(router, deps, steps);
}
