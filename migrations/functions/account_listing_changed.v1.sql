create function account_listing_changed() returns trigger language plpgsql as $$
begin
  if old.unit is distinct from new.unit then
    update account_listings set unit = new.unit where account = new.id;
    update account_words set unit = new.unit where account = new.id;
    update account_roles set unit = new.unit where account = new.id;
  end if;
  if old.roles is distinct from new.roles then
    delete from account_roles where account = new.id and not role = any (new.roles);
    insert into account_roles (account, role, unit) select new.id, given.role, new.unit from unnest(new.roles) as given(role)
    on conflict do nothing;
  end if;
  return null;
end $$
