import { Migration } from '@mikro-orm/migrations';

/** When an account was last enabled, from which on is counted whether it is dormant; and whom that was told. */
export class Migration20261203003001_dormancy extends Migration {
  override up(): void {
    this.addSql('alter table accounts add column enabled_at timestamptz');
    this.addSql(`
      create table dormancy_notices (
        account uuid primary key,
        since timestamptz not null,
        told_at timestamptz not null,
        disable_at timestamptz not null,
        disabled_at timestamptz,
        constraint dormancy_notices_account_foreign foreign key (account) references accounts (id) on delete cascade
      )`);
    this.addSql('create index dormancy_notices_disable_at_index on dormancy_notices (disable_at, account)');
    this.addSql('grant select, insert, update, delete on dormancy_notices to gatehouse_server');
  }

  override down(): void {
    this.addSql('drop table dormancy_notices');
    this.addSql('alter table accounts drop column enabled_at');
  }
}
