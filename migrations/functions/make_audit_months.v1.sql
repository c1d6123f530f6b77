create function make_audit_months() returns integer language plpgsql volatile security definer
set timezone = 'UTC' set lock_timeout = '1s' set default_tablespace = ''
set search_path = pg_catalog, public, pg_temp as $$
declare
  goal constant timestamptz := date_trunc('month', now()) + interval '14 months';
  month timestamptz;
  made integer := 0;
  strays boolean;
  columns text;
begin
  -- One at a time; whoever comes second has nothing left to do.
  if not pg_try_advisory_xact_lock(hashtextextended('gatehouse:audit-months', 0)) then
    return 0;
  end if;
  select max(substring(pg_get_expr(relpartbound, pg_class.oid) from 'TO \(''([^'']+)''\)')::timestamptz) into month
  from pg_inherits join pg_class on pg_class.oid = inhrelid where inhparent = 'audit_events'::regclass;
  if to_regclass('audit_events_default') is null then
    perform audit_month_table('audit_events_default');
    alter table audit_events attach partition audit_events_default default;
    made := 1;
  end if;
  if month >= goal then
    return made;
  end if;

  -- Events that came while their month was not there stand in the default partition, and move to their month with it.
  select exists (select from audit_events_default where at < goal) into strays;
  if strays then
    alter table audit_events detach partition audit_events_default;
    alter table audit_events_default rename to audit_events_strays;
    perform audit_month_table('audit_events_default');
    alter table audit_events attach partition audit_events_default default;
  end if;
  while month < goal loop
    perform audit_month_table('audit_events_' || to_char(month, 'YYYY_MM'));
    execute format('alter table audit_events attach partition %I for values from (%L) to (%L)',
      'audit_events_' || to_char(month, 'YYYY_MM'), month, month + interval '1 month');
    month := month + interval '1 month';
    made := made + 1;
  end loop;
  if strays then
    select string_agg(quote_ident(attname), ', ' order by attnum) into columns
    from pg_attribute where attrelid = 'audit_events'::regclass and attnum > 0 and not attisdropped;
    execute format('insert into audit_events (%1$s) select %1$s from audit_events_strays', columns);
    drop table audit_events_strays;
  end if;
  return made;
end $$
