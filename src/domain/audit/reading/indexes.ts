import { ACTOR, REASON } from './filters.ts';

/** Each filter finds its events by one of these, the newest first. They are described here as the migration has made them. */
const OF: Readonly<Record<string, string>> = {
  audit_events_type_outcome_at_index: '(type, outcome, at)',
  audit_events_client_at_index: '(client, at) where client is not null',
  audit_events_session_at_index: '(session, at) where session is not null',
  audit_events_ip_at_index: '(ip, at) where ip is not null',
  audit_events_actor_at_index: `(${ACTOR}, at) where ${ACTOR} is not null`,
  audit_events_failure_at_index: `(at) where outcome = 'failure'`,
  audit_events_reason_at_index: `((${REASON}), at) where (${REASON}) is not null`,
};

export const READING_INDEXES = Object.entries(OF).map(([name, of]) => ({
  name,
  expression: `create index ${name} on audit_events ${of}`,
}));
