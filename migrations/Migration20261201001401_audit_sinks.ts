import { Migration } from '@mikro-orm/migrations';

/** How far each sink of the audit trail was given it, in the sealed order, and which node gives it on. */
export class Migration20261201001401_audit_sinks extends Migration {
  override up(): void {
    this.addSql(`
      create table audit_sinks (
        name text primary key,
        position bigint not null,
        lease_by text,
        lease_until timestamptz,
        failures integer not null default 0,
        problem text,
        retry_at timestamptz,
        sent_at timestamptz,
        created_at timestamptz not null default now()
      )`);
    this.addSql('grant select, insert, update on audit_sinks to gatehouse_server');
  }

  override down(): void {
    this.addSql('drop table audit_sinks');
  }
}
