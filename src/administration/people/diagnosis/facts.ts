import type { ChangeReason } from '../../../domain/passwords/expiry.ts';
import type { Demand, Grace } from '../../../domain/second-factors/policy.ts';
import type { CapPolicy } from '../../../domain/sessions/policy.ts';
import type { DormancyStanding } from '../../../lifecycle/dormancy.ts';

/** What a diagnosis goes by, as it is now. */

/** A lock that lasts. */
export interface LockFact {
  /** Failures are counted for what was typed, on devices that are not known, and for each known device apart. */
  readonly counter: 'unknown_devices' | 'known_device';
  readonly since: Date;
  readonly until: Date;
}

/** A mail about the account, which waits for longer than it should, or did not arrive. */
export interface MailFact {
  readonly mail: string;
  readonly kind: string;
  readonly state: 'late' | 'given_up' | 'bounced';
  readonly since: Date;
  /** Of one that bounced: no other to that address arrives either. */
  readonly permanent: boolean;
}

/** Sign-ins that were refused lately, for one reason of the audit trail. */
export interface FailureFact {
  readonly reason: string;
  readonly count: number;
  readonly lastAt: Date;
}

/** Everything that decides whether somebody can sign in, as it is now. */
export interface SignInFacts {
  readonly status: 'active' | 'disabled';
  readonly disabledAt: Date | undefined;
  /** When the account will be disabled by itself. */
  readonly disablesAt: Date | undefined;
  /** When it will be enabled again by itself. */
  readonly enablesAt: Date | undefined;
  /** That it is disabled because nobody had signed in for too long, or how far it is from that; undefined where that never is. */
  readonly dormancy: DormancyStanding | undefined;
  readonly locks: readonly LockFact[];
  readonly password: {
    readonly present: boolean;
    /** After too many failures, or because its owner has said that it was somebody else: not even the right one matches. */
    readonly ineffective: boolean;
    readonly changeDue: ChangeReason | undefined;
    readonly expiresAt: Date | undefined;
  };
  /** Of somebody who has never opened their account: the last link that they were mailed for that. */
  readonly invitation: { readonly works: boolean; readonly expiresAt: Date } | undefined;
  readonly factors: {
    /** What the roles of the person and the client ask for. */
    readonly demand: Demand;
    readonly grace: Pick<Grace, 'offered' | 'skippable'>;
    readonly authenticators: number;
    readonly passkeys: number;
    readonly recoveryCodes: number;
    /** Their factors were reset: a first one asks for a temporary access code. */
    readonly codeNeeded: boolean;
    /** Until when the temporary access code works that they were given. */
    readonly codeUntil: Date | undefined;
  };
  /** The application that they want to sign in to, where it is known. */
  readonly client: { readonly id: string; readonly disabled: boolean } | undefined;
  readonly sessions: { readonly open: number; readonly most: number; readonly policy: CapPolicy };
  /** The latest of each kind. */
  readonly mails: readonly MailFact[];
  /** The most frequent first. */
  readonly failures: readonly FailureFact[];
}
