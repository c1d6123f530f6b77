import { expect } from 'chai';
import type { AuditEvent } from '../../../src/domain/audit/events.ts';
import { PENDING_EVENTS, type PendingEvents } from '../../../src/domain/audit/pending-events.ts';
import { UNLIMITED } from '../../../src/domain/rate-limits/policy.ts';
import { newAttempt } from '../../../src/sign-in/attempt.ts';
import { type Outcome, settleTooLate } from '../../../src/sign-in/settle.ts';
import type { Database } from '../../../src/storage/database.ts';
import { UnitOfWork } from '../../../src/storage/unit-of-work.ts';

const AT = new Date('2026-01-01T00:00:00Z');
const ABOUT = {
  clientId: 'ward',
  now: AT,
  expiresAt: AT,
  deviceId: undefined,
  tellsOfDevice: true,
  sighting: { at: AT, ip: '192.0.2.1', userAgent: undefined },
};
const ALARM: AuditEvent = {
  type: 'passkey.counter_reversed',
  outcome: 'failure',
  account: 'a1',
  details: { id: 'p1' },
};
const OUTCOME: Outcome = {
  attempt: newAttempt('uid'),
  step: { kind: 'password' },
  account: undefined,
  refusal: { code: 'factor_wrong', reason: 'counter_reversed', identifierDigest: undefined },
  rehash: undefined,
  slot: undefined,
  deviceIsKnown: false,
  limits: UNLIMITED,
  factor: 'passkey',
  writes: [],
  events: [ALARM],
  trustDays: 0,
};

/** What the trail is told of an outcome that came after the end of its sign-in. */
function told(outcome: Outcome): string[] {
  const unit = new UnitOfWork({} as Database);
  const types: string[] = [];
  const pending = { writes: () => [], add: ({ type }: AuditEvent) => void types.push(type) };
  unit.attach(PENDING_EVENTS, pending as unknown as PendingEvents);
  const notices = { newDevice: () => [], signInFailed: () => [], signedIn: () => [] };
  settleTooLate(unit, { notices }, outcome, ABOUT, { ...newAttempt('uid'), completed: true });
  return types;
}

describe('what came after the end of its sign-in', () => {
  it('is told with its alarm where it was refused: to cancel the sign-in hides no copied passkey', () => {
    expect(told(OUTCOME)).to.deep.equal(['passkey.counter_reversed', 'sign_in.failed']);
  });

  it('is told as a failure, and as nothing that it would have brought about, where it was right', () => {
    const right = { ...OUTCOME, refusal: undefined, step: { kind: 'store_codes', accountId: 'a1' } } as const;
    expect(told(right)).to.deep.equal(['sign_in.failed']);
  });
});
