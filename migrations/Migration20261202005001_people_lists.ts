import { Migration } from '@mikro-orm/migrations';
import { sqlFunction } from './functions/load.ts';

const OWNER = 'foreign key (account) references accounts (id) on delete cascade';

const TRIGGERS: readonly (readonly [table: string, name: string, does: string])[] = [
  [
    'accounts',
    'accounts_listings_made',
    'after insert on accounts referencing new table as made for each statement execute function account_listings_made()',
  ],
  [
    'accounts',
    'accounts_listing_changed',
    `after update of unit, roles on accounts for each row
     when (old.unit is distinct from new.unit or old.roles is distinct from new.roles) execute function account_listing_changed()`,
  ],
  [
    'accounts',
    'accounts_listing_due',
    `before update of name, email_key, username_key on accounts for each row
     when (old.name <> new.name or old.email_key <> new.email_key or old.username_key is distinct from new.username_key)
     execute function account_listing_due()`,
  ],
  [
    'sign_ins',
    'sign_ins_listed',
    `after insert or update of at on sign_ins for each row
     when (new.account_id ~ '^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$') execute function account_signed_in()`,
  ],
  [
    'totp_authenticators',
    'totp_authenticators_listed',
    'after insert or delete or update of confirmed_at on totp_authenticators for each row execute function account_factors_changed()',
  ],
  [
    'passkeys',
    'passkeys_listed',
    'after insert or delete on passkeys for each row execute function account_factors_changed()',
  ],
];

/**
 * What lists of people are sorted and filtered by. The last sign-in has a table of its own: it changes all day, and the indexes of
 * accounts need not change with it. Triggers keep what the database can tell by itself, at the end of the statement that changes it.
 * Words are folded by the server; where it has not done so in the same transaction (an earlier version changes a name), and for
 * the accounts that are there already, `listing_due` has a job do it.
 */
export class Migration20261202005001_people_lists extends Migration {
  override up(): void {
    this.addSql(`
      create table account_listings (
        account uuid primary key,
        unit uuid,
        last_sign_in timestamptz not null,
        factors text[] not null,
        constraint account_listings_account_foreign ${OWNER}
      )`);
    this.addSql(
      'create index account_listings_last_sign_in_index on account_listings (last_sign_in, account)',
    );
    this.addSql(
      'create index account_listings_unit_last_sign_in_index on account_listings (unit, last_sign_in, account)',
    );
    this.addSql('create index account_listings_factors_index on account_listings (factors, unit, account)');
    this.addSql(`
      create table account_words (
        account uuid not null,
        word text collate "C" not null,
        unit uuid,
        primary key (account, word),
        constraint account_words_account_foreign ${OWNER}
      )`);
    this.addSql('create index account_words_word_index on account_words (word, account)');
    this.addSql('create index account_words_unit_word_index on account_words (unit, word, account)');
    this.addSql(`
      create table account_roles (
        account uuid not null,
        role text not null,
        unit uuid,
        primary key (account, role),
        constraint account_roles_account_foreign ${OWNER}
      )`);
    this.addSql('create index account_roles_role_index on account_roles (role, unit, account)');
    for (const table of ['account_listings', 'account_words', 'account_roles'])
      this.addSql(`grant select, insert, update, delete on ${table} to gatehouse_server`);

    this.addSql(
      `alter table accounts add column name_key text collate "C" not null default '', add column listing_due boolean not null default true`,
    );
    this.addSql(sqlFunction('account_listings_made', 1));
    this.addSql(sqlFunction('account_listing_changed', 1));
    this.addSql(sqlFunction('account_listing_due', 1));
    this.addSql(sqlFunction('account_signed_in', 1));
    this.addSql(sqlFunction('account_factor_kinds', 1));
    this.addSql(sqlFunction('account_factors_changed', 1));
    for (const [, name, does] of TRIGGERS) this.addSql(`create trigger ${name} ${does}`);
  }

  override down(): void {
    for (const [table, name] of TRIGGERS) this.addSql(`drop trigger ${name} on ${table}`);
    this.addSql('drop function account_factors_changed');
    this.addSql('drop function account_factor_kinds');
    this.addSql('drop function account_signed_in');
    this.addSql('drop function account_listing_due');
    this.addSql('drop function account_listing_changed');
    this.addSql('drop function account_listings_made');
    this.addSql('alter table accounts drop column listing_due, drop column name_key');
    for (const table of ['account_roles', 'account_words', 'account_listings'])
      this.addSql(`drop table ${table}`);
  }
}
