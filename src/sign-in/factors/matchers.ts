import type { FactorKind } from './kinds.ts';
import type { FactorMatcher } from './match.ts';
import { createPasskeyMatcher, type PasskeyMatching } from './passkey.ts';
import { createRecoveryCodeMatcher, type RecoveryCodeMatching } from './recovery-code.ts';
import { createTemporaryCodeMatcher, type TemporaryCodeMatching } from './temporary-code.ts';
import { createTotpMatcher, type TotpMatching } from './totp.ts';

export type MatcherDependencies = TotpMatching &
  PasskeyMatching &
  RecoveryCodeMatching &
  TemporaryCodeMatching;

export type FactorMatchers = Readonly<Record<FactorKind, FactorMatcher>>;

/** How what was shown is verified, of each kind. */
export const createFactorMatchers = (deps: MatcherDependencies): FactorMatchers => ({
  totp: createTotpMatcher(deps),
  passkey: createPasskeyMatcher(deps),
  recovery_code: createRecoveryCodeMatcher(deps),
  temporary_code: createTemporaryCodeMatcher(deps),
});
