import type { Demand } from '../../domain/second-factors/policy.ts';
import type { Demands } from '../../sign-in/attempt.ts';
import { FACTORS } from '../../sign-in/factors/kinds.ts';
import type { Step } from '../../sign-in/next-step.ts';
import type { EnrolReason } from './views.ts';

/** Who asks that a factor is set up in a sign-in: the organisation, or else the client. */
export function enrolReason(
  demands: Demands,
  policy: Demand,
  { kinds, skip }: Step & { kind: 'enrol_factor' },
): EnrolReason {
  if (skip !== undefined) return 'optional';
  const resistant = kinds.every((kind) => FACTORS[kind].level === 'phr');
  if (demands.acr === undefined || policy === (resistant ? 'phishing_resistant' : 'required')) {
    return resistant ? 'phishing_resistant' : 'required';
  }
  return resistant ? 'client_phishing_resistant' : 'client';
}
