import { Migration } from '@mikro-orm/migrations';

/** Whether a session is at a workstation that people share. Those that are open began without that mode. */
export class Migration20261128000400_shared_workstations extends Migration {
  override up(): void {
    this.addSql('alter table sessions add column shared boolean not null default false');
  }

  override down(): void {
    this.addSql('alter table sessions drop column shared');
  }
}
