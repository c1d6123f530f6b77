import type Router from '@koa/router';
import { type AccountChoiceDependencies, accountChoiceRoutes } from './account-choice.ts';
import { type AgreementRouteDependencies, agreementRoutes } from './agree.ts';
import { type ChangePasswordDependencies, changePasswordRoutes } from './change-password.ts';
import { type SignInCodesDependencies, signInCodesRoutes } from './codes.ts';
import { type ConsentDependencies, consentRoutes } from './consent.ts';
import { signInEnrolmentRoutes } from './enrolment.ts';
import type { SignInEnrolmentDependencies } from './enrolment-steps.ts';
import { type FactorRouteDependencies, signInFactorRoutes } from './factor.ts';
import { type PostedRequestDependencies, postedRequestRoutes } from './posted-requests.ts';
import { type SignInSessionsDependencies, signInSessionRoutes } from './session-choice.ts';
import { type SignInRouteDependencies, signInRoutes } from './sign-in.ts';
import { type SwitchInSignInDependencies, switchInSignInRoutes } from './switch-person.ts';

/** What the pages of a sign-in need. */
export type SignInPagesDependencies = Omit<
  SignInRouteDependencies,
  | 'accountChoice'
  | 'agreement'
  | 'challenge'
  | 'codes'
  | 'consent'
  | 'enrolment'
  | 'passwordChange'
  | 'sessionChoice'
> &
  FactorRouteDependencies &
  SignInEnrolmentDependencies &
  SignInCodesDependencies &
  SignInSessionsDependencies &
  ChangePasswordDependencies &
  AgreementRouteDependencies &
  ConsentDependencies &
  AccountChoiceDependencies &
  PostedRequestDependencies &
  SwitchInSignInDependencies;

/** The pages of a sign-in, from the first form to the consent: `/sign-in/:uid/…`. */
export function mountSignIn(router: Router, deps: SignInPagesDependencies): void {
  signInRoutes(router, {
    ...deps,
    consent: consentRoutes(router, deps),
    accountChoice: accountChoiceRoutes(router, deps),
    challenge: signInFactorRoutes(router, deps),
    enrolment: signInEnrolmentRoutes(router, deps),
    codes: signInCodesRoutes(router, deps),
    passwordChange: changePasswordRoutes(router, deps),
    sessionChoice: signInSessionRoutes(router, deps),
    agreement: agreementRoutes(router, deps),
  });
  switchInSignInRoutes(router, deps);
  postedRequestRoutes(router, deps);
}
