import { Migration } from '@mikro-orm/migrations';

/** How many of the failures of a lockout's counter were of second factors: a password alone does not end those. */
export class Migration20261123001900_failed_codes extends Migration {
  override up(): void {
    for (const table of ['lockouts', 'password_failures']) {
      this.addSql(`alter table ${table} add column of_factors integer not null default 0`);
    }
  }

  override down(): void {
    for (const table of ['lockouts', 'password_failures']) {
      this.addSql(`alter table ${table} drop column of_factors`);
    }
  }
}
