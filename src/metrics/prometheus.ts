import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { AuditEvent } from '../domain/audit/events.ts';
import { createGauges, type GaugeSources } from './gauges.ts';
import type { Meters } from './meters.ts';

export interface Metrics {
  readonly meters: Meters;
  /** Has what is not counted read from these when the metrics are read. */
  watch(sources: GaugeSources): void;
  /** Everything as text (Prometheus exposition format 0.0.4). */
  show(): Promise<string>;
  readonly contentType: string;
}

/** In seconds, from pages that are served from memory to sign-ins that wait for their hash. */
const REQUEST_SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10];
const ROUND_SECONDS = [0.005, 0.025, 0.1, 0.5, 1, 5, 15];
const SESSIONS = [0, 1, 10, 50, 100, 250, 500, 1_000];

/** The events that are alarms, and what their counter calls each. Whoever writes one has `lifecycle/alarms.ts` mail it. */
const ALARM_EVENTS: Readonly<Record<string, string>> = {
  'break_glass.created': 'break_glass_created',
  'break_glass.used': 'break_glass_used',
  'break_glass.drill_due': 'break_glass_drill_due',
  'approval.bypassed': 'approval_bypassed',
};

const alarmOf = (type: string) => (Object.hasOwn(ALARM_EVENTS, type) ? ALARM_EVENTS[type] : undefined);

/** The counters of one server, in a registry of their own, and those of its process. */
export function createMetrics(): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const registers = [registry];
  const counter = <Label extends string>(name: string, help: string, ...labelNames: Label[]) =>
    new Counter({ name: `gatehouse_${name}`, help, labelNames, registers });
  const histogram = <Label extends string>(
    name: string,
    help: string,
    buckets: number[],
    ...labelNames: Label[]
  ) => new Histogram({ name: `gatehouse_${name}`, help, buckets, labelNames, registers });

  const requests = histogram(
    'http_request_duration_seconds',
    'Requests, by kind of address and class of status',
    REQUEST_SECONDS,
    'route',
    'status',
  );
  const signIns = counter('sign_ins_total', 'Sign-ins that ended or failed', 'outcome', 'reason');
  const lockouts = counter('lockouts_total', 'Locks that began, of an identifier or of a known device', 'of');
  const alarms = counter('alarms_total', 'Alarms that rang', 'kind');
  const ended = counter('sessions_ended_total', 'Sessions that ended', 'reason');
  const limited = counter('rate_limit_refusals_total', 'Requests that a budget refused', 'limit');
  const mails = counter('mail_attempts_total', 'What became of attempts to send a mail', 'outcome');
  const notices = counter(
    'logout_notice_attempts_total',
    'What became of attempts to tell a client that a session has ended',
    'outcome',
  );
  const dormant = counter(
    'dormant_accounts_total',
    'People who were told that their account is dormant, and accounts that were disabled for it',
    'outcome',
  );
  const rounds = histogram('job_round_seconds', 'Rounds of jobs', ROUND_SECONDS, 'job', 'outcome');
  const sweeps = histogram('session_sweep_sessions', 'Sessions that one sweep has ended', SESSIONS);
  const removed = counter('cleanup_rows_total', 'Rows that were past their time and are removed', 'kind');
  const batches = counter('cleanup_batches_total', 'Statements that removed such rows', 'kind');

  // What was never there has no rate: the first of a kind would go unseen.
  for (const outcome of ['sent', 'retried', 'given_up']) {
    mails.inc({ outcome }, 0);
    notices.inc({ outcome }, 0);
  }

  for (const outcome of ['told', 'disabled']) dormant.inc({ outcome }, 0);
  for (const kind of Object.values(ALARM_EVENTS)) alarms.inc({ kind }, 0);

  const meters: Meters = {
    request: (route, status, seconds) => requests.observe({ route, status: classOf(status) }, seconds),
    audited: (event) => {
      const signIn = signInOf(event);
      if (signIn !== undefined) signIns.inc(signIn);
      const alarm = alarmOf(event.type);
      if (alarm !== undefined) alarms.inc({ kind: alarm });
      if (event.type === 'lockout.started')
        lockouts.inc({ of: event.details.device ? 'device' : 'identifier' });
    },
    sessionsEnded: (reason, sessions) => {
      if (sessions > 0) ended.inc({ reason: word(reason) }, sessions);
    },
    limited: (limit) => limited.inc({ limit: word(limit) }),
    mail: (outcome) => mails.inc({ outcome }),
    logoutNotice: (outcome) => notices.inc({ outcome }),
    dormant: (outcome, people) => dormant.inc({ outcome }, people),
    round: (job, seconds, failed) => rounds.observe({ job, outcome: failed ? 'failed' : 'done' }, seconds),
    sessionSweep: (sessions) => sweeps.observe(sessions),
    cleanUp: (kind, rows) => {
      batches.inc({ kind });
      removed.inc({ kind }, rows);
    },
  };

  let gauges: ReturnType<typeof createGauges> | undefined;
  return {
    meters,
    contentType: registry.contentType,
    watch: (sources) => {
      gauges = createGauges(
        (name, help, ...labelNames) => new Gauge({ name: `gatehouse_${name}`, help, labelNames, registers }),
        sources,
      );
    },
    async show() {
      await gauges?.refresh();
      return registry.metrics();
    },
  };
}

const classOf = (status: number | undefined): string =>
  status === undefined ? 'aborted' : `${Math.floor(status / 100)}xx`;

/** Outcome and reason of a sign-in, where the event is about the end of one. */
function signInOf(event: AuditEvent): { outcome: string; reason: string } | undefined {
  switch (event.type) {
    case 'sign_in.succeeded':
      return { outcome: 'succeeded', reason: 'none' };
    case 'sign_in.cancelled':
      return { outcome: 'cancelled', reason: 'none' };
    case 'sign_in.failed':
      return { outcome: 'failed', reason: word(event.details.reason) };
    default:
      return undefined;
  }
}

/** A label is a word of ours. Should anything else come here one day, it is not shown. */
const word = (text: string): string =>
  /^[a-z]+([_-][a-z]+)*$/.test(text) && text.length <= 40 ? text : 'other';
