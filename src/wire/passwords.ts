import { type Blocklist, openBlocklist } from '../domain/passwords/blocklist.ts';
import type { PasswordHasher } from '../domain/passwords/hasher.ts';
import { createPasswordRules } from '../domain/passwords/rules.ts';
import { createStrengthEstimator } from '../domain/passwords/strength.ts';
import { alwaysDemanded } from '../domain/second-factors/policy.ts';
import { badRequest, GatehouseError } from '../kernel/errors.ts';
import { createNewPasswords } from '../lifecycle/new-passwords.ts';
import type { Foundation, OnClose } from './foundation.ts';
import { BUNDLED_BLOCKLIST } from './paths.ts';
import type { Stores } from './stores.ts';

const PRODUCT = 'Gatehouse';

/** The rules for passwords, and how a new one is set. */
export async function openPasswords(
  { config }: Foundation,
  { accounts, factors }: Stores,
  hasher: PasswordHasher,
  onClose: OnClose,
  strength = createStrengthEstimator(),
) {
  const rules = createPasswordRules({
    policies: { general: config.passwords, byRole: config.passwordPolicies },
    words: [
      PRODUCT,
      config.brand.name,
      ...domainNames(config.server.issuer),
      ...config.passwords.forbiddenWords,
    ],
    blocklist: await blocklistOf(config.passwords.blocklistFile),
    strength,
    hasher,
    formerHashes: accounts.passwords.former,
    secondFactorAlways: (roles) => alwaysDemanded(roles, factors.settings),
  });
  onClose(() => rules.close());
  return {
    rules,
    setting: createNewPasswords({ passwordRules: rules, hasher, accountPasswords: accounts.passwords }),
  };
}

/** Throws what `openBlocklist` does, with the name of the setting in front where one has named the file. */
function blocklistOf(file: string | undefined): Promise<Blocklist> {
  return openBlocklist(file ?? BUNDLED_BLOCKLIST).catch((error: unknown) => {
    if (file === undefined || !(error instanceof GatehouseError)) throw error;
    throw badRequest(error.code, `PASSWORD_BLOCKLIST_FILE: ${file}: ${error.safeMessage}`, error);
  });
}

/** The organisation's names in our own address: all but its last label, which is everybody's. */
const domainNames = (issuer: string): string[] => new URL(issuer).hostname.split('.').slice(0, -1);
