import { Migration } from '@mikro-orm/migrations';

/**
 * What fails for a reason of ours (an act about one of many people, a scheduled disabling) is tried again later and not for ever, and
 * holds up nobody meanwhile. A row of a bulk that was given up is `refused` to servers of the version before.
 */
export class Migration20261203003002_bounded_tries extends Migration {
  override up(): void {
    this.addSql(`
      alter table bulk_rows add column attempts integer not null default 0, add column next_attempt_at timestamptz,
        add column failed boolean not null default false`);
    this.addSql(
      'alter table scheduled_statuses add column attempts integer not null default 0, add column next_attempt_at timestamptz',
    );
  }

  override down(): void {
    this.addSql('alter table scheduled_statuses drop column attempts, drop column next_attempt_at');
    this.addSql(
      'alter table bulk_rows drop column attempts, drop column next_attempt_at, drop column failed',
    );
  }
}
