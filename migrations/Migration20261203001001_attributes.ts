import { Migration } from '@mikro-orm/migrations';
import { sqlFunction } from './functions/load.ts';

/**
 * What an organisation keeps about people beyond names and addresses. The values are with the account; by `account_attributes`, where
 * they are folded by the server as words are, people are found who have one. A trigger keeps the unit there, and has a job fold again
 * what somebody has changed without the server.
 */
export class Migration20261203001001_attributes extends Migration {
  override up(): void {
    this.addSql(`alter table accounts add column attributes jsonb not null default '{}'`);
    this.addSql(`
      create table account_attributes (
        account uuid not null,
        name text not null,
        value text collate "C" not null,
        unit uuid,
        primary key (account, name, value),
        constraint account_attributes_account_foreign foreign key (account) references accounts (id) on delete cascade
      )`);
    this.addSql(
      'create index account_attributes_value_index on account_attributes (name, value, unit, account)',
    );
    this.addSql('grant select, insert, update, delete on account_attributes to gatehouse_server');
    this.addSql(sqlFunction('account_attributes_moved', 1));
    this.addSql(`
      create trigger accounts_attributes_moved after update of unit on accounts for each row
      when (old.unit is distinct from new.unit) execute function account_attributes_moved()`);
    this.addSql(`
      create trigger accounts_attributes_due before update of attributes on accounts for each row
      when (old.attributes <> new.attributes) execute function account_listing_due()`);
  }

  override down(): void {
    this.addSql('drop trigger accounts_attributes_due on accounts');
    this.addSql('drop trigger accounts_attributes_moved on accounts');
    this.addSql('drop function account_attributes_moved');
    this.addSql('drop table account_attributes');
    this.addSql('alter table accounts drop column attributes');
  }
}
