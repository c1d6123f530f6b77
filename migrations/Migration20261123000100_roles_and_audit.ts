import { Migration } from '@mikro-orm/migrations';

/**
 * The role that the server runs with, and the audit trail. The role can add audit events and read them; it can change
 * or remove none, and a trigger refuses the same to everybody else, the tables' owner included.
 */
export class Migration20261123000100_roles_and_audit extends Migration {
  override up(): void {
    // Roles belong to the cluster: another database of it, migrated at this moment, may create the same one.
    this.addSql(`
      do $$ begin
        create role gatehouse_server nologin;
      exception when duplicate_object or unique_violation then null;
      end $$`);
    // From PostgreSQL 16 on, who creates a role may administer it but not take it, unless granted.
    this.addSql(`
      do $$
      declare
        needed text := case when current_setting('server_version_num')::int >= 160000 then 'set' else 'member' end;
      begin
        if not pg_has_role(current_user, 'gatehouse_server', needed) then
          execute format('grant gatehouse_server to %I', current_user);
        end if;
      end $$`);
    this.addSql('grant usage on schema public to gatehouse_server');
    this.addSql('grant select on schema_migrations to gatehouse_server');

    // A unit of work is one statement; a compare-and-set in it that changed nothing must undo the rest.
    this.addSql(`
      create function require_change(changed bigint, code text) returns boolean language plpgsql as $$
      begin
        if changed = 0 then
          raise exception '%', code using errcode = 'GH409';
        end if;
        return true;
      end $$`);
    this.addSql(`
      create table audit_events (
        id uuid primary key,
        at timestamptz(6) not null,
        type text not null,
        outcome text not null,
        actor text,
        account text,
        client text,
        session text,
        factor text,
        ip text,
        user_agent text,
        request_id text,
        command text,
        details jsonb not null,
        constraint audit_events_outcome_check check (outcome in ('success', 'failure'))
      )`);
    this.addSql('create index audit_events_account_at_index on audit_events (account, at)');
    this.addSql('create index audit_events_at_index on audit_events (at)');
    this.addSql(`
      create function refuse_audit_change() returns trigger language plpgsql as $$
      begin
        raise exception 'audit_events is append-only' using errcode = 'insufficient_privilege';
      end $$`);
    this.addSql(`
      create trigger audit_events_append_only before update or delete on audit_events
      for each row execute function refuse_audit_change()`);
    this.addSql(`
      create trigger audit_events_no_truncate before truncate on audit_events
      for each statement execute function refuse_audit_change()`);
    this.addSql('grant select, insert on audit_events to gatehouse_server');
  }

  override down(): void {
    this.addSql('drop table audit_events');
    this.addSql('drop function refuse_audit_change');
    this.addSql('drop function require_change');
    this.addSql('revoke select on schema_migrations from gatehouse_server');
    this.addSql('revoke usage on schema public from gatehouse_server');
    // The role stays: it belongs to the cluster, and other databases may use it.
  }
}
