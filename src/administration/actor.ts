import { client, person, SYSTEM_ACTOR } from '../domain/audit/actor.ts';
import type { AuditedBy, Origin } from '../domain/audit/events.ts';

/**
 * Who acts. A type and not a string, so that a decision about what somebody may do has what it needs: who they are, and how
 * sure we are of it. The audit trail gets its own form of it from {@link auditedBy}.
 */
export type Actor = PersonActor | ClientActor | CommandActor | SystemActor;

/** Somebody who is signed in. */
export interface PersonActor {
  readonly kind: 'person';
  readonly accountId: string;
  readonly sessionId: string;
  /** The authentication level (`acr`) of the session. */
  readonly level: string;
  /** When they last proved who they are. */
  readonly provenAt: Date;
  /** What the token allows with which they come; of our own pages, every scope. */
  readonly scopes: readonly string[];
  /** Why, in their words. */
  readonly reason?: string | undefined;
  /** The client that presents their token; on our own pages there is none. */
  readonly clientId?: string;
  readonly origin: Origin;
}

/** A program with an access token of its own. */
export interface ClientActor {
  readonly kind: 'client';
  readonly clientId: string;
  readonly scopes: readonly string[];
  /** Why, as the program says it. */
  readonly reason?: string | undefined;
  readonly origin: Origin;
}

/** Somebody with a shell on the machine, through the `gatehouse` command. */
export interface CommandActor {
  readonly kind: 'command';
  /** The words of the command, and nothing that was typed after them, e.g. `gatehouse users disable`. */
  readonly command: string;
  /** The operating-system user who runs it. */
  readonly user: string;
  /** What needs a second person is done without one, and rings the alarms. */
  readonly emergency?: boolean | undefined;
  /** Why, in their words. */
  readonly reason?: string | undefined;
}

/** Gatehouse by itself: a job, the start. */
export interface SystemActor {
  readonly kind: 'system';
}

export const SYSTEM: SystemActor = { kind: 'system' };

/** The longest reason that the audit trail keeps, in characters. */
export const MAX_REASON = 500;

/** Whether this can be kept as a reason: one line with something to see in it. */
export const isReason = (text: string): boolean =>
  text.length <= MAX_REASON && /\P{Z}/u.test(text) && !/\p{C}/u.test(text) && text.isWellFormed();

/** The audit trail's form of an actor. */
export function auditedBy(actor: Actor): AuditedBy {
  const reason = 'reason' in actor && actor.reason !== undefined ? { reason: actor.reason } : {};
  switch (actor.kind) {
    case 'person':
      return { actor: person(actor.accountId), origin: actor.origin, ...reason };
    case 'client':
      return { actor: client(actor.clientId), origin: actor.origin, ...reason };
    case 'command': {
      const { command, user } = actor;
      return { actor: { kind: 'command', command, user }, origin: {}, ...reason };
    }
    case 'system':
      return { actor: SYSTEM_ACTOR, origin: {} };
  }
}

/** Who reads a list: cursors are bound to it. */
export function nameOfReader(actor: Actor): string {
  switch (actor.kind) {
    case 'person':
      return `person ${actor.accountId}`;
    case 'client':
      return `client ${actor.clientId}`;
    case 'command':
      return `command ${actor.user}`;
    case 'system':
      return 'system';
  }
}
