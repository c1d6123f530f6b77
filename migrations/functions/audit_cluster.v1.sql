create function audit_cluster() returns text language sql stable as $$
  select system_identifier::text from pg_catalog.pg_control_system()
$$
