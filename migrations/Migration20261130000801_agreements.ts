import { Migration } from '@mikro-orm/migrations';

/** What people have agreed to when they signed in: the system-use notice, and the terms of each version. */
export class Migration20261130000801_agreements extends Migration {
  override up(): void {
    this.addSql(`
      create table agreements (
        account_id uuid not null,
        document text not null,
        version text not null,
        language text not null,
        text_digest text not null,
        agreed_at timestamptz not null,
        attempt_hash bytea not null,
        primary key (account_id, document, version)
      )`);
    this.addSql('grant select, insert, update, delete on agreements to gatehouse_server');
  }

  override down(): void {
    this.addSql('drop table agreements');
  }
}
