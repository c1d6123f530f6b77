import { Migration } from '@mikro-orm/migrations';

/**
 * The secrets that clients have by now. Clients are registered by hand, so there are few; those that a server of the version before
 * registers from here on are brought by the trigger.
 */
export class Migration20261130000302_secrets_of_before extends Migration {
  override up(): void {
    this.addSql(`
      insert into client_secrets (client_id, id, digest, created_at)
      select id, left(encode(sha256(convert_to(secret_digest, 'UTF8')), 'hex'), 8), secret_digest, created_at
      from clients where secret_digest is not null
      on conflict do nothing`);
  }

  override down(): void {
    this.addSql('select 1');
  }
}
