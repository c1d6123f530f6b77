import { Migration } from '@mikro-orm/migrations';

/**
 * Second factors: authenticator apps, recovery codes, passkeys, the devices that are spared the question, and how far a
 * person has put off having any. Seeds that were imported before move to the authenticator apps as they are, sealed under
 * the general keyring: SQL cannot seal them anew, `gatehouse keys rotate-mfa` or their next use does.
 */
export class Migration20261123001600_second_factors extends Migration {
  override up(): void {
    this.addSql(`
      create table totp_authenticators (
        id uuid primary key,
        account_id uuid not null,
        name text,
        sealed_seed text not null,
        sealed_by text not null,
        last_step integer not null,
        created_at timestamptz not null,
        confirmed_at timestamptz,
        expires_at timestamptz,
        last_used_at timestamptz,
        constraint totp_authenticators_sealed_by_check check (sealed_by in ('mfa', 'general')),
        constraint totp_authenticators_confirmed_check check ((confirmed_at is null) = (expires_at is not null))
      )`);
    this.addSql('create index totp_authenticators_account_id_index on totp_authenticators (account_id)');
    this.addSql('create index totp_authenticators_expires_at_index on totp_authenticators (expires_at)');
    this.addSql(`
      insert into totp_authenticators
        (id, account_id, sealed_seed, sealed_by, last_step, created_at, confirmed_at)
      select gen_random_uuid(), account_id, sealed_secret, 'general', 0, created_at, created_at
      from account_imported_factors where kind = 'totp'`);
    this.addSql('drop table account_imported_factors');

    this.addSql(`
      create table recovery_codes (
        account_id uuid not null,
        position smallint not null,
        code_hash bytea not null,
        created_at timestamptz not null,
        used_at timestamptz,
        primary key (account_id, position)
      )`);

    this.addSql(`
      create table passkeys (
        id uuid primary key,
        account_id uuid not null,
        credential_id bytea not null,
        public_key bytea not null,
        counter bigint not null,
        transports text[] not null,
        backup_eligible boolean not null,
        backed_up boolean not null,
        aaguid uuid not null,
        name text,
        created_at timestamptz not null,
        last_used_at timestamptz,
        constraint passkeys_credential_id_unique unique (credential_id)
      )`);
    this.addSql('create index passkeys_account_id_index on passkeys (account_id)');

    this.addSql(`
      create table used_passkey_challenges (
        challenge_hash bytea primary key,
        expires_at timestamptz not null
      )`);
    this.addSql(
      'create index used_passkey_challenges_expires_at_index on used_passkey_challenges (expires_at)',
    );

    this.addSql(`
      create table trusted_devices (
        account_id uuid not null,
        id_hash bytea not null,
        created_at timestamptz not null,
        expires_at timestamptz not null,
        user_agent text,
        ip text,
        primary key (account_id, id_hash)
      )`);
    this.addSql('create index trusted_devices_expires_at_index on trusted_devices (expires_at)');

    this.addSql(`
      create table factor_enrolments (
        account_id uuid primary key,
        skips integer not null,
        due boolean not null,
        updated_at timestamptz not null
      )`);

    for (const table of TABLES) {
      this.addSql(`grant select, insert, update, delete on ${table} to gatehouse_server`);
    }
  }

  override down(): void {
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
      insert into account_imported_factors (account_id, kind, sealed_secret, created_at)
      select distinct on (account_id) account_id, 'totp', sealed_seed, created_at
      from totp_authenticators where sealed_by = 'general' order by account_id, created_at`);
    for (const table of TABLES.toReversed()) this.addSql(`drop table ${table}`);
  }
}

const TABLES = [
  'totp_authenticators',
  'recovery_codes',
  'passkeys',
  'used_passkey_challenges',
  'trusted_devices',
  'factor_enrolments',
];
