import { Migration } from '@mikro-orm/migrations';

/**
 * Takes from everybody but the owner the right to temporary tables, which PostgreSQL gives to all: they come before all other
 * tables wherever a name is looked up, so whoever may make them decides what a name means. Nothing of Gatehouse uses any. Where
 * the login does not own the database, PostgreSQL warns and leaves the right as it is.
 */
export class Migration20261129004001_no_temporary_tables extends Migration {
  override up(): void {
    // migration-lint allow hidden-statements: the name of the database is known to PostgreSQL alone
    this.addSql(`
      do $$ begin
        execute format('revoke temporary on database %I from public', current_database());
      end $$`);
  }

  override down(): void {
    this.addSql(`
      do $$ begin
        execute format('grant temporary on database %I to public', current_database());
      end $$`);
  }
}
