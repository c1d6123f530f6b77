create function account_listings_made() returns trigger language plpgsql as $$
begin
  insert into account_listings (account, unit, last_sign_in, factors)
  select id, unit, '-infinity', '{}' from made on conflict do nothing;
  insert into account_roles (account, role, unit)
  select id, given.role, unit from made, unnest(made.roles) as given(role) on conflict do nothing;
  return null;
end $$
