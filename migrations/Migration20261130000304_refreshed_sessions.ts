import { Migration } from '@mikro-orm/migrations';

/** When a client whose refreshes count has last put off the end of a session by one: apart from when its person was there. */
export class Migration20261130000304_refreshed_sessions extends Migration {
  override up(): void {
    this.addSql('alter table sessions add column refreshed_at timestamptz');
  }

  override down(): void {
    this.addSql('alter table sessions drop column refreshed_at');
  }
}
