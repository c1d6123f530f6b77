import { Migration } from '@mikro-orm/migrations';

/** What people who are not signed in have asked for and a job answers. */
export class Migration20261123000700_account_requests extends Migration {
  override up(): void {
    this.addSql(`
      create table account_requests (
        id uuid primary key,
        kind text not null,
        sealed text not null,
        not_before timestamptz not null,
        created_at timestamptz not null
      )`);
    this.addSql('create index account_requests_not_before_index on account_requests (not_before)');
    this.addSql('grant select, insert, update, delete on account_requests to gatehouse_server');
    // Wakes those who answer, on every node, at the commit.
    this.addSql(`
      create trigger account_requests_notify_change after insert on account_requests
      for each statement execute function notify_change()`);
  }

  override down(): void {
    this.addSql('drop table account_requests');
  }
}
