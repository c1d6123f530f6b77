import type { Account, AccountStore } from '../domain/accounts/store.ts';
import { person, SYSTEM_ACTOR } from '../domain/audit/actor.ts';
import type { AuditEvent } from '../domain/audit/events.ts';
import { addPendingEvent } from '../domain/audit/pending-events.ts';
import type { Sighting } from '../domain/devices/store.ts';
import { passwordDisabled } from '../domain/lockout/announcement-store.ts';
import {
  type Shown,
  type Slot,
  slotFailed,
  slotReturned,
  slotSucceeded,
} from '../domain/lockout/slot-store.ts';
import type { Decision } from '../domain/rate-limits/policy.ts';
import { digestName } from '../kernel/crypto.ts';
import type { UnitOfWork, Write } from '../storage/unit-of-work.ts';
import type { Attempt } from './attempt.ts';
import type { RejectionCode } from './checks/check.ts';
import type { FactorKind } from './factors/kinds.ts';
import type { Step } from './next-step.ts';
import { type AboutDevice, type DeviceStores, settleDevice } from './settle-device.ts';
import type { AttemptStore } from './store.ts';

/** What a person proves their identity with: `pwd`, as `amr` calls a password (RFC 8176), or a factor. */
export type ShownKind = 'pwd' | FactorKind;

export interface Outcome {
  readonly attempt: Attempt;
  readonly step: Step;
  /** Set when a check refused. */
  readonly refusal: Refusal | undefined;
  readonly account: Account | undefined;
  readonly rehash: { readonly from: string; readonly to: string; readonly algorithm: string } | undefined;
  /** The permission to fail that was taken, if one was. */
  readonly slot: Slot | undefined;
  /** Whether the browser had signed in this account before. */
  readonly deviceIsKnown: boolean;
  readonly limits: Decision;
  /** What was shown, for the audit trail. */
  readonly factor: ShownKind;
  /** What showing it changed, e.g. a code that is spent, and what the person is told of it. */
  readonly writes: readonly Write[];
  /** What the audit trail is told beyond the sign-in itself. */
  readonly events: readonly AuditEvent[];
  /** For how many days this device spares the person a code from now on; 0 where nobody asked for it or may. */
  readonly trustDays: number;
}

interface Refusal {
  readonly code: RejectionCode;
  readonly reason: string;
  readonly identifierDigest: string | undefined;
}

export interface About extends AboutDevice {
  readonly clientId: string | undefined;
  readonly expiresAt: Date;
}

export interface SettleStores extends DeviceStores {
  readonly breakGlass: {
    /** A break-glass account has signed in: marks the one use, and rings the alarms. */
    used(account: Account, sighting: Sighting): { readonly writes: Write[]; readonly event: AuditEvent };
  };
  readonly attempts: AttemptStore;
  readonly accounts: AccountStore;
  readonly notices: DeviceStores['notices'] & {
    signInFailed(account: Account | undefined, sighting: Sighting, locks: boolean): Write[];
    signedIn(account: Account, ownFailures: number, at: Date): Write[];
  };
}

/** What people may have to be told by other ways than the page. Each is told once, however many requests run in parallel. */
export interface Settled {
  /** This failure began a lock. */
  readonly lockedNow: boolean;
  /** A device that had not signed in this account before. */
  readonly newDevice: boolean;
}

/**
 * Puts what became of a submission into the request's unit of work: attempt, counters, device, replaced hash and audit
 * events commit together, with whatever the route adds for the protocol.
 */
