import {
  type Attempt,
  type Demands,
  newAttempt,
  type ProvenFactor,
  withFactor,
  withPassword,
} from '../../../src/sign-in/attempt.ts';
import type { HeldFactors } from '../../../src/sign-in/factors/kinds.ts';
import type { Circumstances, FactorFacts } from '../../../src/sign-in/next-step.ts';

/** Attempts, circumstances and steps that the tests of `nextStep` are about. */
export const NOW = new Date('2026-01-02T03:05:00Z');
export const AT = new Date('2026-01-02T03:04:05Z');
export const anybody: Demands = { accountId: undefined, acr: undefined, maxAgeSeconds: undefined };
export const wanting = (...acr: string[]): Demands => ({ ...anybody, acr });

export const none = newAttempt('attempt');
export const proof = { at: AT, setAt: undefined, change: undefined };
export const typed = withPassword(none, 'robin', proof);
export const shown = (kind: ProvenFactor['kind'], attempt = typed): Attempt =>
  withFactor(attempt, { kind, id: 'f', at: AT, synced: false });
export const change = { reason: 'expired', setAt: new Date('2025-09-01T00:00:00Z') } as const;
export const expired: Attempt = { ...typed, passwordChange: change };

export const nothing: Circumstances = {
  facts: {
    held: { totp: 0, passkey: 0, recovery_code: 0, temporary_code: 0 },
    deviceTrusted: false,
    codeNeeded: false,
  },
  policy: 'optional',
  grace: { offered: false, skippable: true },
};
export const having = (
  { deviceTrusted = false, codeNeeded = false, ...held }: Partial<HeldFactors & Omit<FactorFacts, 'held'>>,
  rest: Partial<Omit<Circumstances, 'facts'>> = {},
): Circumstances => ({
  ...nothing,
  ...rest,
  facts: { held: { ...nothing.facts.held, ...held }, deviceTrusted, codeNeeded },
});

export const app = having({ totp: 1, recovery_code: 10 });
export const key = having({ passkey: 1 });
export const all = having({ totp: 2, passkey: 1, recovery_code: 3 });
export const required = having({}, { policy: 'required' });
export const resistant = having({}, { policy: 'phishing_resistant' });
export const running = { offered: true, skippable: true, skipsLeft: 2 };
export const over = { offered: true, skippable: false };

export const password = { kind: 'password' };
export const ask = (...kinds: string[]) => ({ kind: 'second_factor', accountId: 'robin', kinds });
export const enrol = (kinds: string[], skip: object | undefined = undefined) => ({
  kind: 'enrol_factor',
  accountId: 'robin',
  kinds,
  skip,
});
export const either = ['totp', 'passkey'];
export const changeFirst = { kind: 'change_password', accountId: 'robin', change };
export const done = (acr: string, ...amr: string[]) => ({
  kind: 'done',
  accountId: 'robin',
  acr,
  amr,
  provenAt: AT,
  ending: [],
});
export const crowded = having({}, { sessionLimit: { open: ['a', 'b'], most: 2 } });
export const choose = (atLeast: number) => ({ kind: 'choose_session', accountId: 'robin', atLeast });
export const unmet = { kind: 'impossible', error: 'unmet_authentication_requirements' };
export const another = { kind: 'impossible', error: 'login_required' };
