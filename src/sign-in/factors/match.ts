import type { Account } from '../../domain/accounts/store.ts';
import type { AuditEvent } from '../../domain/audit/events.ts';
import type { Sighting } from '../../domain/devices/store.ts';
import type { Write } from '../../storage/unit-of-work.ts';

/** What was shown of a factor, validated in form but not believed. */
export interface FactorSubmission {
  readonly account: Account;
  /** The attempt in which it was shown: what a browser signs for one attempt counts in no other. */
  readonly attemptId: string;
  /** What was typed, or what the browser answered, as text. */
  readonly answer: string;
  readonly sighting: Sighting;
}

/** What matching comes to: the factor that it was, and what showing it changes; or why it was none. */
export type FactorMatch =
  | {
      /** The factor's id, '' of a code that has none; `synced` where it is carried from device to device. */
      readonly factor: { readonly id: string; readonly synced: boolean };
      /** They spend what works once, and fail the unit when somebody was faster. */
      readonly writes: readonly Write[];
      readonly events: readonly AuditEvent[];
    }
  /** `reason` is for auditors only; `malformed` is what can be none of this kind. */
  | { readonly reason: string; readonly events: readonly AuditEvent[] };

/**
 * Verifies what was shown of one kind of factor. Writes nothing. To be called by `submit-factor.ts` alone, which has counted the
 * failure in advance.
 */
export type FactorMatcher = (submission: FactorSubmission) => Promise<FactorMatch>;
