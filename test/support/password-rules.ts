import { fileURLToPath } from 'node:url';
import { openBlocklist } from '../../src/domain/passwords/blocklist.ts';
import type { PasswordHasher } from '../../src/domain/passwords/hasher.ts';
import type { GeneralPolicy, RolePolicy } from '../../src/domain/passwords/role-policies.ts';
import { createPasswordRules, type PasswordRules } from '../../src/domain/passwords/rules.ts';
import type { StrengthEstimator } from '../../src/domain/passwords/strength.ts';
import { sharedStrength } from './shared-strength.ts';

export const STAFF_POLICY: GeneralPolicy = {
  minLength: 12,
  minLengthWithSecondFactor: 12,
  maxLength: 256,
  minScore: 3,
  history: 12,
  expiryDays: 90,
  expiryRoles: ['*'],
  minAgeHours: 0,
  requiredCharacters: [],
};

export interface TestRulesOptions {
  readonly hasher: Pick<PasswordHasher, 'verify'>;
  readonly general?: Partial<GeneralPolicy>;
  readonly byRole?: Readonly<Record<string, RolePolicy>>;
  readonly formerHashes?: (accountId: string, limit: number) => Promise<readonly string[]>;
  readonly strength?: StrengthEstimator;
  readonly secondFactorAlways?: (roles: readonly string[]) => boolean;
}

/** The rules as the server has them, with the bundled blocklist. Close them. */
export async function testPasswordRules({
  general,
  byRole = {},
  ...options
}: TestRulesOptions): Promise<PasswordRules> {
  const bundled = new URL('../../config/password-blocklist.bin', import.meta.url);
  return createPasswordRules({
    policies: { general: { ...STAFF_POLICY, ...general }, byRole },
    words: ['Gatehouse'],
    blocklist: await openBlocklist(fileURLToPath(bundled)),
    strength: sharedStrength(),
    formerHashes: async () => [],
    ...options,
  });
}
