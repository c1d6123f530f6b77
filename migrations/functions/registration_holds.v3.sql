create or replace function registration_holds(
  client text, client_since timestamptz, resource text, resource_since timestamptz, wanted text[])
returns boolean language plpgsql volatile as $$
begin
  -- The administration API is a resource without a row, and has been there always: the client's admin_scopes say what it may have.
  if resource_since is null then
    perform pg_advisory_xact_lock_shared(registration_lock('clients', client));
    return exists (
      select from clients
      where clients.id = client and clients.disabled_at is null and date_trunc('milliseconds', clients.created_at) = client_since
        and to_jsonb(wanted) <@ (clients.metadata -> 'admin_scopes'));
  end if;
  perform pg_advisory_xact_lock_shared(registration_lock('resources', resource));
  perform pg_advisory_xact_lock_shared(registration_lock('clients', client));
  return exists (
    select from resources, clients
    where resources.identifier = resource and clients.id = client and clients.disabled_at is null
      and date_trunc('milliseconds', resources.created_at) = resource_since
      and date_trunc('milliseconds', clients.created_at) = client_since
      and wanted <@ scope_names(resources.scopes)
      and (clients.metadata -> 'resource_scopes' is null
        or to_jsonb(wanted) <@ (clients.metadata -> 'resource_scopes')));
end $$
