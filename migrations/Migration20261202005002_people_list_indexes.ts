import { Migration } from '@mikro-orm/migrations';

/** Lists of people go along these in their order, for everybody and within a unit; or begin with the few that a filter leaves. */
const INDEXES: readonly (readonly [name: string, of: string])[] = [
  ['accounts_name_key_index', '(name_key, id)'],
  ['accounts_unit_name_key_index', '(unit, name_key, id)'],
  ['accounts_created_at_index', '(created_at, id)'],
  ['accounts_unit_created_at_index', '(unit, created_at, id)'],
  ['accounts_status_index', '(status, unit, id)'],
  [
    'accounts_unfinished_index',
    `(unit, id) where status = 'active' and password_changed_at is null and not email_verified`,
  ],
  ['accounts_listing_due_index', '(id) where listing_due'],
];

export class Migration20261202005002_people_list_indexes extends Migration {
  override isTransactional(): boolean {
    return false;
  }

  override up(): void {
    this.addSql(`set lock_timeout = '5s'`);
    this.addSql(`set statement_timeout = '2h'`);
    for (const [name, of] of INDEXES) {
      this.addSql(`drop index concurrently if exists ${name}`);
      this.addSql(`create index concurrently ${name} on accounts ${of}`);
    }
  }

  override down(): void {
    this.addSql(`set lock_timeout = '5s'`);
    this.addSql(`set statement_timeout = '2h'`);
    for (const [name] of INDEXES) this.addSql(`drop index concurrently if exists ${name}`);
  }
}
