import { Migration } from '@mikro-orm/migrations';
import { sqlFunction } from './functions/load.ts';

/**
 * A client can be disabled and enabled again. Nobody stores a token for a client that is disabled meanwhile (`registration_holds`),
 * and whoever disables one waits for those that are being stored.
 *
 * When a client was last used has a table of its own: written in `clients`, it would have every node read all clients again. And a
 * secret keeps the end that it had by `client_secret_expires_at`, so that it has it again where the secret after it is taken back.
 */
export class Migration20261202007001_disabled_clients extends Migration {
  override up(): void {
    this.addSql('alter table clients add column disabled_at timestamptz, add column enabled_at timestamptz');
    this.addSql(sqlFunction('registration_holds', 3));
    this.addSql(`
      create trigger clients_hold_disabled before update on clients for each row
      when (old.disabled_at is distinct from new.disabled_at) execute function hold_registration('id')`);
    this.addSql('alter table client_secrets add column expires_at timestamptz');
    this.addSql(`
      create table client_uses (
        client_id text primary key,
        last_used_at timestamptz not null,
        constraint client_uses_client_id_foreign foreign key (client_id) references clients (id) on delete cascade
      )`);
    this.addSql('grant select, insert, update, delete on client_uses to gatehouse_server');
  }

  override down(): void {
    this.addSql('drop table client_uses');
    this.addSql('alter table client_secrets drop column expires_at');
    this.addSql('drop trigger clients_hold_disabled on clients');
    this.addSql(sqlFunction('registration_holds', 2));
    this.addSql('alter table clients drop column disabled_at, drop column enabled_at');
  }
}
