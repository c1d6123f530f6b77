import { Migration } from '@mikro-orm/migrations';
import { sqlFunction } from './functions/load.ts';

/**
 * Groups of people, their members, and the roles that they give. A group that is deleted is none from that moment on (`deleted_at`);
 * its row goes when its last member has left it. Whoever is in no group (`accounts.in_groups`) is read without a look at them.
 */
export class Migration20261203002001_groups extends Migration {
  override up(): void {
    this.addSql(`
      create table groups (
        id uuid primary key,
        name text not null,
        name_key text not null,
        description text not null,
        version bigint not null default 1,
        created_at timestamptz not null,
        deleted_at timestamptz
      )`);
    this.addSql('create unique index groups_name_unique on groups (name_key) where deleted_at is null');
    this.addSql('grant select, insert, update, delete on groups to gatehouse_server');

    this.addSql(`
      create table group_members (
        group_id uuid not null,
        account uuid not null,
        added_at timestamptz not null,
        primary key (group_id, account),
        constraint group_members_group_id_foreign foreign key (group_id) references groups (id)
      )`);
    this.addSql('create index group_members_account_index on group_members (account, group_id)');
    this.addSql('grant select, insert, update, delete on group_members to gatehouse_server');

    this.addSql(`
      create table group_roles (
        group_id uuid not null,
        role text not null,
        primary key (group_id, role),
        constraint group_roles_group_id_foreign foreign key (group_id) references groups (id) on delete cascade
      )`);
    this.addSql('create index group_roles_role_index on group_roles (role, group_id)');
    this.addSql('grant select, insert, update, delete on group_roles to gatehouse_server');

    this.addSql('alter table accounts add column in_groups boolean not null default false');
    this.addSql(sqlFunction('groups_of_account', 1));
  }

  override down(): void {
    this.addSql('drop function groups_of_account');
    this.addSql('alter table accounts drop column in_groups');
    this.addSql('drop table group_roles');
    this.addSql('drop table group_members');
    this.addSql('drop table groups');
  }
}
