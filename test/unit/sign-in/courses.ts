import fc from 'fast-check';
import {
  type Attempt,
  type Demands,
  withFactor,
  withPasskey,
  withPassword,
  withSession,
} from '../../../src/sign-in/attempt.ts';
import { LEVELS } from '../../../src/sign-in/levels.ts';
import { type Circumstances, nextStep, type Step } from '../../../src/sign-in/next-step.ts';
import { AT, change, none, nothing, over, running } from './attempts.ts';

/** Everything that can happen in an attempt, in any order, at any person’s hands. */
const accounts = fc.constantFrom('robin', 'sam');
const moments = fc.integer({ min: 0, max: 600 }).map((second) => new Date(AT.getTime() + second * 1000));
const events = fc.oneof(
  fc.record({
    do: fc.constant('password' as const),
    account: accounts,
    at: moments,
    mustChange: fc.boolean(),
  }),
  fc.record({
    do: fc.constant('factor' as const),
    kind: fc.constantFrom(
      'totp' as const,
      'passkey' as const,
      'recovery_code' as const,
      'temporary_code' as const,
    ),
    at: moments,
  }),
  fc.record({ do: fc.constant('passkey' as const), account: accounts, at: moments }),
  fc.record({
    do: fc.constant('session' as const),
    account: accounts,
    amr: fc.constantFrom(
      ['pwd'],
      ['pwd', 'otp', 'mfa'],
      ['pwd', 'swk', 'mfa'],
      ['hwk', 'user', 'mfa'],
      ['mfa'],
    ),
    byTemporaryCode: fc.boolean(),
    at: moments,
  }),
  fc.record({ do: fc.constant('skip' as const) }),
  fc.record({ do: fc.constant('set-up' as const), at: moments }),
  fc.record({ do: fc.constant('codes' as const), pending: fc.boolean() }),
);
type Happening = typeof events extends fc.Arbitrary<infer T> ? T : never;

function happen(attempt: Attempt, event: Happening): Attempt {
  switch (event.do) {
    case 'password':
      return withPassword(attempt, event.account, {
        at: event.at,
        setAt: undefined,
        change: event.mustChange ? change : undefined,
      });
    case 'factor':
      return withFactor(attempt, { kind: event.kind, id: 'f', at: event.at, synced: false });
    case 'passkey':
      return withPasskey(attempt, event.account, { id: 'p', at: event.at, synced: false });
    case 'session':
      return withSession(attempt, {
        accountId: event.account,
        amr: event.amr,
        byTemporaryCode: event.byTemporaryCode,
        signedInAt: event.at,
      });
    case 'set-up':
      return { ...attempt, changeBegunAt: event.at };
    case 'skip':
      return { ...attempt, skipped: true };
    case 'codes':
      return { ...attempt, codesPending: event.pending };
  }
}

const few = fc.integer({ min: 0, max: 2 });
export const situations = fc.record<Circumstances>({
  facts: fc.record({
    held: fc.record({
      totp: few,
      passkey: few,
      recovery_code: few,
      temporary_code: fc.integer({ min: 0, max: 1 }),
    }),
    deviceTrusted: fc.boolean(),
    codeNeeded: fc.boolean(),
  }),
  policy: fc.constantFrom('off', 'optional', 'required', 'phishing_resistant'),
  grace: fc.constantFrom(nothing.grace, running, over),
});
export const demandsOf = fc.record<Demands>({
  accountId: fc.option(accounts, { nil: undefined }),
  acr: fc.option(fc.array(fc.constantFrom(...LEVELS, 'loa3'), { maxLength: 3 }), { nil: undefined }),
  maxAgeSeconds: fc.option(fc.constantFrom(0, 30, 3_600), { nil: undefined }),
});
export const later = new Date(AT.getTime() + 700_000);

/** Checks something of every step that any course of events leads to. */
export function always(
  claim: (step: Step, attempt: Attempt, circumstances: Circumstances, demands: Demands) => void,
): void {
  fc.assert(
    fc.property(
      fc.array(events, { maxLength: 6 }),
      situations,
      demandsOf,
      (course, circumstances, demands) => {
        const attempt = course.reduce(happen, none);
        claim(nextStep(attempt, circumstances, demands, later), attempt, circumstances, demands);
      },
    ),
    { numRuns: 3_000 },
  );
}
