create function account_listing_due() returns trigger language plpgsql as $$
begin
  new.listing_due := true;
  return new;
end $$
