import { type Keyring, seal, unseal } from '../../kernel/crypto.ts';
import type { Randomness } from '../../kernel/ids.ts';

/** How seeds are kept: sealed for their account, so that one in another person's row does not open. */

export interface SealDependencies {
  /** Seals and opens. */
  readonly keyring: Keyring;
  /** Opens what was imported before there was a keyring for factors. */
  readonly generalKeyring: Keyring;
  readonly random: Randomness;
}

/** What of an app's row its seed is opened by, and which step of it was used last. */
export interface SeedRow {
  id: string;
  sealed_seed: string;
  sealed_by: 'mfa' | 'general';
  last_step: number;
}

export const sealContext = (accountId: string) => `totp:${accountId}`;

export function createSeals({ keyring, generalKeyring, random }: SealDependencies) {
  return {
    sealed: (accountId: string, secret: string) => seal(keyring, random, sealContext(accountId), secret),
    opened: (accountId: string, { sealed_seed: value, sealed_by: by }: SeedRow) =>
      unseal(by === 'mfa' ? keyring : generalKeyring, sealContext(accountId), value).toString(),
  };
}
