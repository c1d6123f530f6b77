import { deviceOf } from '../../domain/mail/device.ts';
import { CODES, FEW_LEFT } from '../../domain/recovery-codes/policy.ts';
import { sha256 } from '../../kernel/crypto.ts';
import { heldOf, type OwnFactor } from '../../lifecycle/factor-stores.ts';
import { type Factors, isEquipped } from '../../lifecycle/own-factors.ts';
import { OWN_KINDS, type OwnFactorKind } from '../../sign-in/factors/kinds.ts';
import { nameOf } from '../pages/factor-name.ts';
import { SECURITY_PAGE } from './confirmed-visitor.ts';
import { OWN_FACTOR_PAGES } from './own-factor-pages.ts';
import type { AccountViews } from './views.ts';

/** Something for each kind of factor, under the name of its list. */
const byList = <Value>(of: (kind: OwnFactorKind) => Value) =>
  Object.fromEntries(OWN_KINDS.map((kind) => [OWN_FACTOR_PAGES[kind].list, of(kind)])) as Record<
    (typeof OWN_FACTOR_PAGES)[OwnFactorKind]['list'],
    Value
  >;

type Listed = Pick<
  AccountViews['account-security'],
  'passkeys' | 'authenticators' | 'recoveryCodes' | 'devices' | 'addPasskeyHref' | 'addAuthenticatorHref'
>;

/** Whether another one of these may be added. */
export const isFull = (kind: OwnFactorKind, { own }: Factors): boolean =>
  own[kind].length >= OWN_FACTOR_PAGES[kind].most;

/** What a person has, as their page lists it. `deviceId`: of the browser that asks. */
export function factorsOnPage(factors: Factors, deviceId: string | undefined): Listed {
  const { own, devices } = factors;
  const thisHash = deviceId === undefined ? undefined : sha256(deviceId).toString('base64url');
  return {
    ...byList((kind) => own[kind].map((each) => listed(kind, each))),
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
  ...byList(() => []),
  counts: {
    ...byList((kind) => heldOf(factors.own)[kind]),
    devices: factors.devices.length,
  },
  ...sharedFacts(factors),
});

function sharedFacts(
  factors: Factors,
): Pick<Listed, 'addPasskeyHref' | 'addAuthenticatorHref' | 'recoveryCodes'> {
  const { left } = factors.codes;
  const open = OWN_KINDS.filter((kind) => !isFull(kind, factors)).map((kind) => {
    const { addHref, folder } = OWN_FACTOR_PAGES[kind];
    return [addHref, `${SECURITY_PAGE}/${folder}/new`];
  });
  return {
    ...Object.fromEntries(open),
    ...(isEquipped(factors) ? { recoveryCodes: { left, total: CODES, isFew: left <= FEW_LEFT } } : {}),
  };
}

const listed = (kind: OwnFactorKind, each: OwnFactor) => ({
  href: `${SECURITY_PAGE}/${OWN_FACTOR_PAGES[kind].folder}/${each.id}`,
  ...nameOf(each.name),
  addedAt: each.createdAt,
  ...(each.lastUsedAt === undefined ? {} : { lastUsedAt: each.lastUsedAt }),
  ...(each.backedUp === undefined ? {} : { synced: each.backedUp }),
});
