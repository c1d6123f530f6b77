import { Migration } from '@mikro-orm/migrations';

/** Remembers of which lock a person was told. */
export class Migration20261123000800_lockout_notices extends Migration {
  override up(): void {
    this.addSql('alter table lockouts add column noticed_lock_id uuid');
    this.addSql(`
      create index lockouts_unnoticed_index on lockouts (locked_at)
      where announced_at is not null and lock_id is distinct from noticed_lock_id`);
  }

  override down(): void {
    this.addSql('drop index lockouts_unnoticed_index');
    this.addSql('alter table lockouts drop column noticed_lock_id');
  }
}
