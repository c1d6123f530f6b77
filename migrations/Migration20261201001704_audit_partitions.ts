import { Migration } from '@mikro-orm/migrations';

/**
 * The audit trail becomes a table that is partitioned by month on `at`; the table of before becomes its first partition as it is
 * (docs/decisions/0025-audit-partitions.md). Everything here is a change of the catalogue: no row is read or written.
 * Statements that servers of the version before have prepared name `audit_events`, and are planned again on the new table.
 *
 * Columns, defaults, checks, indexes, triggers and rights are taken from what is there, so that none can be forgotten.
 */
export class Migration20261201001704_audit_partitions extends Migration {
  override up(): void {
    // migration-lint allow hidden-statements: it renames the trail, makes its successor and attaches the one to the other in one short transaction; nothing in it reads rows, and names that servers of the version before use stay
    this.addSql(SWAP);
  }

  override down(): void {
    this.addSql('set local statement_timeout = 0');
    this.addSql(PLAIN);
  }
}

/** What is copied of a table: its indexes but the key, its triggers, and what others than the owner may do. */
const COLLECT = `
  select coalesce(array_agg(pg_get_indexdef(indexrelid)), '{}'), coalesce(array_agg(relname::text), '{}')
    into index_definitions, index_names
  from pg_index join pg_class on pg_class.oid = indexrelid
  where indrelid = 'audit_events'::regclass and indisvalid and not indisprimary and relname <> 'audit_events_id_at_index';
  select coalesce(array_agg(pg_get_triggerdef(oid)), '{}'), coalesce(array_agg(tgname::text), '{}')
    into trigger_definitions, trigger_names
  from pg_trigger where tgrelid = 'audit_events'::regclass and not tgisinternal;
  select coalesce(array_agg(format('grant %s%s on audit_events to %s%s', privilege_type, columns,
      case grantee when 0 then 'public' else quote_ident(grantee::regrole::text) end,
      case when is_grantable then ' with grant option' else '' end)), '{}')
    into rights
  from (
    select '' as columns, relowner, acl.* from pg_class, aclexplode(relacl) acl where pg_class.oid = 'audit_events'::regclass
    union all
    select format(' (%I)', attname), relowner, acl.* from pg_attribute join pg_class on pg_class.oid = attrelid,
      aclexplode(attacl) acl where attrelid = 'audit_events'::regclass and not attisdropped) as granted
  where grantee <> relowner;
  select relowner::regrole::text into owner from pg_class where oid = 'audit_events'::regclass;`;

const DECLARE = `
  index_definitions text[]; index_names text[]; trigger_definitions text[]; trigger_names text[]; rights text[];
  owner text; line text;`;

const SWAP = `
do $$
declare ${DECLARE}
  cutoff text := substring(
    (select pg_get_constraintdef(oid) from pg_constraint
     where conrelid = 'audit_events'::regclass and conname = 'audit_events_before_check' and convalidated)
    from '''([^'']+)''');
begin
  if cutoff is null then
    raise exception 'audit_events_before_check is not there, or not validated';
  end if;
  lock table audit_events in access exclusive mode;
  ${COLLECT}
  alter table audit_events rename to audit_events_before;
  foreach line in array index_names loop
    execute format('alter index %I rename to %I', line,
      case when line like 'audit\\_events\\_%' then 'audit_events_before' || substr(line, 13) else 'before_' || line end);
  end loop;
  foreach line in array trigger_names loop
    execute format('drop trigger %I on audit_events_before', line);
  end loop;
  alter table audit_events_before drop constraint audit_events_pkey;
  alter table audit_events_before add constraint audit_events_before_pkey primary key using index audit_events_id_at_index;

  create table audit_events (like audit_events_before including defaults including constraints including storage)
    partition by range (at);
  execute format('alter table audit_events owner to %I', owner);
  alter table audit_events drop constraint audit_events_before_check;
  alter table audit_events add constraint audit_events_pkey primary key (id, at);
  foreach line in array index_definitions || trigger_definitions || rights loop
    execute line;
  end loop;

  execute format('alter table audit_events attach partition audit_events_before for values from (minvalue) to (%L)', cutoff);
  alter table audit_events_before drop constraint audit_events_before_check;
  -- A partition is written through the trail alone. What belongs to it by itself stays when it is detached.
  revoke all on audit_events_before from gatehouse_server;
  create trigger audit_events_before_append_only before update or delete on audit_events_before
    for each row execute function refuse_audit_change();
  create trigger audit_events_before_no_truncate before truncate on audit_events_before
    for each statement execute function refuse_audit_change();
end $$`;

/** One plain table again, with every row; an archived partition that was detached stays the table that it is. */
const PLAIN = `
do $$
declare ${DECLARE}
begin
  lock table audit_events in access exclusive mode;
  ${COLLECT}
  alter table audit_events rename to audit_events_by_month;
  foreach line in array index_names loop
    execute format('alter index %I rename to %I', line, left('by_month_' || line, 63));
  end loop;
  alter table audit_events_by_month rename constraint audit_events_pkey to audit_events_by_month_pkey;
  create table audit_events (like audit_events_by_month including defaults including constraints including storage);
  execute format('alter table audit_events owner to %I', owner);
  insert into audit_events select * from audit_events_by_month;
  alter table audit_events add constraint audit_events_pkey primary key (id);
  create unique index audit_events_id_at_index on audit_events (id, at);
  foreach line in array index_definitions loop
    execute replace(line, ' ON ONLY ', ' ON ');
  end loop;
  foreach line in array trigger_definitions || rights loop
    execute line;
  end loop;
  drop table audit_events_by_month;
end $$`;
