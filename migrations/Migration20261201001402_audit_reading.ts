import { Migration } from '@mikro-orm/migrations';

/**
 * The trail is read by each filter through an index that has the time behind it. What most events leave empty is indexed only
 * where it is there. The outcome stands in the index of types, so that the two together are found as well.
 */
const INDEXES: readonly (readonly [name: string, of: string])[] = [
  ['audit_events_type_outcome_at_index', '(type, outcome, at)'],
  ['audit_events_client_at_index', '(client, at) where client is not null'],
  ['audit_events_session_at_index', '(session, at) where session is not null'],
  ['audit_events_ip_at_index', '(ip, at) where ip is not null'],
  [
    'audit_events_actor_at_index',
    '(coalesce(actor, actor_kind), at) where coalesce(actor, actor_kind) is not null',
  ],
  ['audit_events_failure_at_index', `(at) where outcome = 'failure'`],
  ['audit_events_reason_at_index', `((details ->> 'reason'), at) where (details ->> 'reason') is not null`],
];

export class Migration20261201001402_audit_reading extends Migration {
  override isTransactional(): boolean {
    return false;
  }

  override up(): void {
    this.addSql(`set lock_timeout = '5s'`);
    this.addSql(`set statement_timeout = '2h'`);
    for (const [name, of] of INDEXES) {
      this.addSql(`drop index concurrently if exists ${name}`);
      this.addSql(`create index concurrently ${name} on audit_events ${of}`);
    }
  }

  override down(): void {
    this.addSql(`set lock_timeout = '5s'`);
    this.addSql(`set statement_timeout = '2h'`);
    for (const [name] of INDEXES) this.addSql(`drop index concurrently if exists ${name}`);
  }
}
