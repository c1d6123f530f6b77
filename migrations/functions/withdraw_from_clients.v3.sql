create or replace function withdraw_from_clients() returns trigger language plpgsql as $$
  declare
    -- Of the resources that are registered; null: all of them. Of the administration API, which is none of those.
    kept text[];
    kept_here text[];
    held record;
    named text[];
    ours boolean;
    others boolean;
    remaining text;
  begin
    -- A client that is gone takes everything along; one that may ask for less, what it may not ask for any more.
    if tg_op = 'DELETE' or new.id <> old.id or new.created_at <> old.created_at then
      delete from oidc_artifacts where client_id = old.id;
      delete from consents where client_id = old.id;
      return null;
    end if;
    if new.metadata -> 'resource_scopes' is null
      and old.metadata -> 'admin_scopes' is not distinct from new.metadata -> 'admin_scopes' then return null; end if;
    if new.metadata -> 'resource_scopes' is not null then
      kept := array(select jsonb_array_elements_text(new.metadata -> 'resource_scopes'));
    end if;
    kept_here := array(select jsonb_array_elements_text(coalesce(new.metadata -> 'admin_scopes', '[]')));

    delete from oidc_artifacts
    where model = 'JwtAccessToken' and client_id = old.id and case
      when payload ->> 'resource' is null then kept is not null
      when exists (select from resources where identifier = payload ->> 'resource')
        then kept is not null and not coalesce(string_to_array(payload ->> 'scope', ' '), '{}') <@ kept
      else not coalesce(string_to_array(payload ->> 'scope', ' '), '{}') <@ kept_here end;

    for held in
      select model, id_hash, payload from oidc_artifacts
      where model in ('AuthorizationCode', 'RefreshToken') and consumed_at is null and client_id = old.id and payload ? 'resource' for update
    loop
      named := array(select jsonb_array_elements_text(case jsonb_typeof(held.payload -> 'resource')
        when 'array' then held.payload -> 'resource' else jsonb_build_array(held.payload -> 'resource') end));
      ours := exists (
        select from unnest(named) as name where not exists (select from resources where identifier = name));
      others := not ours or exists (select from resources where identifier = any (named));
      if others and kept is null then continue; end if;
      remaining := scope_without(held.payload ->> 'scope', array(
        select unnest(string_to_array(held.payload ->> 'scope', ' '))
        except select unnest(kept) where others
        except select unnest(kept_here) where ours
        except select unnest('{openid,profile,email,roles,groups,offline_access}'::text[])));
      if remaining is null then
        delete from oidc_artifacts where model = held.model and id_hash = held.id_hash;
      else
        update oidc_artifacts set payload = held.payload || jsonb_build_object('scope', remaining)
        where model = held.model and id_hash = held.id_hash;
      end if;
    end loop;

    update oidc_artifacts
    set payload = jsonb_set(payload, '{resources}', (
      select coalesce(jsonb_object_agg(resource, left_of_it) filter (where left_of_it is not null), '{}')
      from (
        select given.key as resource, scope_without(given.value, case
          when known is null then array(
            select unnest(string_to_array(given.value, ' ')) except select unnest(kept_here))
          when kept is null then '{}'
          else array(select unnest(string_to_array(given.value, ' ')) except select unnest(kept)) end) as left_of_it
        from jsonb_each_text(payload -> 'resources') as given
        left join resources known on known.identifier = given.key) as narrowed))
    where model = 'Grant' and client_id = old.id and payload ? 'resources';

    update consents
    set granted = jsonb_set(granted, '{resources}', (
      select coalesce(jsonb_object_agg(given.key, given.value - case
        when known is null then array(
          select jsonb_array_elements_text(given.value) except select unnest(kept_here))
        when kept is null then '{}'
        else array(select jsonb_array_elements_text(given.value) except select unnest(kept)) end), '{}')
      from jsonb_each(granted -> 'resources') as given
      left join resources known on known.identifier = given.key))
    where client_id = old.id and granted ? 'resources';
    return null;
  end $$
