create or replace function withdraw_from_clients() returns trigger language plpgsql as $$
  declare
    kept text[];
    held record;
    remaining text;
  begin
    -- A client that is gone takes everything along; one that may ask for less, what it may not ask for any more.
    if tg_op = 'DELETE' or new.id <> old.id or new.created_at <> old.created_at then
      delete from oidc_artifacts where client_id = old.id;
      delete from consents where client_id = old.id;
      return null;
    end if;
    if new.metadata -> 'resource_scopes' is null then return null; end if;
    kept := array(select jsonb_array_elements_text(new.metadata -> 'resource_scopes'));

    delete from oidc_artifacts
    where model = 'JwtAccessToken' and client_id = old.id and (payload ->> 'resource' is null
      or not coalesce(string_to_array(payload ->> 'scope', ' '), '{}') <@ kept);

    for held in
      select model, id_hash, payload from oidc_artifacts
      where model in ('AuthorizationCode', 'RefreshToken') and consumed_at is null and client_id = old.id and payload ? 'resource' for update
    loop
      remaining := scope_without(held.payload ->> 'scope', array(
        select unnest(string_to_array(held.payload ->> 'scope', ' '))
        except select unnest(kept) except select unnest('{openid,profile,email,roles,groups,offline_access}'::text[])));
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
        select given.key as resource, scope_without(given.value, array(
          select unnest(string_to_array(given.value, ' ')) except select unnest(kept))) as left_of_it
        from jsonb_each_text(payload -> 'resources') as given) as narrowed))
    where model = 'Grant' and client_id = old.id and payload ? 'resources';

    update consents
    set granted = jsonb_set(granted, '{resources}', (
      select coalesce(jsonb_object_agg(given.key, given.value - array(
        select jsonb_array_elements_text(given.value) except select unnest(kept))), '{}')
      from jsonb_each(granted -> 'resources') as given))
    where client_id = old.id and granted ? 'resources';
    return null;
  end $$
