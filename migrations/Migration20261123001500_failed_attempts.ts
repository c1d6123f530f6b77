import { Migration } from '@mikro-orm/migrations';

/** Failed sign-ins of an account of which its owner may have to be told. */
export class Migration20261123001500_failed_attempts extends Migration {
  override up(): void {
    this.addSql(`
      create table failed_attempts (
        account_id uuid primary key,
        failures integer not null,
        since timestamptz not null,
        last_at timestamptz not null,
        last_ip text,
        last_user_agent text,
        signed_in_at timestamptz,
        told_at timestamptz
      )`);
    this.addSql('create index failed_attempts_last_at_index on failed_attempts (last_at)');
    this.addSql('grant select, insert, update, delete on failed_attempts to gatehouse_server');
  }

  override down(): void {
    this.addSql('drop table failed_attempts');
  }
}
