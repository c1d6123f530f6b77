import type { Decision } from '../domain/rate-limits/policy.ts';
import type { Demand } from '../domain/second-factors/policy.ts';
import type { UnitOfWork } from '../storage/unit-of-work.ts';
import type { Attempt, Demands, SessionEvidence } from './attempt.ts';
import type { RejectionCode } from './checks/check.ts';
import type { End, Step } from './next-step.ts';
import type { SignInState } from './submit-factor.ts';

/** One request of a browser about one sign-in. */
export interface SignInRequest {
  /** The interaction's uid. */
  readonly uid: string;
  readonly client: { readonly id: string; readonly secondFactor: Demand | undefined };
  readonly demands: Demands;
  /** What a live session of this browser was made with, where the client has nothing against it but its level. */
  readonly session: SessionEvidence | undefined;
  /** The session of this browser when the client asked, by its uid, whoever's it was. */
  readonly sessionUid: string | undefined;
  readonly expiresAt: Date;
  /** The id that the browser's device cookie holds, if it is one of ours. */
  readonly deviceId: string | undefined;
  /** At a workstation that people share, of which nothing is remembered; `named`: its network is one that the operator knows. */
  readonly shared: { readonly named: boolean } | undefined;
  readonly address: string;
  readonly userAgent: string | undefined;
  readonly unit: UnitOfWork;
  /**
   * Tells the protocol of the end, as part of the unit, and answers where the browser goes then. Where somebody is let in, by
   * this attempt: a session comes of it only while the account is in its epoch.
   */
  finishInteraction(step: End, attempt?: Attempt): Promise<string>;
}

/** Where a sign-in stands. */
export type SignInStatus =
  /** It is over, by whichever request. */
  | { readonly kind: 'completed' }
  /** Nobody has proven to be anybody. */
  | { readonly kind: 'anonymous'; readonly attempt: Attempt; readonly step: Step }
  | ({ readonly kind: 'known' } & SignInState);

/** What became of a request. All of it is committed. */
export type Answer =
  /** Nothing is proven by that; `retryAt` is when trying again makes sense, where that is known. */
  | {
      readonly kind: 'refused';
      readonly rejection: RejectionCode;
      readonly retryAt: Date | undefined;
      readonly limits: Decision;
    }
  /** There is another step: its page is the sign-in's own. */
  | { readonly kind: 'goes_on'; readonly limits: Decision }
  /** It is over, and the browser goes there; `deviceId` is for its cookie, where the person is in. */
  | {
      readonly kind: 'over';
      readonly location: string;
      readonly deviceId: string | undefined;
      readonly limits: Decision;
    }
  /** Another request has ended it: this browser goes where that one went. */
  | { readonly kind: 'ended_elsewhere' };