export function settle(unit: UnitOfWork, stores: SettleStores, outcome: Outcome, about: About): Settled {
  const { refusal, slot } = outcome;
  if (refusal?.code === 'rate_limited') {
    recordExhaustion(unit, outcome, refusal);
    return NOTHING;
  }
  if (refusal?.code === 'too_busy') {
    if (slot !== undefined) unit.add(...slotReturned(slot, undefined));
    return NOTHING;
  }
  const { attempts } = stores;
  // Only what was proven, or chosen, changes what was shown so far.
  unit.add(
    refusal === undefined
      ? attempts.save(outcome.attempt, about)
      : attempts.failed(outcome.attempt.id, about),
  );
  addPendingEvents(unit, [...outcome.events, ...eventOf(outcome, about)]);
  if (refusal !== undefined) {
    const locks = slot?.locksUntil !== undefined;
    if (slot !== undefined) {
      settleFailure(unit, slot, refusal);
      unit.add(...stores.notices.signInFailed(outcome.account, about.sighting, locks));
    }
    return { ...NOTHING, lockedNow: locks };
  }
  return settleSuccess(unit, stores, outcome, about);
}

/**
 * The sign-in ended, or was changed, while what was shown was verified; `now` is what it is by now, as far as that is known. Nothing
 * comes of it, but that it was tried is counted and told: a lock that it begins stands, and the sweep tells of it. The other half of
 * a double submit is nothing to tell of; but a code that was right is, where the sign-in goes on: it is not spent, and nothing else
 * tells that somebody has it.
 */
export function settleTooLate(
  unit: UnitOfWork,
  { notices }: Pick<SettleStores, 'notices'>,
  outcome: Outcome,
  about: About,
  now?: Attempt,
): void {
  const { refusal, slot, account, factor } = outcome;
  if (refusal === undefined) {
    if (slot !== undefined) unit.add(...slotReturned(slot, undefined));
    const isSame = now?.accountId !== undefined && now.accountId === account?.id;
    const guessable = slot !== undefined && factor !== 'pwd';
    if (isSame && (now.completed || !guessable)) return;
  } else if (slot !== undefined) {
    // Else whoever cancels each sign-in in which they guess would never be mailed about.
    unit.add(...notices.signInFailed(account, about.sighting, slot.locksUntil !== undefined));
  }
  const reason = now?.completed === false ? 'sign_in_changed' : 'sign_in_ended';
  const late = { code: 'credentials_invalid', reason, identifierDigest: undefined } as const;
  // Of what was right nothing has happened; what was wrong may tell of more than a failure, e.g. of a copied passkey.
  const alarms = refusal === undefined ? [] : outcome.events;
  addPendingEvents(unit, [...alarms, ...eventOf({ ...outcome, refusal: refusal ?? late }, about)]);
}

const NOTHING: Settled = { lockedNow: false, newDevice: false };

function settleFailure(unit: UnitOfWork, slot: Slot, { identifierDigest }: Refusal): void {
  const { accountId, ofDevice, keyHash } = slot.request;
  unit.add(...slotFailed(slot));
  if (slot.locksUntil !== undefined) {
    addPendingEvent(unit, {
      type: 'lockout.started',
      outcome: 'failure',
      actor: SYSTEM_ACTOR,
      ...(accountId === undefined ? {} : { account: accountId }),
      details: {
        failures: slot.failures,
        until: slot.locksUntil.toISOString(),
        device: ofDevice,
        ...(ofDevice ? {} : { identifierDigest: identifierDigest ?? digestName(keyHash) }),
      },
    });
  }
  if (slot.disablesAfter !== undefined && accountId !== undefined) {
    addPendingEvent(unit, passwordDisabled(accountId, slot.disablesAfter));
  }
}

