import { Migration } from '@mikro-orm/migrations';

/** What a person's earlier passwords were, as hashes, and that the present one has to be changed. */
export class Migration20261123000600_password_policy extends Migration {
  override up(): void {
    this.addSql(`
      alter table accounts
        add column password_must_change boolean not null default false,
        add column password_compromised boolean not null default false`);
    this.addSql(`
      create table password_history (
        id uuid primary key,
        account_id uuid not null,
        password_hash text not null,
        changed_at timestamptz not null,
        constraint password_history_account_id_foreign
          foreign key (account_id) references accounts (id) on delete cascade
      )`);
    this.addSql('create index password_history_account_id_id_index on password_history (account_id, id)');
    this.addSql('grant select, insert, update, delete on password_history to gatehouse_server');
  }

  override down(): void {
    this.addSql('drop table password_history');
    this.addSql('alter table accounts drop column password_must_change, drop column password_compromised');
  }
}
