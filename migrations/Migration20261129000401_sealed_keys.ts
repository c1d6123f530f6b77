import { Migration } from '@mikro-orm/migrations';

/**
 * Keys that the server makes itself, once, and never changes: sealed under `ENCRYPTION_KEYS`, and the same for every node. The
 * server may add one and seal it anew; it may remove none.
 */
export class Migration20261129000401_sealed_keys extends Migration {
  override up(): void {
    this.addSql(`
      create table sealed_keys (
        name text primary key,
        sealed text not null,
        created_at timestamptz not null
      )`);
    this.addSql('grant select, insert, update (sealed) on sealed_keys to gatehouse_server');
  }

  override down(): void {
    this.addSql('drop table sealed_keys');
  }
}
