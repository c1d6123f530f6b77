import type { Account } from '../domain/accounts/store.ts';
import {
  type Demand,
  demandFor,
  type FactorSettings,
  graceOf,
  trustedDaysFor,
} from '../domain/second-factors/policy.ts';
import type { Clock } from '../kernel/clock.ts';
import type { FactorFactsStore } from './factor-facts-store.ts';
import type { Circumstances } from './next-step.ts';

export interface CircumstancesDependencies {
  readonly factorFacts: FactorFactsStore;
  readonly settings: FactorSettings;
  readonly clock: Clock;
}

type HasRoles = Pick<Account, 'id'> & { readonly roles: readonly string[] };

/** As far as it is known for one client already. */
export type CircumstancesOf = (
  account: HasRoles,
  deviceId: string | undefined,
) => Promise<AccountCircumstances>;

export interface AccountCircumstances extends Circumstances {
  /** When the person last put off setting up a second factor. */
  readonly skippedAt: Date | undefined;
  /** How often it may be put off at all, where that is limited. */
  readonly skipLimit: number | undefined;
  /** For how many days a device may be trusted from now on; 0 for not at all. */
  readonly trustDays: number;
}

/** What holds for an account at a client that asks for `demand`, on this device. One prepared statement. */
export type FindCircumstances = (
  account: HasRoles,
  demand: Demand | undefined,
  deviceId: string | undefined,
) => Promise<AccountCircumstances>;

export function createCircumstances({
  factorFacts,
  settings,
  clock,
}: CircumstancesDependencies): FindCircumstances {
  return async ({ id, roles }, demand, deviceId) => {
    const { state, skippedAt, ...facts } = await factorFacts.find(id, deviceId);
    const policy = demandFor(roles, demand, settings);
    const days = trustedDaysFor(roles, settings);
    return {
      // Trust that was given lasts no longer than it may be given.
      facts: { ...facts, deviceTrusted: facts.deviceTrusted && days > 0 },
      policy,
      grace: graceOf(policy, settings, state, clock.now()),
      skippedAt,
      skipLimit: settings.graceSignIns,
      trustDays: policy === 'required' || policy === 'optional' ? days : 0,
    };
  };
}

/**
 * The circumstances for who has put off setting up a second factor since `since`: that was the last time, perhaps, but it
 * holds for as long as this sign-in and its session do.
 */
export function whereSkipped(circumstances: AccountCircumstances, since: Date): AccountCircumstances {
  const { skippedAt, grace, policy } = circumstances;
  if (policy !== 'optional' || skippedAt === undefined || skippedAt < since) return circumstances;
  return { ...circumstances, grace: { ...grace, skippable: true } };
}
