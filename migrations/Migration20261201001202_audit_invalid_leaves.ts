import { Migration } from '@mikro-orm/migrations';

/** Sealed events whose MAC is wrong or missing: few, or somebody has to look. */
export class Migration20261201001202_audit_invalid_leaves extends Migration {
  override isTransactional(): boolean {
    return false;
  }

  override up(): void {
    this.addSql(`set lock_timeout = '5s'`);
    this.addSql(`set statement_timeout = '2h'`);
    this.addSql('drop index concurrently if exists audit_leaves_invalid_index');
    this.addSql(`
      create index concurrently audit_leaves_invalid_index on audit_leaves (index) where mac = 'invalid'`);
  }

  override down(): void {
    this.addSql(`set lock_timeout = '5s'`);
    this.addSql(`set statement_timeout = '2h'`);
    this.addSql('drop index concurrently if exists audit_leaves_invalid_index');
  }
}
