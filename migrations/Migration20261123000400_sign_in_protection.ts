import { Migration } from '@mikro-orm/migrations';

/** What stands between a guesser and a password: lockouts, the devices that are known, and rate limits. */
export class Migration20261123000400_sign_in_protection extends Migration {
  override up(): void {
    // No account is referred to: what was typed is counted whether or not it is anybody's.
    this.addSql(`
      create table lockouts (
        key_hash bytea primary key,
        account_id uuid,
        of_device boolean not null,
        failures integer not null,
        lock_id uuid,
        locked_at timestamptz,
        locked_until timestamptz,
        announced_at timestamptz,
        locks integer not null,
        locks_since timestamptz,
        updated_at timestamptz not null
      )`);
    this.addSql('create index lockouts_account_id_index on lockouts (account_id)');
    this.addSql('create index lockouts_locked_until_index on lockouts (locked_until)');
    this.addSql('grant select, insert, update, delete on lockouts to gatehouse_server');

    this.addSql(`
      create table password_failures (
        account_id uuid primary key,
        consecutive integer not null,
        disabled_at timestamptz,
        updated_at timestamptz not null
      )`);
    this.addSql('grant select, insert, update, delete on password_failures to gatehouse_server');

    this.addSql(`
      create table known_devices (
        account_id uuid not null,
        id_hash bytea not null,
        created_at timestamptz not null,
        last_seen_at timestamptz not null,
        user_agent text,
        ip text,
        primary key (account_id, id_hash)
      )`);
    this.addSql('create index known_devices_id_hash_index on known_devices (id_hash)');
    this.addSql('grant select, insert, update, delete on known_devices to gatehouse_server');

    // Unlogged: a count that lives for a minute is not worth a wait for the disk. A crash of PostgreSQL forgets it.
    this.addSql(`
      create unlogged table rate_limits (
        key_hash bytea primary key,
        points integer not null,
        expires_at timestamptz not null
      )`);
    this.addSql('create index rate_limits_expires_at_index on rate_limits (expires_at)');
    this.addSql('grant select, insert, update, delete on rate_limits to gatehouse_server');
  }

  override down(): void {
    for (const table of ['rate_limits', 'known_devices', 'password_failures', 'lockouts']) {
      this.addSql(`drop table ${table}`);
    }
  }
}
