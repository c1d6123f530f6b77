import { Migration } from '@mikro-orm/migrations';

/**
 * Codes that an operator hands over: one for each account at a time. Which accounts need one before they get a first factor
 * stays with how far each has put that off; and a session in which one stood in for a second factor says so.
 */
export class Migration20261129000202_temporary_codes extends Migration {
  override up(): void {
    this.addSql(`
      create table temporary_codes (
        account_id uuid primary key,
        code_digest bytea not null,
        key_id text not null,
        tries smallint not null default 0,
        created_at timestamptz not null,
        expires_at timestamptz not null,
        used_at timestamptz
      )`);
    this.addSql('create index temporary_codes_expires_at_index on temporary_codes (expires_at)');
    this.addSql('grant select, insert, update, delete on temporary_codes to gatehouse_server');
    this.addSql('alter table factor_enrolments add column code_needed boolean not null default false');
    this.addSql('alter table sessions add column by_temporary_code boolean not null default false');
  }

  override down(): void {
    this.addSql('alter table sessions drop column by_temporary_code');
    this.addSql('alter table factor_enrolments drop column code_needed');
    this.addSql('drop table temporary_codes');
  }
}
