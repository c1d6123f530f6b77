import { Migration } from '@mikro-orm/migrations';

/**
 * What left the audit trail after its time, which the owner alone writes; the holds that stop that and the erasing of personal values;
 * and people who were deleted under a hold, whose values are erased when it is lifted.
 */
export class Migration20261201001706_audit_retention extends Migration {
  override up(): void {
    this.addSql(`
      create table audit_archives (
        partition text primary key,
        from_at timestamptz,
        to_at timestamptz not null,
        first bigint,
        last bigint,
        events bigint not null,
        file text,
        sha256 text,
        archived_at timestamptz not null,
        dropped_at timestamptz
      )`);
    this.addSql('grant select on audit_archives to gatehouse_server');

    this.addSql(`
      create table audit_holds (
        id bigint generated always as identity primary key,
        account text,
        reason text not null,
        placed_at timestamptz not null,
        lifted_at timestamptz
      )`);
    this.addSql('create index audit_holds_account_index on audit_holds (account) where lifted_at is null');
    this.addSql('grant select, insert, update (lifted_at) on audit_holds to gatehouse_server');

    this.addSql(`
      create table audit_held_erasures (
        account text primary key,
        since timestamptz not null
      )`);
    this.addSql('grant select, insert, update, delete on audit_held_erasures to gatehouse_server');
  }

  override down(): void {
    this.addSql('drop table audit_held_erasures');
    this.addSql('drop table audit_holds');
    this.addSql('drop table audit_archives');
  }
}
