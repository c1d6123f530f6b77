import { Migration } from '@mikro-orm/migrations';

/** When accounts are to be disabled, or enabled again. */
export class Migration20261202005003_scheduled_statuses extends Migration {
  override up(): void {
    this.addSql(`
      create table scheduled_statuses (
        account uuid not null,
        status text not null,
        at timestamptz not null,
        reason text,
        primary key (account, status),
        constraint scheduled_statuses_account_foreign foreign key (account) references accounts (id) on delete cascade,
        constraint scheduled_statuses_status_check check (status in ('active', 'disabled'))
      )`);
    this.addSql('create index scheduled_statuses_at_index on scheduled_statuses (at)');
    this.addSql('grant select, insert, update, delete on scheduled_statuses to gatehouse_server');
  }

  override down(): void {
    this.addSql('drop table scheduled_statuses');
  }
}
