import { Migration } from '@mikro-orm/migrations';

/**
 * Units (sites, departments; a tree), the unit of each account, the terms of a role that somebody has (limited to a unit or to the
 * clients that they own, or with an end), and the owners of clients. `accounts.version` counts the changes that an ETag has to show.
 */
export class Migration20261202000101_units extends Migration {
  override up(): void {
    this.addSql(`
      create table units (
        id uuid primary key,
        parent uuid,
        name text not null,
        name_key text not null,
        created_at timestamptz not null,
        constraint units_parent_foreign foreign key (parent) references units (id),
        constraint units_parent_check check (parent <> id)
      )`);
    this.addSql('create unique index units_name_unique on units (parent, name_key) where parent is not null');
    this.addSql('create unique index units_top_name_unique on units (name_key) where parent is null');
    this.addSql('grant select, insert, update, delete on units to gatehouse_server');

    this.addSql(`
      create table account_role_terms (
        account uuid not null,
        role text not null,
        unit uuid,
        owned boolean not null,
        until timestamptz,
        primary key (account, role),
        constraint account_role_terms_account_foreign
          foreign key (account) references accounts (id) on delete cascade,
        constraint account_role_terms_some_check check (unit is not null or owned or until is not null)
      )`);
    this.addSql(
      'create index account_role_terms_unit_index on account_role_terms (unit) where unit is not null',
    );
    this.addSql(
      'create index account_role_terms_until_index on account_role_terms (until) where until is not null',
    );
    this.addSql('grant select, insert, update, delete on account_role_terms to gatehouse_server');

    this.addSql(`
      create table client_owners (
        client text not null,
        account uuid not null,
        added_at timestamptz not null,
        primary key (client, account),
        constraint client_owners_client_foreign
          foreign key (client) references clients (id) on delete cascade
      )`);
    this.addSql('create index client_owners_account_index on client_owners (account)');
    this.addSql('grant select, insert, update, delete on client_owners to gatehouse_server');

    this.addSql('alter table accounts add column unit uuid, add column version bigint not null default 1');
  }

  override down(): void {
    this.addSql('alter table accounts drop column unit, drop column version');
    this.addSql('drop table client_owners');
    this.addSql('drop table account_role_terms');
    this.addSql('drop table units');
  }
}
