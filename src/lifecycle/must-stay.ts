import type { Demand } from '../domain/second-factors/policy.ts';
import {
  FACTORS,
  type FactorTable,
  type HeldOwnFactors,
  type OwnFactorKind,
  ownReaching,
} from '../sign-in/factors/kinds.ts';

/** Why a factor has to stay: the policy of the person's roles asks for one, or for a passkey, and this is the last. */
export type MustStay = Extract<Demand, 'required' | 'phishing_resistant'>;

/**
 * Whether one of somebody's factors of this kind has to stay, `held` being all that they have: where it is the last that meets what
 * is demanded of them. Undefined when it may be removed. Pure.
 */
export function mustStay(
  demand: Demand,
  kind: OwnFactorKind,
  held: HeldOwnFactors,
  factors: FactorTable = FACTORS,
): MustStay | undefined {
  if (demand !== 'required' && demand !== 'phishing_resistant') return undefined;
  const isResistant = factors[kind].level === 'phr';
  if (demand === 'phishing_resistant' && isResistant && ownReaching('phr', held, factors) <= 1) return demand;
  return isLast(held, factors) ? demand : undefined;
}

/** Whether removing one leaves none. */
export const isLast = (held: HeldOwnFactors, factors: FactorTable = FACTORS): boolean =>
  ownReaching('aal1', held, factors) <= 1;
