create function advance_status_blocks(block bigint) returns bigint
language sql volatile security definer set search_path = pg_catalog, public, pg_temp as $$
  select case when block > last_value then setval('public.status_blocks', block, false) else last_value end
  from public.status_blocks
$$
