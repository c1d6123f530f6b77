import { Migration } from '@mikro-orm/migrations';

/**
 * When a link has done what it is for, which `consumed_at` alone does not tell from a link that was revoked: whoever submits its
 * form once more reads that it is done. Servers of the version before leave it empty.
 */
export class Migration20261130000401_used_links extends Migration {
  override up(): void {
    this.addSql('alter table one_time_links add column used_at timestamptz');
  }

  override down(): void {
    this.addSql('alter table one_time_links drop column used_at');
  }
}
