import { Migration } from '@mikro-orm/migrations';

/**
 * What applications knew an account by that was merged into another (`sub`), as SHA-256: nobody else is ever given it, since they may
 * have records under it (OpenID Connect Core, section 2).
 */
export class Migration20261202006002_reserved_subjects extends Migration {
  override up(): void {
    this.addSql(
      'create table reserved_subjects (digest bytea not null primary key, reserved_at timestamptz not null)',
    );
    this.addSql('grant select, insert on reserved_subjects to gatehouse_server');
  }

  override down(): void {
    this.addSql('drop table reserved_subjects');
  }
}
