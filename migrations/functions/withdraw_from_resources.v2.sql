create or replace function withdraw_from_resources() returns trigger language plpgsql as $$
  declare
    whole boolean := true;
    kept text[] := '{}';
    gone text[];
    held record;
    others text[];
    remaining text;
  begin
    if tg_op = 'UPDATE' then
      whole := new.identifier <> old.identifier or new.created_at <> old.created_at;
      if not whole then kept := scope_names(new.scopes); end if;
    end if;
    gone := array(select unnest(scope_names(old.scopes)) except select unnest(kept));
    if not whole and gone = '{}' then return null; end if;

    -- Of a token that was issued before its record named resource and scope nobody knows what it is for: it ends with the first change.
    delete from oidc_artifacts
    where model = 'JwtAccessToken' and (payload ->> 'resource' is null
      or payload ->> 'resource' = old.identifier and (whole or string_to_array(payload ->> 'scope', ' ') && gone));

    for held in
      select model, id_hash, payload from oidc_artifacts
      where model in ('AuthorizationCode', 'RefreshToken') and consumed_at is null and payload -> 'resource' ? old.identifier for update
    loop
      others := array(
        select name from jsonb_array_elements_text(case jsonb_typeof(held.payload -> 'resource')
          when 'array' then held.payload -> 'resource' else jsonb_build_array(held.payload -> 'resource') end) as name
        where name <> old.identifier);
      remaining := scope_without(held.payload ->> 'scope', array(
        select unnest(gone) except select unnest('{openid,profile,email,roles,groups,offline_access}'::text[])
        except select unnest(scope_names(scopes)) from resources where identifier = any (others)));
      if remaining is null then
        delete from oidc_artifacts where model = held.model and id_hash = held.id_hash;
      else
        update oidc_artifacts
        set payload = held.payload || jsonb_build_object('scope', remaining)
          || case when whole then jsonb_build_object('resource', others) else '{}' end
        where model = held.model and id_hash = held.id_hash;
      end if;
    end loop;

    update oidc_artifacts
    set payload = case when scope_without(payload #>> array['resources', old.identifier], gone) is null or whole
      then payload #- array['resources', old.identifier]
      else jsonb_set(payload, array['resources', old.identifier],
        to_jsonb(scope_without(payload #>> array['resources', old.identifier], gone))) end
    where model = 'Grant' and payload -> 'resources' ? old.identifier;

    update consents
    set granted = case when whole then granted #- array['resources', old.identifier]
      else jsonb_set(granted, array['resources', old.identifier],
        (granted #> array['resources', old.identifier]) - gone) end
    where granted -> 'resources' ? old.identifier;
    return null;
  end $$
