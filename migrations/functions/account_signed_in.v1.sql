create function account_signed_in() returns trigger language plpgsql as $$
begin
  insert into account_listings as listing (account, unit, last_sign_in, factors)
  select id, unit, new.at, '{}' from accounts where id = new.account_id::uuid
  on conflict (account) do update set last_sign_in = excluded.last_sign_in
  where listing.last_sign_in < excluded.last_sign_in;
  return null;
end $$
