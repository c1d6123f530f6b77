import { Migration } from '@mikro-orm/migrations';

/** Break-glass accounts: sealed sign-ins of administration for the day on which nobody else can sign in. */
export class Migration20261202009501_break_glass extends Migration {
  override up(): void {
    this.addSql(`
      create table break_glass_accounts (
        account uuid primary key,
        username text not null,
        created_at timestamptz not null,
        created_by text not null,
        used_at timestamptz,
        ends_at timestamptz,
        ended_at timestamptz,
        revoked_at timestamptz,
        reviewed_at timestamptz,
        reviewed_by uuid,
        drilled_at timestamptz,
        reminded_at timestamptz
      )`);
    this.addSql('grant select, insert, update on break_glass_accounts to gatehouse_server');
    this.addSql('alter table accounts add column break_glass boolean not null default false');
  }

  override down(): void {
    this.addSql('alter table accounts drop column break_glass');
    this.addSql('drop table break_glass_accounts');
  }
}
