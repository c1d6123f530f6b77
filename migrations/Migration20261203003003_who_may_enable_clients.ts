import { Migration } from '@mikro-orm/migrations';

/** Whether a client that is disabled may be enabled by a right that is limited to its owner: only where such a right has disabled it. */
export class Migration20261203003003_who_may_enable_clients extends Migration {
  override up(): void {
    this.addSql('alter table clients add column owners_may_enable boolean not null default false');
  }

  override down(): void {
    this.addSql('alter table clients drop column owners_may_enable');
  }
}
