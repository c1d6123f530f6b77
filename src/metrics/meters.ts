/**
 * Metrics: what operators watch. This folder owns the names, the counters and how they are shown; the modules in which something
 * happens say so. It is no evidence (that is the audit trail) and knows nobody: a label is always one of a few words of our
 * own, never an id, an address or anything that somebody has sent.
 */
import type { AuditEvent } from '../domain/audit/events.ts';

/** What becomes of something that is sent: a mail, or a notice that a session has ended. */
export type SendOutcome = 'sent' | 'retried' | 'given_up';

/** What is counted as it happens. Every call is a few additions in memory and never throws. */
export interface Meters {
  /** A request was answered; `status` undefined where whoever asked had gone before. */
  request(route: string, status: number | undefined, seconds: number): void;
  /** The audit trail was told: sign-ins and locks are counted by it. */
  audited(event: AuditEvent): void;
  sessionsEnded(reason: string, sessions: number): void;
  /** A budget refused a request; `limit` is its name. */
  limited(limit: string): void;
  mail(outcome: SendOutcome): void;
  logoutNotice(outcome: SendOutcome): void;
  /** So many people were told that their account is dormant, or it was disabled. */
  dormant(outcome: 'told' | 'disabled', people: number): void;
  /** A round of a job is over. */
  round(job: string, seconds: number, failed: boolean): void;
  /** The sweeper of sessions has ended so many in one transaction. */
  sessionSweep(sessions: number): void;
  /** A statement has removed so many rows that are past their time; `kind` is what they are. */
  cleanUp(kind: string, rows: number): void;
}

const nothing = () => undefined;

/** For a server that shows no metrics. */
export const NO_METERS: Meters = {
  request: nothing,
  audited: nothing,
  sessionsEnded: nothing,
  limited: nothing,
  mail: nothing,
  logoutNotice: nothing,
  dormant: nothing,
  round: nothing,
  sessionSweep: nothing,
  cleanUp: nothing,
};

/** What waits to be done: how much, and for how long the oldest of it. */
export interface Backlog {
  readonly waiting: number;
  readonly oldestSeconds: number;
}

/** How the sealing of the audit trail stands. */
export interface SealingReadings {
  readonly size: number;
  /** Age of the oldest event that is not sealed; 0 where all are. */
  readonly unsealedSeconds: number;
  /** Sealed events that were changed, or written by somebody else, before; counted up to a bound. */
  readonly invalid: number;
  readonly checkpointSeconds: number | undefined;
  /** Whether the tree is the one that was signed last. */
  readonly fits: boolean;
}

/** How things stand at the moment of asking. Durations are in seconds. */
export interface Readings {
  /** Acts that wait for a second person, and that fewer than two people could approve. */
  readonly actsWithoutApprovers: number;
  /** Counted up to a bound, as what waits is. */
  readonly openSessions: number;
  /** How long ago the first session that has not been ended was over; 0 where none is. */
  readonly sessionSweeperLag: number;
  /** How long ago the first artefact should have been removed; 0 where none should. */
  readonly cleanUpLag: number;
  readonly mail: Backlog;
  readonly logoutNotices: Backlog;
  /** Whole months after this one for which the audit trail has a partition, and events of times that have none. */
  readonly auditMonths: { readonly ahead: number; readonly unplaced: number };
  /** By anchor of the audit trail, for how long it was not known to keep the newest checkpoint. */
  readonly anchors: Readonly<Record<string, number>>;
  /** What each sink of the audit trail was not given yet, by the sink's label. */
  readonly auditSinks: Readonly<Record<string, Backlog>>;
  readonly audit: SealingReadings;
  /** By configuration document, how many objects and settings were found to differ from it. */
  readonly configurationDrift: Readonly<Record<string, number>>;
}
