import { deviceOf } from '../../domain/mail/device.ts';
import { MAX_PASSKEYS } from '../../domain/passkeys/store.ts';
import { CODES, FEW_LEFT } from '../../domain/recovery-codes/policy.ts';
import { MAX_AUTHENTICATORS } from '../../domain/totp/policy.ts';
import { sha256 } from '../../kernel/crypto.ts';
import { type Factors, isEquipped, type OwnFactorKind } from '../../lifecycle/own-factors.ts';
import { nameOf } from '../pages/factor-name.ts';
import { SECURITY_PAGE } from './confirmed-visitor.ts';
import type { AccountViews } from './views.ts';

/** Where the pages of each kind of factor are. */
export const FOLDERS: Readonly<Record<OwnFactorKind, string>> = {
  totp: 'authenticators',
  passkey: 'passkeys',
};

type Listed = Pick<
  AccountViews['account-security'],
  'passkeys' | 'authenticators' | 'recoveryCodes' | 'devices' | 'addPasskeyHref' | 'addAuthenticatorHref'
>;

/** Whether there is room for another one of these. */
export const isFull = (kind: OwnFactorKind, { authenticators, passkeys }: Factors): boolean =>
  kind === 'totp' ? authenticators.length >= MAX_AUTHENTICATORS : passkeys.length >= MAX_PASSKEYS;

/** What a person has, as their page lists it. `deviceId`: of the browser that asks. */
export function factorsOnPage(factors: Factors, deviceId: string | undefined): Listed {
  const { authenticators, passkeys, devices } = factors;
  const thisHash = deviceId === undefined ? undefined : sha256(deviceId).toString('base64url');
  return {
    authenticators: authenticators.map((each) => listed('totp', each)),
    passkeys: passkeys.map((each) => ({ ...listed('passkey', each), synced: each.backedUp })),
    ...sharedFacts(factors),
    devices: devices.map(({ idHash, since, until, userAgent }) => ({
      id: idHash,
      since,
      until,
      isThis: idHash === thisHash,
      ...deviceOf(userAgent),
    })),
  };
}

/** What any session of the person may see: kinds and counts, without names, ids and dates. */
export const factorCounts = (factors: Factors) => ({
  authenticators: [],
  passkeys: [],
  counts: {
    authenticators: factors.authenticators.length,
    passkeys: factors.passkeys.length,
    devices: factors.devices.length,
  },
  ...sharedFacts(factors),
});

function sharedFacts(
  factors: Factors,
): Pick<Listed, 'addPasskeyHref' | 'addAuthenticatorHref' | 'recoveryCodes'> {
  const { left } = factors.codes;
  return {
    ...(isFull('passkey', factors) ? {} : { addPasskeyHref: `${SECURITY_PAGE}/passkeys/new` }),
    ...(isFull('totp', factors) ? {} : { addAuthenticatorHref: `${SECURITY_PAGE}/authenticators/new` }),
    ...(isEquipped(factors) ? { recoveryCodes: { left, total: CODES, isFew: left <= FEW_LEFT } } : {}),
  };
}

const listed = (
  kind: OwnFactorKind,
  each: { id: string; name: string | undefined; createdAt: Date; lastUsedAt: Date | undefined },
) => ({
  href: `${SECURITY_PAGE}/${FOLDERS[kind]}/${each.id}`,
  ...nameOf(each.name),
  addedAt: each.createdAt,
  ...(each.lastUsedAt === undefined ? {} : { lastUsedAt: each.lastUsedAt }),
});
