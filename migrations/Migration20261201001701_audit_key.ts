import { Migration } from '@mikro-orm/migrations';

/**
 * The key that the audit trail has once it is partitioned by month: of a partitioned table every unique key contains what it is
 * partitioned by. Made beforehand, so that the swap of the tables builds no index.
 */
export class Migration20261201001701_audit_key extends Migration {
  override isTransactional(): boolean {
    return false;
  }

  override up(): void {
    this.addSql(`set lock_timeout = '5s'`);
    this.addSql(`set statement_timeout = '2h'`);
    this.addSql('drop index concurrently if exists audit_events_id_at_index');
    this.addSql('create unique index concurrently audit_events_id_at_index on audit_events (id, at)');
  }

  override down(): void {
    this.addSql(`set lock_timeout = '5s'`);
    this.addSql(`set statement_timeout = '2h'`);
    this.addSql('drop index concurrently if exists audit_events_id_at_index');
  }
}
