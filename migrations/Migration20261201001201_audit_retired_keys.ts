import { Migration } from '@mikro-orm/migrations';

/** The private half of a key that has signed its last checkpoint is erased. */
export class Migration20261201001201_audit_retired_keys extends Migration {
  override up(): void {
    this.addSql('alter table audit_keys alter column sealed drop not null');
  }

  override down(): void {
    this.addSql(`update audit_keys set sealed = '' where sealed is null`);
    this.addSql('alter table audit_keys alter column sealed set not null');
  }
}
