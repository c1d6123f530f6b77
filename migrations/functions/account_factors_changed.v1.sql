create function account_factors_changed() returns trigger language plpgsql as $$
declare
  changed uuid := case when tg_op = 'DELETE' then old.account_id else new.account_id end;
begin
  insert into account_listings (account, unit, last_sign_in, factors)
  select id, unit, '-infinity', '{}' from accounts where id = changed on conflict do nothing;
  -- Whoever changes another factor of the same person waits here, and looks at what there is after.
  perform from account_listings where account = changed for update;
  update account_listings set factors = account_factor_kinds(changed)
  where account = changed and factors <> account_factor_kinds(changed);
  return null;
end $$
