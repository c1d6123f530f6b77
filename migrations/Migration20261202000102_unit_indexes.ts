import { Migration } from '@mikro-orm/migrations';

/** The people of a unit are found by an index. */
export class Migration20261202000102_unit_indexes extends Migration {
  override isTransactional(): boolean {
    return false;
  }

  override up(): void {
    this.addSql(`set lock_timeout = '5s'`);
    this.addSql(`set statement_timeout = '2h'`);
    this.addSql('drop index concurrently if exists accounts_unit_index');
    this.addSql(
      'create index concurrently accounts_unit_index on accounts (unit, id) where unit is not null',
    );
  }

  override down(): void {
    this.addSql(`set lock_timeout = '5s'`);
    this.addSql(`set statement_timeout = '2h'`);
    this.addSql('drop index concurrently if exists accounts_unit_index');
  }
}
