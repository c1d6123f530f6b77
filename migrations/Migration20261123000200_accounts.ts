import { Migration } from '@mikro-orm/migrations';

/** The people, what was imported about them and waits for its room, and the links that are mailed or printed once. */
export class Migration20261123000200_accounts extends Migration {
  override up(): void {
    this.addSql(`
      create table accounts (
        id uuid primary key,
        email text not null,
        email_key text not null,
        email_verified boolean not null,
        name text not null,
        given_name text,
        family_name text,
        locale text,
        zoneinfo text,
        roles text[] not null,
        status text not null,
        password_hash text,
        password_changed_at timestamptz,
        created_at timestamptz not null,
        updated_at timestamptz not null,
        disabled_at timestamptz,
        constraint accounts_email_key_unique unique (email_key),
        constraint accounts_status_check check (status in ('active', 'disabled'))
      )`);
    this.addSql('grant select, insert, update, delete on accounts to gatehouse_server');

    this.addSql(`
      create table account_imported_factors (
        account_id uuid not null,
        kind text not null,
        sealed_secret text not null,
        created_at timestamptz not null,
        primary key (account_id, kind),
        constraint account_imported_factors_account_id_foreign
          foreign key (account_id) references accounts (id) on delete cascade,
        constraint account_imported_factors_kind_check check (kind in ('totp'))
      )`);
    this.addSql('grant select, insert, update, delete on account_imported_factors to gatehouse_server');

    this.addSql(`
      create table one_time_links (
        id uuid primary key,
        purpose text not null,
        token_hash bytea not null,
        account_id uuid,
        payload jsonb not null,
        created_at timestamptz not null,
        expires_at timestamptz not null,
        consumed_at timestamptz,
        constraint one_time_links_token_hash_unique unique (token_hash)
      )`);
    this.addSql('create index one_time_links_account_id_index on one_time_links (account_id)');
    this.addSql('create index one_time_links_expires_at_index on one_time_links (expires_at)');
    this.addSql('grant select, insert, update, delete on one_time_links to gatehouse_server');
  }

  override down(): void {
    this.addSql('drop table one_time_links');
    this.addSql('drop table account_imported_factors');
    this.addSql('drop table accounts');
  }
}
