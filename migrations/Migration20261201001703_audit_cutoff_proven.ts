import { Migration } from '@mikro-orm/migrations';

/** Reads the whole trail, while everybody goes on reading and writing it. */
export class Migration20261201001703_audit_cutoff_proven extends Migration {
  override isTransactional(): boolean {
    return false;
  }

  override up(): void {
    this.addSql(`set lock_timeout = '5s'`);
    this.addSql(`set statement_timeout = '2h'`);
    this.addSql('alter table audit_events validate constraint audit_events_before_check');
  }

  override down(): void {
    this.addSql('select 1');
  }
}
