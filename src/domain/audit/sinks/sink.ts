/**
 * Sinks of the audit trail: the same events as JSON lines for a SIEM, on standard output, in a file or by syslog. This folder owns
 * their format (the Elastic Common Schema), how each kind of sink takes lines, and the stored cursor. When they are sent it leaves to
 * `jobs/emit-audit.ts`.
 */

/** An event as it leaves: one line of JSON in ASCII, and what syslog says of it in its header. */
export interface SinkLine {
  readonly json: string;
  readonly at: string;
  readonly type: string;
  readonly failed: boolean;
}

/** Takes events. At least once: a batch that was not taken for certain is given again, perhaps by another node. */
export interface AuditSink {
  /** How many events it takes at a time at most, where that is fewer than usual. */
  readonly atOnce?: number;
  /** Resolves when every line has left this process for good: written to disk, or read by the receiver. Rejects where that is not known. */
  send(lines: readonly SinkLine[]): Promise<void>;
}
