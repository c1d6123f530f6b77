/**
 * Audit: the evidence of who did what, when, from where. This folder owns the closed list of events and how they are
 * written; the modules that cause an event decide when, and commit it in the transaction of the change that it tells of.
 * It leaves reading, export and proof of integrity to files of their own.
 */
import type { AuditActor } from './actor.ts';
import type { AuditDetails, AuditEventType } from './events/index.ts';

export type { AuditActor } from './actor.ts';
export type { AuditDetails, AuditEventType } from './events/index.ts';

/** Second factors as the trail names them. */
export type AuditedFactor = AuditDetails['factor.added']['kind'];

/** Why a request of an application was refused, and what to change: see `oidc/refusal-reasons.ts`. Values only of few parameters. */
export type RefusedRequest = Omit<AuditDetails['authorization.refused'], 'error'>;

/** Where a request came from, as far as it can be believed. */
export interface Origin {
  readonly ip?: string;
  readonly userAgent?: string;
  readonly requestId?: string;
}

/** Who does something, from where, and why, where they have said so: as the events say it. */
export interface AuditedBy {
  readonly actor: AuditActor;
  readonly origin: Origin;
  readonly reason?: string;
}

export type AuditEvent = {
  [Type in AuditEventType]: {
    readonly type: Type;
    readonly outcome: 'success' | 'failure';
    /** Who acted; undefined where a stranger did. */
    readonly actor?: AuditActor;
    /** Whom it is about. */
    readonly account?: string;
    readonly client?: string;
    readonly session?: string;
    /** The authentication factor that was used, e.g. `pwd`. */
    readonly factor?: string;
    readonly origin?: Origin;
    /** Why, in the words of whoever acts. */
    readonly reason?: string;
    readonly details: AuditDetails[Type];
  };
}[AuditEventType];
