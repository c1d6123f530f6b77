import { Migration } from '@mikro-orm/migrations';

/**
 * Dynamic registration of clients (RFC 7591, RFC 7592): initial access tokens with so many uses, which end with their owner; and of
 * each client that was registered with one, the digest of the token with which it reads and changes its own registration.
 */
export class Migration20261202007002_client_registration extends Migration {
  override up(): void {
    this.addSql(`
      create table client_registration_tokens (
        id uuid primary key,
        digest bytea not null,
        name text not null,
        owner uuid,
        uses integer not null,
        uses_left integer not null,
        created_at timestamptz not null,
        expires_at timestamptz not null,
        constraint client_registration_tokens_uses_check check (uses_left >= 0 and uses_left <= uses)
      )`);
    this.addSql(
      'create unique index client_registration_tokens_digest_unique on client_registration_tokens (digest)',
    );
    this.addSql(
      'create index client_registration_tokens_owner_index on client_registration_tokens (owner) where owner is not null',
    );
    this.addSql('grant select, insert, update, delete on client_registration_tokens to gatehouse_server');
    this.addSql(`
      create table client_registrations (
        client_id text primary key,
        token_id uuid not null,
        access_digest bytea not null,
        registered_at timestamptz not null,
        constraint client_registrations_client_id_foreign
          foreign key (client_id) references clients (id) on delete cascade
      )`);
    this.addSql(
      'create unique index client_registrations_access_digest_unique on client_registrations (access_digest)',
    );
    this.addSql('grant select, insert, update, delete on client_registrations to gatehouse_server');
  }

  override down(): void {
    this.addSql('drop table client_registrations');
    this.addSql('drop table client_registration_tokens');
  }
}
