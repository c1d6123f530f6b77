import { Migration } from '@mikro-orm/migrations';

const UNIQUE = ['sub', 'username_key', 'import_digest'];

/** A subject, a user name and a line of an import are one account's. */
export class Migration20261130000502_moving_in_indexes extends Migration {
  override isTransactional(): boolean {
    return false;
  }

  override up(): void {
    this.addSql(`set lock_timeout = '5s'`);
    this.addSql(`set statement_timeout = '2h'`);
    for (const column of UNIQUE) {
      this.addSql(`drop index concurrently if exists accounts_${column}_unique`);
      this.addSql(`create unique index concurrently accounts_${column}_unique on accounts (${column})`);
    }
  }

  override down(): void {
    this.addSql(`set lock_timeout = '5s'`);
    this.addSql(`set statement_timeout = '2h'`);
    for (const column of UNIQUE) this.addSql(`drop index concurrently if exists accounts_${column}_unique`);
  }
}
