import { Migration } from '@mikro-orm/migrations';

/** What the API of administration has answered to a change with an `Idempotency-Key`, for a day. */
export class Migration20261202003001_idempotency_keys extends Migration {
  override up(): void {
    this.addSql(`
      create table idempotency_keys (
        key_hash bytea primary key,
        request_hash bytea not null,
        answer text not null,
        created_at timestamptz not null,
        expires_at timestamptz not null
      )`);
    this.addSql('create index idempotency_keys_expires_at_index on idempotency_keys (expires_at)');
    this.addSql('grant select, insert, update, delete on idempotency_keys to gatehouse_server');
  }

  override down(): void {
    this.addSql('drop table idempotency_keys');
  }
}
