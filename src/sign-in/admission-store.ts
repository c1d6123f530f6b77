import { type Slot, type SlotColumns, slotParts } from '../domain/lockout/slot-store.ts';
import type { Lockout, Reservation, Subject } from '../domain/lockout/store.ts';
import {
  type Claim,
  type Decision,
  type Limits,
  passkeyClaims,
  secondFactorClaims,
  signInClaims,
} from '../domain/rate-limits/policy.ts';
import type { LimitColumns, RateLimits } from '../domain/rate-limits/store.ts';
import type { Database } from '../storage/database.ts';

/** Who may have a password verified: whom the rate limits let pass, and who gets a slot of the lockout. */

export interface Asker {
  /** What was typed, normalised. */
  readonly identifier: string;
  readonly accountId: string | undefined;
  /** The device, when it has signed in this account before. */
  readonly knownDevice: string | undefined;
  readonly address: string;
}

export type Admission =
  | { readonly kind: 'admitted'; readonly slot: Slot; readonly limits: Decision }
  | { readonly kind: 'locked'; readonly until: Date; readonly limits: Decision }
  | { readonly kind: 'limited'; readonly limits: Decision };

export interface Admissions {
  /**
   * Asks the limits and takes a slot: in one statement, unless Redis counts the limits. A try that a limit refuses takes no
   * slot. Throws `database_unavailable` (503) rather than let anybody pass uncounted.
   */
  admit(asker: Asker): Promise<Admission>;
  /** The same for what is shown after the password of an account: on the same counter of the lockout, with limits of its own. */
  admitFactor(asker: Asker & { readonly accountId: string }): Promise<Admission>;
  /** Asks the limits alone, for a passkey that is shown instead of a name. */
  admitPasskey(address: string, device: string | undefined): Promise<Decision>;
}

export interface AdmissionDependencies {
  readonly database: Database;
  readonly lockout: Lockout;
  readonly rateLimits: RateLimits;
  readonly limits: Limits;
  /** Whether an address is in a network that the operator vouches for. */
  readonly isOffice: (address: string) => boolean;
}

export function createAdmissions(deps: AdmissionDependencies): Admissions {
  const { database, lockout, rateLimits, limits } = deps;

  const admission = (reservation: Reservation, decision: Decision): Admission =>
    reservation.kind === 'slot'
      ? { kind: 'admitted', slot: reservation.slot, limits: decision }
      : { kind: 'locked', until: reservation.until, limits: decision };

  /** In one statement, unless the limits are counted elsewhere. */
  async function take(claims: Claim[], subject: Subject): Promise<Admission> {
    const request = lockout.request(subject);
    const taking = await rateLimits.begin(claims);
    if (taking.kind === 'decided') {
      const { decision } = taking;
      if (!decision.allowed) return { kind: 'limited', limits: decision };
      return admission(await lockout.reserve(request), decision);
    }

    const values: unknown[] = [];
    const parameter = (value: unknown) => `$${values.push(value)}`;
    const limit = rateLimits.parts(parameter, taking.claims, request.now);
    const slot = slotParts(parameter, request, lockout.policy, limit.passed);
    const text = `with ${[...limit.ctes, ...slot.ctes].join(', ')} select ${limit.columns}, ${slot.columns}`;
    const name = `sign_in_admit_${taking.claims.length}`;
    const [row] = await database.query<LimitColumns & SlotColumns>({ name, text }, values);
    const columns = row as LimitColumns & SlotColumns;
    const decision = rateLimits.decisionFrom(taking.claims, columns, request.now);
    if (!decision.allowed) return { kind: 'limited', limits: decision };
    return admission(await lockout.decisionFrom(request, columns), decision);
  }

  return {
    admit(asker) {
      const { address } = asker;
      return take(signInClaims(limits, { ...asker, office: deps.isOffice(address) }), asker);
    },

    admitFactor: (asker) => take(secondFactorClaims(limits, asker), { ...asker, factor: true }),

    admitPasskey: (address, device) =>
      rateLimits.take(passkeyClaims(limits, { address, office: deps.isOffice(address), device })),
  };
}
