import type Router from '@koa/router';
import { type InvitationRouteDependencies, invitationRoutes } from './invitation.ts';
import { type PasswordResetRouteDependencies, passwordResetRoutes } from './password-reset.ts';
import { type RegistrationRouteDependencies, registrationRoutes } from './registration.ts';
import { type SecureRouteDependencies, secureRoutes } from './secure.ts';
import { type SetupRouteDependencies, setupRoutes } from './setup.ts';
import { type VerifyAddressDependencies, verifyAddressRoutes } from './verify-address.ts';

/** What the pages behind mailed links need. */
export type LinkPagesDependencies = PasswordResetRouteDependencies &
  RegistrationRouteDependencies &
  InvitationRouteDependencies &
  VerifyAddressDependencies &
  SecureRouteDependencies &
  SetupRouteDependencies;

/** The pages that mailed links lead to, those that ask for such a mail, and that of the link to the first administrator. */
export function mountLinks(router: Router, deps: LinkPagesDependencies): void {
  passwordResetRoutes(router, deps);
  registrationRoutes(router, deps);
  invitationRoutes(router, deps);
  verifyAddressRoutes(router, deps);
  secureRoutes(router, deps);
  setupRoutes(router, deps);
}
