import { Migration } from '@mikro-orm/migrations';

const UNIQUE = ['sub', 'username_key', 'import_digest'];

/** Makes constraints of the indexes that the migration before has built. */
export class Migration20261130000503_moving_in_constraints extends Migration {
  override up(): void {
    for (const column of UNIQUE) {
      const name = `accounts_${column}_unique`;
      this.addSql(`alter table accounts add constraint ${name} unique using index ${name}`);
    }
  }

  override down(): void {
    for (const column of UNIQUE)
      this.addSql(`alter table accounts drop constraint accounts_${column}_unique`);
  }
}
