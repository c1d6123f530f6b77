import { Migration } from '@mikro-orm/migrations';

/**
 * The last few sign-ins of each account, for the page that tells their owner of the one before. A table of its own: a sign-in
 * may write the row of its account for another reason in the same statement.
 */
export class Migration20261130000701_sign_ins extends Migration {
  override up(): void {
    this.addSql(`
      create table sign_ins (
        account_id text not null,
        session_uid text not null,
        at timestamptz not null,
        acr text,
        ip text,
        user_agent text,
        primary key (account_id, session_uid)
      )`);
    this.addSql('grant select, insert, update, delete on sign_ins to gatehouse_server');
  }

  override down(): void {
    this.addSql('drop table sign_ins');
  }
}
