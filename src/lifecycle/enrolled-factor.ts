import type { Account } from '../domain/accounts/store.ts';
import type { AuditEvent } from '../domain/audit/events.ts';
import type { Sighting } from '../domain/devices/store.ts';
import type { OwnFactorKind } from '../sign-in/factors/kinds.ts';
import type { Write } from '../storage/unit-of-work.ts';

/** What a change comes to, for the unit of work. */
export interface Effects {
  readonly writes: readonly Write[];
  readonly events: readonly AuditEvent[];
}

/** A factor that was set up, of whichever kind. */
export interface EnrolledFactor {
  readonly kind: OwnFactorKind;
  readonly id: string;
  /** What its owner calls it. */
  readonly name?: string;
  /** A passkey that may be on several devices (RFC 8176: `swk`). */
  readonly synced: boolean;
}

export interface Enrolment {
  readonly factor: EnrolledFactor;
  readonly made: Effects;
  /** To be shown once. */
  readonly codes: readonly string[] | undefined;
}

/**
 * What every set-up ends with, of whichever kind: `writes` make it a factor. Where the account needs a temporary code for a first
 * factor, the unit fails with `temporary_code_needed` unless one was shown (`codeShown`).
 */
export type Enrol = (
  account: Account,
  factor: EnrolledFactor,
  writes: readonly Write[],
  sighting: Sighting,
  codeShown: boolean,
) => Promise<Enrolment>;
