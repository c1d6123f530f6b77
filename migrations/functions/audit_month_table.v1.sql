create function audit_month_table(name text) returns void language plpgsql volatile
set search_path = pg_catalog, public, pg_temp as $$
begin
  execute format('create table public.%I (like public.audit_events including defaults including constraints including storage)', name);
  -- Where an owner's default privileges say otherwise.
  execute format('revoke all on public.%I from gatehouse_server', name);
  -- Of its own, beside those that it gets from the trail, so that they stay when it is detached. Truncating asks no parent at all.
  execute format('create trigger %I before update or delete on public.%I for each row execute function public.refuse_audit_change()',
    name || '_append_only', name);
  execute format('create trigger %I before truncate on public.%I for each statement execute function public.refuse_audit_change()',
    name || '_no_truncate', name);
end $$