function settleSuccess(
  unit: UnitOfWork,
  stores: SettleStores,
  { attempt, step, slot, account, rehash, deviceIsKnown, writes, trustDays }: Outcome,
  about: About,
): Settled {
  const done = step.kind === 'done';
  unit.add(...writes);
  // Else a sign-in with the old password could outlast the reset that was meant to end it.
  if (done && account !== undefined) unit.add(stores.accounts.unchanged(account));
  if (slot !== undefined) {
    const shown = shownIn(attempt);
    unit.add(
      ...(done ? slotSucceeded(slot, shown) : slotReturned(slot, startsAnew(step) ? shown : undefined)),
    );
  }
  if (rehash !== undefined && account !== undefined) {
    unit.add(stores.accounts.passwordHashReplacement(account.id, rehash));
    addPendingEvent(unit, {
      type: 'password.rehashed',
      outcome: 'success',
      actor: SYSTEM_ACTOR,
      account: account.id,
      details: { from: rehash.algorithm },
    });
  }
  if (!done) return NOTHING;
  settleDevice(unit, stores, step.accountId, { account, deviceIsKnown, trustDays }, about);
  if (account?.breakGlass) {
    const { writes: use, event } = stores.breakGlass.used(account, about.sighting);
    unit.add(...use);
    addPendingEvent(unit, event);
  }
  if (account !== undefined)
    unit.add(...stores.notices.signedIn(account, attempt.failures, about.sighting.at));
  return { ...NOTHING, newDevice: !deviceIsKnown };
}

/** Not every request that is refused, or a flood of them would be one of the trail as well. */
function recordExhaustion(
  unit: UnitOfWork,
  { limits: { first, refusedBy }, account }: Outcome,
  { identifierDigest }: Refusal,
): void {
  if (!first || refusedBy === undefined) return;
  addPendingEvent(unit, {
    type: 'rate_limit.exceeded',
    outcome: 'failure',
    ...(account === undefined ? {} : { account: account.id }),
    details: {
      limit: refusedBy.limit.name,
      ...(identifierDigest === undefined ? {} : { identifierDigest }),
    },
  });
}

/** Nothing is left to be guessed: after such a proof the count begins anew. Beside another factor only both do. */
const startsAnew = ({ kind }: Step) => ['change_password', 'agree', 'choose_session'].includes(kind);

/** What a session had brought was not shown here. */
function shownIn({ passwordAt, secondFactor, carriedAt }: Attempt): Shown {
  const factor = secondFactor !== undefined && (carriedAt === undefined || secondFactor.at > carriedAt);
  return { password: passwordAt !== undefined && carriedAt === undefined, factor };
}

const addPendingEvents = (unit: UnitOfWork, events: readonly AuditEvent[]) => {
  for (const event of events) addPendingEvent(unit, event);
};

function eventOf({ step, refusal, account, factor }: Outcome, { clientId }: About): AuditEvent[] {
  // Who proved nothing may be anybody: it is about the account, and no act of its person.
  const failure = {
    factor,
    ...(account === undefined ? {} : { account: account.id }),
    ...(clientId === undefined ? {} : { client: clientId }),
  };
  const about = { ...failure, ...(account === undefined ? {} : { actor: person(account.id) }) };
  const failed = (details: { reason: string; identifierDigest?: string }): AuditEvent[] => [
    { type: 'sign_in.failed', outcome: 'failure', ...failure, details },
  ];
  if (refusal !== undefined) {
    const { reason, identifierDigest } = refusal;
    return failed({ reason, ...(identifierDigest === undefined ? {} : { identifierDigest }) });
  }
  switch (step.kind) {
    case 'done': {
      const details = { acr: step.acr, amr: step.amr };
      return [{ type: 'sign_in.succeeded', outcome: 'success', ...about, details }];
    }
    case 'change_password': {
      const { reason } = step.change;
      return [{ type: 'password.change_demanded', outcome: 'success', ...about, details: { reason } }];
    }
    case 'second_factor':
    case 'enrol_factor': {
      const details = { kinds: step.kinds, enrol: step.kind === 'enrol_factor' };
      return [{ type: 'second_factor.demanded', outcome: 'success', ...about, details }];
    }
    case 'agree': {
      const { kind: document, version } = step.document;
      return [{ type: 'agreement.demanded', outcome: 'success', ...about, details: { document, version } }];
    }
    case 'choose_session':
      return [
        { type: 'session.choice_demanded', outcome: 'success', ...about, details: { atLeast: step.atLeast } },
      ];
    // What was set up has an event of its own.
    case 'store_codes':
      return [];
    default:
      return failed({ reason: step.kind === 'impossible' ? step.error : step.kind });
  }
}
