create function account_factor_kinds(of_account uuid) returns text[] language sql stable as $$
  select array_remove(array[
    case when exists (select from passkeys where account_id = of_account) then 'passkey' end,
    case when exists (select from totp_authenticators where account_id = of_account and confirmed_at is not null) then 'totp' end
  ], null)
$$
