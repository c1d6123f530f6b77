import { Migration } from '@mikro-orm/migrations';
import { sqlFunction } from './functions/load.ts';

/**
 * What is known of the anchors of the audit trail; the restores of this database that were declared; and how a declared restore
 * moves the places of tokens on status lists beyond all that may have been given.
 */
export class Migration20261201001601_audit_anchors extends Migration {
  override up(): void {
    this.addSql(`
      create table audit_anchors (
        target text primary key,
        since timestamptz not null,
        size bigint,
        note text,
        anchored_at timestamptz,
        held_at timestamptz,
        failures integer not null default 0,
        problem text,
        lease uuid,
        leased_until timestamptz
      )`);
    this.addSql('grant select, insert, update on audit_anchors to gatehouse_server');
    this.addSql(`
      create table audit_restores (
        id bigint generated always as identity primary key,
        begun_at timestamptz not null,
        restored text,
        lost bigint,
        counts jsonb not null default '{}',
        event uuid,
        finished_at timestamptz,
        constraint audit_restores_finished_check check ((event is null) = (finished_at is null))
      )`);
    this.addSql('grant select, insert, update (counts, event, finished_at) on audit_restores to gatehouse_server');

    this.addSql(sqlFunction('advance_status_blocks', 1));
    this.addSql('revoke execute on function advance_status_blocks(bigint) from public');
    this.addSql('grant execute on function advance_status_blocks(bigint) to gatehouse_server');
    this.addSql('grant select on sequence status_blocks to gatehouse_server');
  }

  override down(): void {
    this.addSql('revoke select on sequence status_blocks from gatehouse_server');
    this.addSql('drop function advance_status_blocks(bigint)');
    this.addSql('drop table audit_restores');
    this.addSql('drop table audit_anchors');
  }
}
