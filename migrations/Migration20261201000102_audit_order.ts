import { Migration } from '@mikro-orm/migrations';

/** The causal order of the audit trail, in which it is sealed: by transaction, and within one by the id of the event. */
export class Migration20261201000102_audit_order extends Migration {
  override isTransactional(): boolean {
    return false;
  }

  override up(): void {
    this.addSql(`set lock_timeout = '5s'`);
    this.addSql(`set statement_timeout = '2h'`);
    this.addSql('drop index concurrently if exists audit_events_xid_id_index');
    this.addSql('create index concurrently audit_events_xid_id_index on audit_events (xid, id)');
  }

  override down(): void {
    this.addSql(`set lock_timeout = '5s'`);
    this.addSql(`set statement_timeout = '2h'`);
    this.addSql('drop index concurrently if exists audit_events_xid_id_index');
  }
}
