import { Migration } from '@mikro-orm/migrations';

/**
 * The secrets of a client have rows of their own, so that a new one can be rolled out while the old one still works. At most one
 * has no end and at most one has: two indexes hold that.
 *
 * Servers of the version before know `clients.secret_digest` alone. What they write there is brought here by a trigger, and what
 * this version writes here it writes there as well: the digest of the newest secret. The column goes in a later release.
 */
export class Migration20261130000301_client_secrets extends Migration {
  override up(): void {
    this.addSql(`
      create table client_secrets (
        client_id text not null,
        id text not null,
        digest text not null,
        created_at timestamptz not null,
        ends_at timestamptz,
        last_used_at timestamptz,
        primary key (client_id, id),
        constraint client_secrets_client_id_foreign
          foreign key (client_id) references clients (id) on delete cascade
      )`);
    this.addSql(
      'create unique index client_secrets_lasting_unique on client_secrets (client_id) where ends_at is null',
    );
    this.addSql(
      'create unique index client_secrets_ending_unique on client_secrets (client_id) where ends_at is not null',
    );
    this.addSql('grant select, insert, update, delete on client_secrets to gatehouse_server');
    // Every node keeps clients with their secrets in memory. That one was used changes nothing of it.
    this.addSql(`
      create trigger client_secrets_notify_change after insert or delete or update of digest, ends_at on client_secrets
      for each statement execute function notify_change()`);

    this.addSql(`
      create function keep_client_secret() returns trigger language plpgsql as $$
      begin
        if exists (select from client_secrets where client_id = new.id and digest = new.secret_digest) then
          return null;
        end if;
        if tg_op = 'UPDATE' then
          update client_secrets set digest = new.secret_digest where client_id = new.id and digest = old.secret_digest;
          if found then return null; end if;
        end if;
        insert into client_secrets (client_id, id, digest, created_at)
        values (new.id, left(encode(sha256(convert_to(new.secret_digest, 'UTF8')), 'hex'), 8), new.secret_digest, new.updated_at)
        on conflict do nothing;
        return null;
      end $$`);
    this.addSql(`
      create trigger clients_keep_secret_created after insert on clients for each row
      when (new.secret_digest is not null) execute function keep_client_secret()`);
    this.addSql(`
      create trigger clients_keep_secret_changed after update on clients for each row
      when (new.secret_digest is not null and old.secret_digest is distinct from new.secret_digest)
      execute function keep_client_secret()`);
  }

  override down(): void {
    this.addSql('drop trigger clients_keep_secret_changed on clients');
    this.addSql('drop trigger clients_keep_secret_created on clients');
    this.addSql('drop function keep_client_secret');
    this.addSql('drop table client_secrets');
  }
}
