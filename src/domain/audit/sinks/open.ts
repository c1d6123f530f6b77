import type { ConnectionOptions } from 'node:tls';
import type { AuditSinkTarget, SyslogTls } from '../../../kernel/audit-sink-url.ts';
import { readPem } from '../../../storage/tls.ts';
import { createFileSink } from './file.ts';
import type { AuditSink } from './sink.ts';
import { createStdoutSink, type WriteLines } from './stdout.ts';
import { createSyslogSink } from './syslog.ts';

/** A sink of the configuration, with what it is called. */
export interface OpenedSink {
  /** Of its cursor. */
  readonly name: string;
  /** Of its job and its metrics, in words of ours: its kind, and its number where there are several of that kind. */
  readonly label: string;
  readonly sink: AuditSink;
}

export interface SinkDependencies {
  readonly writeLines: WriteLines;
  /** Of the issuer, without a port. */
  readonly hostname: string;
}

const SYSLOG_TIMEOUT_MS = 10_000;

/** The sinks of the configuration. Nothing is opened before the first batch. */
export function openSinks(targets: readonly AuditSinkTarget[], deps: SinkDependencies): OpenedSink[] {
  return targets.map((target, index) => ({
    name: target.name,
    label: labelOf(targets, index),
    sink: sinkOf(target, deps),
  }));
}

export function labelOf(targets: readonly AuditSinkTarget[], index: number): string {
  const kind = targets[index]?.kind ?? 'stdout';
  const before = targets.slice(0, index).filter((each) => each.kind === kind).length;
  return before === 0 ? kind : `${kind}-${before + 1}`;
}

function sinkOf(target: AuditSinkTarget, { writeLines, hostname }: SinkDependencies): AuditSink {
  switch (target.kind) {
    case 'stdout':
      return createStdoutSink(writeLines);
    case 'file':
      return createFileSink(target.path);
    case 'syslog':
      return createSyslogSink(target, {
        hostname,
        timeoutMs: SYSLOG_TIMEOUT_MS,
        tlsOptions: ({ tls }) => (tls === undefined ? {} : tlsOptions(tls)),
      });
  }
}

/** Throws `certificate_unreadable`. */
function tlsOptions({ caFile, certFile, keyFile }: SyslogTls): ConnectionOptions {
  const read = (path: string | undefined, parameter: string) =>
    path === undefined ? undefined : readPem(path, 'AUDIT_SINKS', parameter);
  const options = { ca: read(caFile, 'ca'), cert: read(certFile, 'cert'), key: read(keyFile, 'key') };
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
}
