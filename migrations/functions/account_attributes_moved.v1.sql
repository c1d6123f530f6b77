create function account_attributes_moved() returns trigger language plpgsql as $$
begin
  update account_attributes set unit = new.unit where account = new.id;
  return null;
end $$
