import type { Account } from '../../domain/accounts/store.ts';
import { deviceOf } from '../../domain/mail/device.ts';
import { expiresAt } from '../../domain/passwords/expiry.ts';
import type { PasswordRules } from '../../domain/passwords/rules.ts';
import type { SignInStore } from '../../domain/sign-ins/store.ts';
import type { Clock } from '../../kernel/clock.ts';
import { heldOf } from '../../lifecycle/factor-stores.ts';
import type { OwnFactors } from '../../lifecycle/own-factors.ts';
import type { SignedIn } from '../../oidc/sessions.ts';
import { isLevel } from '../../sign-in/levels.ts';
import { factorCounts } from './factors-on-page.ts';
import type { SecurityState } from './views.ts';

export interface SecurityDependencies {
  readonly clock: Clock;
  readonly passwordRules: Pick<PasswordRules, 'policyFor'>;
  readonly ownFactors: Pick<OwnFactors, 'of' | 'demandOn'>;
  readonly signIns: Pick<SignInStore, 'before'>;
}

const DAY_MS = 86_400_000;

/** How well the account is protected, and the sign-in before this session, for the page that opens it. */
export async function securityState(
  account: Account,
  { sessionUid, signedInAt }: Pick<SignedIn, 'sessionUid' | 'signedInAt'>,
  deps: SecurityDependencies,
): Promise<SecurityState> {
  const [factors, last] = await Promise.all([
    deps.ownFactors.of(account.id),
    deps.signIns.before(account.id, sessionUid, signedInAt),
  ]);
  const { passkey: passkeys, totp: authenticators } = heldOf(factors.own);
  const { recoveryCodes: codes } = factorCounts(factors);
  return {
    ...(account.passwordHash === undefined ? {} : { password: passwordState(account, deps) }),
    passkeys,
    authenticators,
    required: ['required', 'phishing_resistant'].includes(deps.ownFactors.demandOn(account)),
    ...(codes === undefined ? {} : { codes }),
    ...(last === undefined ? {} : { lastSignIn: shown(last) }),
  };
}

function passwordState(
  account: Account,
  { clock, passwordRules }: SecurityDependencies,
): NonNullable<SecurityState['password']> {
  const { passwordChangedAt: changedAt, createdAt } = account;
  const expires = expiresAt(changedAt ?? createdAt, passwordRules.policyFor(account));
  return {
    ...(changedAt === undefined
      ? {}
      : { changedAt, days: Math.floor((clock.now().getTime() - changedAt.getTime()) / DAY_MS) }),
    ...(expires === undefined ? {} : { expiresAt: expires }),
  };
}

const shown = ({
  at,
  acr,
  ip,
  userAgent,
}: NonNullable<Awaited<ReturnType<SignInStore['before']>>>): SecurityState['lastSignIn'] & object => ({
  at,
  ...(acr !== undefined && isLevel(acr) ? { how: acr } : {}),
  ...(ip === undefined ? {} : { ip }),
  ...deviceOf(userAgent),
});
