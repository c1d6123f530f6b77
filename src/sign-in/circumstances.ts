import {
  type Demand,
  demandFor,
  type FactorSettings,
  graceOf,
  trustedDaysFor,
} from '../domain/second-factors/policy.ts';
import { mostSessions, type SessionLimit, type SessionSettings } from '../domain/sessions/policy.ts';
import type { Circumstances } from './next-step.ts';
import type { FoundFacts } from './person-store.ts';

export interface AccountCircumstances extends Circumstances {
  /** When the person last put off setting up a second factor. */
  readonly skippedAt: Date | undefined;
  /** How often it may be put off at all, where that is limited. */
  readonly skipLimit: number | undefined;
  /** For how many days a device may be trusted from now on; 0 for not at all. */
  readonly trustDays: number;
}

/** What holds for somebody with these roles and factors at a client that asks for `demand`. Pure. */
export function circumstancesOf(
  { skippedAt, state, openSessions: _sessions, agreed: _agreed, ...facts }: FoundFacts,
  { roles }: { readonly roles: readonly string[] },
  demand: Demand | undefined,
  settings: FactorSettings,
  now: Date,
): AccountCircumstances {
  const policy = demandFor(roles, demand, settings);
  const days = trustedDaysFor(roles, settings);
  return {
    // Trust that was given lasts no longer than it may be given.
    facts: { ...facts, deviceTrusted: facts.deviceTrusted && days > 0 },
    policy,
    grace: graceOf(policy, settings, state, now),
    skippedAt,
    skipLimit: settings.graceSignIns,
    trustDays: policy === 'required' || policy === 'optional' ? days : 0,
  };
}

/**
 * The circumstances of a break-glass account: its password and its code always, and nothing else that could keep somebody out in an
 * emergency, such as a passkey that it cannot have, a factor to set up, terms to agree to, or a choice of sessions. No device is trusted.
 */
export const atBreakGlass = ({
  sessionLimit: _ask,
  ...found
}: AccountCircumstances): AccountCircumstances => ({
  ...onSharedDevice(found),
  facts: { ...found.facts, deviceTrusted: false, codeNeeded: false },
  policy: 'required',
  documents: [],
});

/** The circumstances at a workstation that people share: it is not trusted, nor can it be. */
export const onSharedDevice = (circumstances: AccountCircumstances): AccountCircumstances => ({
  ...circumstances,
  facts: { ...circumstances.facts, deviceTrusted: false },
  trustDays: 0,
});

/**
 * The sessions that the person has: given where the organisation lets them choose which end. A new sign-in in a
 * session of theirs needs no other slot; `sessionUid` is the browser's.
 */
export function sessionLimitOf(
  { openSessions: open }: FoundFacts,
  { roles }: { readonly roles: readonly string[] },
  sessionUid: string | undefined,
  settings: SessionSettings,
): SessionLimit | undefined {
  if (settings.capPolicy !== 'ask') return undefined;
  if (sessionUid !== undefined && open.includes(sessionUid)) return undefined;
  return { open, most: mostSessions(roles, settings) };
}

/**
 * The circumstances of a person who has put off setting up a second factor since `since`: that was the last time, perhaps, but it
 * holds for as long as this sign-in and its session do.
 */
export function whereSkipped(circumstances: AccountCircumstances, since: Date): AccountCircumstances {
  const { skippedAt, grace, policy } = circumstances;
  if (policy !== 'optional' || skippedAt === undefined || skippedAt < since) return circumstances;
  return { ...circumstances, grace: { ...grace, skippable: true } };
}
