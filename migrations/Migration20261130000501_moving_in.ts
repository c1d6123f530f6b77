import { Migration } from '@mikro-orm/migrations';

/**
 * What people bring along who come from elsewhere: the subject under which applications know them (none: the id of the account),
 * a user name, and a mark of the line of an import that made the account. What tells an application of the end of a
 * session keeps the subject: the account may be gone by then.
 */
export class Migration20261130000501_moving_in extends Migration {
  override up(): void {
    this.addSql('alter table accounts add column sub text');
    this.addSql('alter table accounts add column username text');
    this.addSql('alter table accounts add column username_key text');
    this.addSql('alter table accounts add column import_digest bytea');
    this.addSql('alter table logout_deliveries add column subject text');
  }

  override down(): void {
    this.addSql('alter table logout_deliveries drop column subject');
    this.addSql('alter table accounts drop column import_digest');
    this.addSql('alter table accounts drop column username_key');
    this.addSql('alter table accounts drop column username');
    this.addSql('alter table accounts drop column sub');
  }
}
