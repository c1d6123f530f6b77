set client_min_messages = warning;

set check_function_bodies = off;

set timezone = 'UTC';

do $$ begin create role gatehouse_server nologin; exception when duplicate_object or unique_violation then null; end $$;

create sequence schema_migrations_id_seq as integer start with 1 increment by 1 minvalue 1 maxvalue 2147483647;

create sequence status_blocks as bigint start with 0 increment by 1 minvalue 0 maxvalue 9223372036854775807;

CREATE OR REPLACE FUNCTION public.add_password_hashes(shapes text[], numbers bigint[])
 RETURNS void
 LANGUAGE plpgsql
AS $function$
      begin
        if exists (
          select from unnest(shapes) as made(shape)
          where not exists (select from password_hash_counts c where c.shape = made.shape)
        ) then
          perform pg_notify('gatehouse_changes', 'password_hash_shapes');
        end if;
        insert into password_hash_counts (shape, accounts) select * from unnest(shapes, numbers);
        perform pg_notify('gatehouse_changes', 'password_hash_counts');
      end $function$;

CREATE OR REPLACE FUNCTION public.clients_of_session(session text)
 RETURNS TABLE(client_id text, sid text)
 LANGUAGE sql
AS $function$
        select client.client_id, client.sid from session_clients client where client.session_uid = session
      $function$;

CREATE OR REPLACE FUNCTION public.count_password_hash_replaced()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
      declare
        before text := password_hash_shape(old.password_hash);
        after text := password_hash_shape(new.password_hash);
      begin
        if before is distinct from after then
          perform add_password_hashes(array_agg(shape), array_agg(number))
          from (values (before, -1::bigint), (after, 1::bigint)) as counted(shape, number) where shape is not null;
        end if;
        return null;
      end $function$;

CREATE OR REPLACE FUNCTION public.count_password_hashes_gone()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
        declare
          shapes text[];
          numbers bigint[];
        begin
          select array_agg(shape), array_agg(number) into shapes, numbers from (
            select password_hash_shape(password_hash) as shape, -count(*) as number from changed group by 1
          ) as counted where shape is not null;
          if shapes is not null then perform add_password_hashes(shapes, numbers); end if;
          return null;
        end $function$;

CREATE OR REPLACE FUNCTION public.count_password_hashes_made()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
        declare
          shapes text[];
          numbers bigint[];
        begin
          select array_agg(shape), array_agg(number) into shapes, numbers from (
            select password_hash_shape(password_hash) as shape, count(*) as number from changed group by 1
          ) as counted where shape is not null;
          if shapes is not null then perform add_password_hashes(shapes, numbers); end if;
          return null;
        end $function$;

CREATE OR REPLACE FUNCTION public.end_tokens_of_redemption()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
      begin
        delete from oidc_artifacts
        where grant_id = old.grant_id and model = 'JwtAccessToken'
          and payload -> 'expiresWithSession' is not distinct from old.payload -> 'expiresWithSession';
        return null;
      end $function$;

CREATE OR REPLACE FUNCTION public.forget_password_hash_counts()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
      begin
        delete from password_hash_counts;
        return null;
      end $function$;

CREATE OR REPLACE FUNCTION public.hold_registration()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
      begin
        perform pg_advisory_xact_lock(registration_lock(tg_table_name, to_jsonb(old) ->> tg_argv[0]));
        if tg_op = 'DELETE' then return old; end if;
        return new;
      end $function$;

CREATE OR REPLACE FUNCTION public.make_room_for_session(person text, newcomer text, most integer, evict boolean, chosen text[], moment timestamp with time zone)
 RETURNS TABLE(uid text, account_id text)
 LANGUAGE plpgsql
AS $function$
      declare
        surplus integer;
      begin
        perform pg_advisory_xact_lock(hashtextextended('gatehouse-sessions ' || person, 0));
        return query
          update sessions s set ended_at = moment, end_reason = 'evicted'
          where s.uid in (
            select o.uid from sessions o
            where o.account_id = person and o.uid <> newcomer and o.ended_at is null and o.uid = any (chosen)
            order by o.uid for update)
          returning s.uid, s.account_id;
        select count(*) - most + 1 into surplus from sessions s
        where s.account_id = person and s.uid <> newcomer and s.ended_at is null and s.idle_expires_at > moment;
        if surplus <= 0 then
          return;
        end if;
        if not evict then
          raise exception 'session_cap_reached' using errcode = 'GH409';
        end if;
        return query
          update sessions s set ended_at = moment, end_reason = 'evicted'
          where s.uid in (
            select o.uid from sessions o
            where o.account_id = person and o.uid <> newcomer and o.ended_at is null and o.idle_expires_at > moment
            order by o.last_active_at, o.uid limit surplus for update)
          returning s.uid, s.account_id;
      end $function$;

CREATE OR REPLACE FUNCTION public.note_revoked_token()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
      begin
        insert into revoked_tokens (status_index, expires_at)
        values ((old.payload ->> 'statusIndex')::bigint, old.expires_at)
        on conflict do nothing;
        return null;
      end $function$;

CREATE OR REPLACE FUNCTION public.notify_change()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
      begin
        perform pg_notify('gatehouse_changes', tg_table_name);
        return null;
      end $function$;

CREATE OR REPLACE FUNCTION public.password_hash_shape(hash text)
 RETURNS text
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE STRICT
AS $function$
        select case
          when length(hash) > 512 then null
          when hash ~ '^\$2[aby]\$\d\d\$[./A-Za-z0-9]{53}$' then '$2b$' || substr(hash, 5, 2)
          else (
            select parts[1] || '$' || length(parts[2]) || '$' || length(parts[3])
            from regexp_match(hash, '^((?:\{pepper=[A-Za-z0-9._-]{1,64}\})?\$(?:argon2id|argon2i|scrypt|pbkdf2-sha256|pbkdf2-sha512)(?:\$v=\d{1,3})?\$[a-z0-9=,]{1,64})\$([A-Za-z0-9+/.]+)={0,2}\$([A-Za-z0-9+/.]+)={0,2}$') as parts)
        end $function$;

CREATE OR REPLACE FUNCTION public.refuse_audit_change()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
      begin
        raise exception 'audit_events is append-only' using errcode = 'insufficient_privilege';
      end $function$;

CREATE OR REPLACE FUNCTION public.registration_holds(client text, client_since timestamp with time zone, resource text, resource_since timestamp with time zone, wanted text[])
 RETURNS boolean
 LANGUAGE plpgsql
AS $function$
      begin
        perform pg_advisory_xact_lock_shared(registration_lock('resources', resource));
        perform pg_advisory_xact_lock_shared(registration_lock('clients', client));
        return exists (
          select from resources, clients
          where resources.identifier = resource and clients.id = client
            and date_trunc('milliseconds', resources.created_at) = resource_since
            and date_trunc('milliseconds', clients.created_at) = client_since
            and wanted <@ scope_names(resources.scopes)
            and (clients.metadata -> 'resource_scopes' is null
              or to_jsonb(wanted) <@ (clients.metadata -> 'resource_scopes')));
      end $function$;

CREATE OR REPLACE FUNCTION public.registration_lock(kind text, id text)
 RETURNS bigint
 LANGUAGE sql
 IMMUTABLE
AS $function$
        select hashtextextended('gatehouse-registration ' || kind || ' ' || id, 0)
      $function$;

CREATE OR REPLACE FUNCTION public.require_change(changed bigint, code text)
 RETURNS boolean
 LANGUAGE plpgsql
AS $function$
      begin
        if changed = 0 then
          raise exception '%', code using errcode = 'GH409';
        end if;
        return true;
      end $function$;

CREATE OR REPLACE FUNCTION public.revoke_access_of_session(session text, offline boolean)
 RETURNS void
 LANGUAGE plpgsql
AS $function$
      declare
        ending text[];
        lasting text[];
      begin
        select coalesce(array_agg(grants.id) filter (where offline or not grants.lasts), '{}'),
          coalesce(array_agg(grants.id) filter (where not offline and grants.lasts), '{}')
        into ending, lasting
        from (
          select client.value ->> 'grantId' as id, coalesce((client.value ->> 'persistsLogout')::boolean, false) as lasts
          from oidc_artifacts stored, jsonb_each(coalesce(stored.payload -> 'authorizations', '{}')) as client
          where stored.session_uid = session and client.value ->> 'grantId' is not null) as grants;
        delete from oidc_artifacts where model <> 'Interaction' and grant_id = any (ending);
        delete from oidc_artifacts
        where model = 'Grant' and id_hash = any (array(select sha256(convert_to(id, 'UTF8')) from unnest(ending) as id));
        delete from oidc_artifacts
        where model <> 'Interaction' and grant_id = any (lasting)
          and (payload ->> 'expiresWithSession')::boolean and payload ->> 'sessionUid' = session;
        delete from oidc_artifacts where session_uid = session;
      end $function$;

CREATE OR REPLACE FUNCTION public.scope_names(scopes jsonb)
 RETURNS text[]
 LANGUAGE sql
 IMMUTABLE
AS $function$
        select coalesce(array_agg(scope ->> 'name'), '{}') from jsonb_array_elements(scopes) as scope
      $function$;

CREATE OR REPLACE FUNCTION public.scope_without(scope text, lost text[])
 RETURNS text
 LANGUAGE sql
 IMMUTABLE
AS $function$
        select nullif(nullif(string_agg(word, ' ' order by place), ''), 'offline_access')
        from unnest(string_to_array(scope, ' ')) with ordinality as words (word, place)
        where word <> all (lost)
      $function$;

CREATE OR REPLACE FUNCTION public.withdraw_from_clients()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
  declare
    kept text[];
    held record;
    remaining text;
  begin
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
        except select unnest(kept) except select unnest('{openid,profile,email,roles,offline_access}'::text[])));
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
  end $function$;

CREATE OR REPLACE FUNCTION public.withdraw_from_resources()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
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
        select unnest(gone) except select unnest('{openid,profile,email,roles,offline_access}'::text[])
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
  end $function$;

create table account_requests (
  id uuid not null,
  kind text not null,
  sealed text not null,
  not_before timestamp with time zone not null,
  created_at timestamp with time zone not null
);

create table accounts (
  id uuid not null,
  email text not null,
  email_key text not null,
  email_verified boolean not null,
  name text not null,
  given_name text,
  family_name text,
  locale text,
  zoneinfo text,
  roles text[] not null,
  status text not null,
  password_hash text,
  password_changed_at timestamp with time zone,
  created_at timestamp with time zone not null,
  updated_at timestamp with time zone not null,
  disabled_at timestamp with time zone,
  password_must_change boolean default false not null,
  password_compromised boolean default false not null,
  access_epoch integer default 0 not null
);

create table audit_events (
  id uuid not null,
  at timestamp(6) with time zone not null,
  type text not null,
  outcome text not null,
  actor text,
  account text,
  client text,
  session text,
  factor text,
  ip text,
  user_agent text,
  request_id text,
  command text,
  details jsonb not null
);

create table clients (
  id text not null,
  metadata jsonb not null,
  secret_digest text,
  created_at timestamp with time zone not null,
  updated_at timestamp with time zone not null
);

create table consents (
  account_id uuid not null,
  client_id text not null,
  granted jsonb not null,
  granted_at timestamp with time zone not null,
  updated_at timestamp with time zone not null
);

create table factor_enrolments (
  account_id uuid not null,
  skips integer not null,
  due boolean not null,
  updated_at timestamp with time zone not null,
  code_needed boolean default false not null,
  by_code boolean default false not null
);

create table failed_attempts (
  account_id uuid not null,
  failures integer not null,
  since timestamp with time zone not null,
  last_at timestamp with time zone not null,
  last_ip text,
  last_user_agent text,
  signed_in_at timestamp with time zone,
  told_at timestamp with time zone
);

create table known_devices (
  account_id uuid not null,
  id_hash bytea not null,
  created_at timestamp with time zone not null,
  last_seen_at timestamp with time zone not null,
  user_agent text,
  ip text
);

create table lockouts (
  key_hash bytea not null,
  account_id uuid,
  of_device boolean not null,
  failures integer not null,
  lock_id uuid,
  locked_at timestamp with time zone,
  locked_until timestamp with time zone,
  announced_at timestamp with time zone,
  locks integer not null,
  locks_since timestamp with time zone,
  updated_at timestamp with time zone not null,
  noticed_lock_id uuid,
  of_factors integer default 0 not null
);

create table logout_deliveries (
  id uuid not null,
  client_id text not null,
  account_id uuid not null,
  session_uid text,
  sid text not null,
  uri text not null,
  state text not null,
  attempts integer not null,
  refusals integer not null,
  lease uuid,
  next_attempt_at timestamp with time zone not null,
  problem text,
  created_at timestamp with time zone not null,
  finished_at timestamp with time zone
);

create table mail_outbox (
  id uuid not null,
  kind text not null,
  account_id uuid,
  once_key text,
  priority smallint not null,
  sealed text,
  state text not null,
  attempts integer not null,
  lease uuid,
  next_attempt_at timestamp with time zone not null,
  useless_after timestamp with time zone,
  problem text,
  created_at timestamp with time zone not null,
  finished_at timestamp with time zone
);

create table oidc_artifacts (
  model text not null,
  id_hash bytea not null,
  payload jsonb not null,
  grant_id text,
  account_id text,
  client_id text,
  session_uid text,
  user_code text,
  consumed_at timestamp with time zone,
  expires_at timestamp with time zone,
  created_at timestamp with time zone default now() not null
);

create table one_time_links (
  id uuid not null,
  purpose text not null,
  token_hash bytea not null,
  account_id uuid,
  payload jsonb not null,
  created_at timestamp with time zone not null,
  expires_at timestamp with time zone not null,
  consumed_at timestamp with time zone
);

create table passkeys (
  id uuid not null,
  account_id uuid not null,
  credential_id bytea not null,
  public_key bytea not null,
  counter bigint not null,
  transports text[] not null,
  backup_eligible boolean not null,
  backed_up boolean not null,
  aaguid uuid not null,
  name text,
  created_at timestamp with time zone not null,
  last_used_at timestamp with time zone
);

create table password_failures (
  account_id uuid not null,
  consecutive integer not null,
  disabled_at timestamp with time zone,
  updated_at timestamp with time zone not null,
  of_factors integer default 0 not null
);

create table password_hash_counts (
  id uuid default gen_random_uuid() not null,
  shape text not null,
  accounts bigint not null
);

create table password_history (
  id uuid not null,
  account_id uuid not null,
  password_hash text not null,
  changed_at timestamp with time zone not null
);

create table password_stand_ins (
  id smallint not null,
  version integer not null,
  shapes text[] not null,
  slots bytea not null,
  updated_at timestamp with time zone not null
);

create unlogged table rate_limits (
  key_hash bytea not null,
  points integer not null,
  expires_at timestamp with time zone not null
);

create table recovery_codes (
  account_id uuid not null,
  "position" smallint not null,
  code_hash bytea not null,
  created_at timestamp with time zone not null,
  used_at timestamp with time zone
);

create table resources (
  identifier text not null,
  name text not null,
  scopes jsonb not null,
  token_algorithm text not null,
  token_seconds integer not null,
  created_at timestamp with time zone not null
);

create table revoked_tokens (
  status_index bigint not null,
  expires_at timestamp with time zone not null
);

create table schema_migrations (
  id integer default nextval('schema_migrations_id_seq'::regclass) not null,
  name character varying(255) not null,
  executed_at timestamp(6) with time zone default CURRENT_TIMESTAMP(6) not null
);

create table sealed_keys (
  name text not null,
  sealed text not null,
  created_at timestamp with time zone not null
);

create table session_clients (
  session_uid text not null,
  client_id text not null,
  sid text not null,
  first_used_at timestamp with time zone not null
);

create table sessions (
  uid text not null,
  account_id text not null,
  created_at timestamp with time zone not null,
  last_active_at timestamp with time zone not null,
  signed_in_at timestamp with time zone not null,
  idle_seconds integer not null,
  absolute_seconds integer not null,
  idle_expires_at timestamp with time zone not null,
  absolute_expires_at timestamp with time zone not null,
  ip text,
  user_agent text,
  acr text,
  ended_at timestamp with time zone,
  end_reason text,
  shared boolean default false not null,
  by_temporary_code boolean default false not null
);

create table sign_in_attempts (
  id_hash bytea not null,
  evidence jsonb not null,
  created_at timestamp with time zone not null,
  expires_at timestamp with time zone not null,
  completed_at timestamp with time zone
);

create table signing_keys (
  kid text not null,
  algorithm text not null,
  public_jwk jsonb not null,
  sealed_private_jwk text not null,
  published_at timestamp with time zone not null,
  activates_at timestamp with time zone not null,
  retires_at timestamp with time zone
);

create table status_lists (
  id integer not null,
  expires_at timestamp with time zone not null
);

create table temporary_codes (
  account_id uuid not null,
  code_digest bytea not null,
  key_id text not null,
  tries smallint default 0 not null,
  created_at timestamp with time zone not null,
  expires_at timestamp with time zone not null,
  used_at timestamp with time zone
);

create table totp_authenticators (
  id uuid not null,
  account_id uuid not null,
  name text,
  sealed_seed text not null,
  sealed_by text not null,
  last_step integer not null,
  created_at timestamp with time zone not null,
  confirmed_at timestamp with time zone,
  expires_at timestamp with time zone,
  last_used_at timestamp with time zone
);

create table trusted_devices (
  account_id uuid not null,
  id_hash bytea not null,
  created_at timestamp with time zone not null,
  expires_at timestamp with time zone not null,
  user_agent text,
  ip text
);

create table used_passkey_challenges (
  challenge_hash bytea not null,
  expires_at timestamp with time zone not null
);

insert into account_requests (id, kind, sealed, not_before, created_at) values
('01a228ee-514a-73fa-a5ac-4a3da7bce719', 'password-reset', 'v1.test.Obol1HMJ5QRmfIdInKkZxjnfvqSThmMYmn_wmyiAm6digjyW_uk68QkRYoRjEvCiCozjxVp1Utbkp_SdzR-94cYGL7eVdDobexlJ23knptY4L6-R_vvLDbVaxPALwLpKEVp6AGRVqxbiHjUQYPcYHs5ciKCdY_I5YR9Hxkjtcp2oqmI-F_FJoaGMKr0bfNPISVKMmqul32-LpMUeeqE', '2026-11-29 20:10:36.746+00', '2026-11-29 20:10:36.746+00');

insert into accounts (id, email, email_key, email_verified, name, given_name, family_name, locale, zoneinfo, roles, status, password_hash, password_changed_at, created_at, updated_at, disabled_at, password_must_change, password_compromised, access_epoch) values
('135013d6-c300-41c6-8e9a-6214d81a344f', 'pbkdf2-sha256-a-longer-digest@example.org', 'pbkdf2-sha256-a-longer-digest@example.org', 'true', 'Imported 8', null, null, null, null, '{clinician}', 'active', '$pbkdf2-sha256$i=10,l=64$hWqd/2uAvhaaEEJi9pE7dw$627iY90Ugf1LB60ctbm8/Ow3QIfoMXiIpP8bdfeZ7U+RfOSxn2JKMwluqfJQ+OwyQVF6HNLtPyAqV4QwXDIhqg', '2026-11-29 20:10:26.238+00', '2026-11-29 20:10:26.238+00', '2026-11-29 20:10:26.238+00', null, 'false', 'false', '0'),
('1cbd4131-4acd-45d9-bbb1-c154f61724ea', 'scrypt-dearer@example.org', 'scrypt-dearer@example.org', 'true', 'Imported 6', null, null, null, null, '{clinician}', 'active', '$scrypt$ln=6,r=8,p=2$4HxnJGvLFNy1Zq7q260vfQ$08HAJlQVZOPt6zJFMqpF/PZME8GyKPiQlDWMnyTsRnM', '2026-11-29 20:10:26.238+00', '2026-11-29 20:10:26.238+00', '2026-11-29 20:10:26.238+00', null, 'false', 'false', '0'),
('3c12772a-d727-41c9-aba6-a8e46e0ceefc', 'new@example.org', 'new@example.org', 'false', 'New Here', null, null, null, null, '{}', 'active', null, null, '2026-11-29 20:10:31.542+00', '2026-11-29 20:10:31.542+00', null, 'false', 'false', '0'),
('628f197c-e694-4952-bad7-a2bd096d5a75', 'amara@example.org', 'amara@example.org', 'true', 'Amara Okafor', null, null, null, null, '{}', 'active', '$argon2id$v=19$m=8,t=1,p=1$FBh7NR3QOSCbblKd7TPrmA$KYfMKv6YjkHJFVp03c6eu/wE+oTMlapLBoqQgSrUBbY', '2026-11-29 20:10:26.547+00', '2026-11-29 20:10:26.547+00', '2026-11-29 20:10:26.547+00', null, 'false', 'false', '0'),
('66408f1b-0a68-4abb-8dc1-a2c57ba04146', 'argon2i-version-16@example.org', 'argon2i-version-16@example.org', 'true', 'Imported 2', null, null, null, null, '{clinician}', 'active', '$argon2i$v=16$m=64,t=2,p=1$UPauaftE/W1p6AsKZnwD3Q$/TfV66jQ5RVHSPUzDWUYIazHOSbZSeMFhghYpRynXB0', '2026-11-29 20:10:26.238+00', '2026-11-29 20:10:26.238+00', '2026-11-29 20:10:26.238+00', null, 'false', 'false', '0'),
('70c36ed5-f45a-4181-ad90-d35c930dd1bb', 'bcrypt-5@example.org', 'bcrypt-5@example.org', 'true', 'Imported 4', null, null, null, null, '{clinician}', 'active', '$2y$05$ZVJ2.xp4RK.y9J07M8goCOAToShou7y8TXZ2sxjPMui28Tiq771ia', '2026-11-29 20:10:26.238+00', '2026-11-29 20:10:26.238+00', '2026-11-29 20:10:26.238+00', null, 'false', 'false', '0'),
('8099a56a-78ce-43f9-b545-d15c19a2c089', 'pbkdf2-sha256@example.org', 'pbkdf2-sha256@example.org', 'true', 'Imported 7', null, null, null, null, '{}', 'active', '$pbkdf2-sha256$i=10,l=32$SJe8ep6KqcJVrOmdQLyVGw$JgGoOhyc8qpzHAZoLh8byxkliFFgv20d64JRXwCwELg', '2026-11-29 20:10:26.238+00', '2026-11-29 20:10:26.238+00', '2026-11-29 20:10:26.238+00', null, 'false', 'false', '0'),
('89e2f0a7-6b4c-4e59-b83c-83def1dde496', 'argon2id-as-our-own@example.org', 'argon2id-as-our-own@example.org', 'true', 'Imported 0', null, null, null, null, '{clinician}', 'active', '$argon2id$v=19$m=8,t=1,p=1$jzIQA8hl41p4kATG9zCN0Q$nyRMjMTc+6OWuAyHjCfYXFe6PvTXpcoVq2/DxLpHW/M', '2026-11-29 20:10:26.238+00', '2026-11-29 20:10:26.238+00', '2026-11-29 20:10:26.238+00', null, 'false', 'false', '0'),
('988d5dba-0eda-4e1f-9af4-d2d112e1c5e9', 'argon2id-dearer@example.org', 'argon2id-dearer@example.org', 'true', 'Imported 1', null, null, null, null, '{}', 'disabled', '$argon2id$v=19$m=128,t=3,p=2$maOzAuWGRAnZ0ywx/RRC6g$nOAvpt8/b1kgDaV5Dd1xFKHvO9+KsBMGUaiaVqlGgNI', '2026-11-29 20:10:26.238+00', '2026-11-29 20:10:26.238+00', '2026-11-29 20:10:31.71+00', '2026-11-29 20:10:31.71+00', 'false', 'false', '1'),
('9c29b8be-7c2d-4630-8ed2-884a8922e971', 'kim@example.org', 'kim@example.org', 'false', 'Kim Holder', null, null, null, null, '{}', 'active', '$argon2id$v=19$m=8,t=1,p=1$pLQF1iKV7FrYTdOrWeQZAQ$M5YGJxR3dvISqAQCvZKd1ErZa52sZmjn1uRiHLxikik', '2026-11-29 20:10:28.369+00', '2026-11-29 20:10:28.369+00', '2026-11-29 20:10:28.369+00', null, 'false', 'false', '0'),
('b830e6b0-152f-4201-b347-17a4de82e52f', 'bo@example.org', 'bo@example.org', 'false', 'Bo Lind', null, null, null, null, '{clinician}', 'active', '$argon2id$v=19$m=8,t=1,p=1$0bCeWl1kMn5A/FvVIZWpfA$W6wT8V/PQga5KpwULAPy5BvbJx+wNQrWiwPIBLLlYhA', '2026-11-29 20:10:30.028+00', '2026-11-29 20:10:30.028+00', '2026-11-29 20:10:30.028+00', null, 'false', 'false', '1'),
('d9602831-3f1e-41ce-8b97-5e9a0dc74731', 'scrypt@example.org', 'scrypt@example.org', 'true', 'Imported 5', null, null, null, null, '{}', 'active', '$scrypt$ln=4,r=8,p=1$zG1mDkWXJBH6FzWEIzWY/Q$TP/LSq1t66tb8MywBjDooORh/faGL8JNnT+dEWsrko8', '2026-11-29 20:10:26.238+00', '2026-11-29 20:10:26.238+00', '2026-11-29 20:10:26.238+00', null, 'false', 'false', '0'),
('dbffd8b8-46b3-4c54-aa41-a84923245e6f', 'bcrypt-4@example.org', 'bcrypt-4@example.org', 'true', 'Imported 3', null, null, null, null, '{}', 'active', '$argon2id$v=19$m=8,t=1,p=1$Hu7s/PyKMkrHbcMZcruLgQ$46mwGW0a32z0/v5PLGj8x9VYhYDCGHvoeS78Sl2FP9Y', '2026-11-29 20:10:36.239+00', '2026-11-29 20:10:26.238+00', '2026-11-29 20:10:36.239+00', null, 'false', 'false', '1'),
('ee639c6c-e490-4dcb-814b-ff17248d1471', 'pbkdf2-sha512-as-passlib-writes-it@example.org', 'pbkdf2-sha512-as-passlib-writes-it@example.org', 'true', 'Imported 9', null, null, null, null, '{}', 'active', '$pbkdf2-sha512$20$WmhyWdZBE8pGgAn5uCBqVA$8mGrK7hdIDOOWdi+b2EuhhCgiXip8q3ygQJvB72xxEVZDh6QiTkvKFW2CIf5k4Fsqg4W6Cc92H15rDwwERqOxQ', '2026-11-29 20:10:26.238+00', '2026-11-29 20:10:26.238+00', '2026-11-29 20:10:26.238+00', null, 'false', 'false', '0');

insert into audit_events (id, at, type, outcome, actor, account, client, session, factor, ip, user_agent, request_id, command, details) values
('01a228ee-24e2-7000-b764-5fc7660a609a', '2026-11-29 20:10:25.378+00', 'identifier_key.created', 'success', 'system', null, null, null, null, null, null, null, null, '{"adopted": false}'),
('01a228ee-2622-7000-8f4a-181d34dafe91', '2026-11-29 20:10:25.698+00', 'key.published', 'success', 'system', null, null, null, null, null, null, null, null, '{"kid": "cfozzGXe8xS2bddKicoZSi66VE2GZv-u315wLQh42p0", "algorithm": "RS256"}'),
('01a228ee-2623-7000-8d2d-6d0c645b6311', '2026-11-29 20:10:25.699+00', 'key.published', 'success', 'system', null, null, null, null, null, null, null, null, '{"kid": "WqUvvncU-GHkJAQMSVnkeBUsDlgczf7rnZugqhNYOBk", "algorithm": "ES256"}'),
('01a228ee-2624-7000-bc2b-f552b29eb113', '2026-11-29 20:10:25.7+00', 'key.published', 'success', 'system', null, null, null, null, null, null, null, null, '{"kid": "0z7sQ0KniulnlsMWYYPoDRUrHxZL5WHtMlX-hhD5aq8", "algorithm": "EdDSA"}'),
('01a228ee-2889-7000-8822-f63e081139f3', '2026-11-29 20:10:26.313+00', 'account.created', 'success', 'command', '89e2f0a7-6b4c-4e59-b83c-83def1dde496', null, null, null, null, null, null, 'gatehouse users import', '{"source": "import"}'),
('01a228ee-2889-7001-8c34-7c9935d70562', '2026-11-29 20:10:26.313+00', 'account.created', 'success', 'command', '988d5dba-0eda-4e1f-9af4-d2d112e1c5e9', null, null, null, null, null, null, 'gatehouse users import', '{"source": "import"}'),
('01a228ee-2889-7002-94a7-1672a23f23f2', '2026-11-29 20:10:26.313+00', 'account.created', 'success', 'command', '66408f1b-0a68-4abb-8dc1-a2c57ba04146', null, null, null, null, null, null, 'gatehouse users import', '{"source": "import"}'),
('01a228ee-2889-7003-978b-e1dcb53cf2eb', '2026-11-29 20:10:26.313+00', 'account.created', 'success', 'command', 'dbffd8b8-46b3-4c54-aa41-a84923245e6f', null, null, null, null, null, null, 'gatehouse users import', '{"source": "import"}'),
('01a228ee-2889-7004-846d-34cb39ffb92e', '2026-11-29 20:10:26.313+00', 'account.created', 'success', 'command', '70c36ed5-f45a-4181-ad90-d35c930dd1bb', null, null, null, null, null, null, 'gatehouse users import', '{"source": "import"}'),
('01a228ee-2889-7005-a4d4-498af856fcf4', '2026-11-29 20:10:26.313+00', 'account.created', 'success', 'command', 'd9602831-3f1e-41ce-8b97-5e9a0dc74731', null, null, null, null, null, null, 'gatehouse users import', '{"source": "import"}'),
('01a228ee-2889-7006-83b1-0a3bebcb0059', '2026-11-29 20:10:26.313+00', 'account.created', 'success', 'command', '1cbd4131-4acd-45d9-bbb1-c154f61724ea', null, null, null, null, null, null, 'gatehouse users import', '{"source": "import"}'),
('01a228ee-2889-7007-9879-6f36425e57f5', '2026-11-29 20:10:26.313+00', 'account.created', 'success', 'command', '8099a56a-78ce-43f9-b545-d15c19a2c089', null, null, null, null, null, null, 'gatehouse users import', '{"source": "import"}'),
('01a228ee-2889-7008-9853-91c0f7e50cbe', '2026-11-29 20:10:26.313+00', 'account.created', 'success', 'command', '135013d6-c300-41c6-8e9a-6214d81a344f', null, null, null, null, null, null, 'gatehouse users import', '{"source": "import"}'),
('01a228ee-2889-7009-8379-43da9fabc020', '2026-11-29 20:10:26.313+00', 'account.created', 'success', 'command', 'ee639c6c-e490-4dcb-814b-ff17248d1471', null, null, null, null, null, null, 'gatehouse users import', '{"source": "import"}'),
('01a228ee-28f3-7000-88c0-0eb91bae2dc6', '2026-11-29 20:10:26.419+00', 'resource.created', 'success', 'command', null, null, null, null, null, null, null, 'gatehouse resources create', '{"identifier": "https://records.example.org"}'),
('01a228ee-296a-7000-a20f-a8b5c688ecf3', '2026-11-29 20:10:26.538+00', 'client.created', 'success', 'command', null, 'a9902f161ba24da18fba3cd706c82a97', null, null, null, null, null, 'gatehouse clients create', '{"name": "Test application"}'),
('01a228ee-2dd8-7000-bfbe-2b31b921cf0f', '2026-11-29 20:10:27.672+00', 'second_factor.demanded', 'success', '628f197c-e694-4952-bad7-a2bd096d5a75', '628f197c-e694-4952-bad7-a2bd096d5a75', 'a9902f161ba24da18fba3cd706c82a97', null, 'pwd', '127.0.0.1', 'node', 'e87c77a5-2598-4a76-ace2-1b1f358de24f', null, '{"enrol": false, "kinds": ["totp", "recovery_code"]}'),
('01a228ee-2ebc-7000-9fa0-b511fab158ad', '2026-11-29 20:10:27.9+00', 'sign_in.succeeded', 'success', '628f197c-e694-4952-bad7-a2bd096d5a75', '628f197c-e694-4952-bad7-a2bd096d5a75', 'a9902f161ba24da18fba3cd706c82a97', null, 'totp', '127.0.0.1', 'node', 'd04b5e4d-8e45-4733-a155-d226e6295544', null, '{"acr": "aal2", "amr": ["pwd", "otp", "mfa"]}'),
('01a228ee-2ebc-7001-a838-d112e77eea25', '2026-11-29 20:10:27.9+00', 'device.trusted', 'success', '628f197c-e694-4952-bad7-a2bd096d5a75', '628f197c-e694-4952-bad7-a2bd096d5a75', null, null, null, '127.0.0.1', 'node', 'd04b5e4d-8e45-4733-a155-d226e6295544', null, '{"until": "2026-12-29T20:10:27.822Z"}'),
('01a228ee-2ebc-7002-b3a7-bfd4d7048438', '2026-11-29 20:10:27.9+00', 'device.added', 'success', '628f197c-e694-4952-bad7-a2bd096d5a75', '628f197c-e694-4952-bad7-a2bd096d5a75', null, null, null, '127.0.0.1', 'node', 'd04b5e4d-8e45-4733-a155-d226e6295544', null, '{}'),
('01a228ee-2f5e-7001-af79-8c3192210914', '2026-11-29 20:10:28.062+00', 'session.started', 'success', '628f197c-e694-4952-bad7-a2bd096d5a75', '628f197c-e694-4952-bad7-a2bd096d5a75', 'a9902f161ba24da18fba3cd706c82a97', 'tXcNRF5DS5ZCttfr-Tf3LgJisRpfHq8mRt-Xq1ZuLnN', null, '127.0.0.1', 'node', '4e48745d-f449-451c-ab21-290661e3e691', null, '{"acr": "aal2", "amr": ["pwd", "otp", "mfa"]}'),
('01a228ee-2fee-7000-8fbb-7924d9973b98', '2026-11-29 20:10:28.206+00', 'consent.granted', 'success', '628f197c-e694-4952-bad7-a2bd096d5a75', '628f197c-e694-4952-bad7-a2bd096d5a75', 'a9902f161ba24da18fba3cd706c82a97', null, null, '127.0.0.1', 'node', 'e667de4a-c6b4-4380-99fe-fc7ce81fa2e3', null, '{"scopes": ["openid"]}'),
('01a228ee-301c-7000-9d59-6e61c9095ef5', '2026-11-29 20:10:28.252+00', 'authorization.granted', 'success', '628f197c-e694-4952-bad7-a2bd096d5a75', '628f197c-e694-4952-bad7-a2bd096d5a75', 'a9902f161ba24da18fba3cd706c82a97', 'tXcNRF5DS5ZCttfr-Tf3LgJisRpfHq8mRt-Xq1ZuLnN', null, '127.0.0.1', 'node', 'b08f6fd5-11b0-4a5f-a8ed-72021b0825fb', null, '{"scope": "openid"}'),
('01a228ee-3061-7000-8da4-bae634a08755', '2026-11-29 20:10:28.321+00', 'token.issued', 'success', '628f197c-e694-4952-bad7-a2bd096d5a75', '628f197c-e694-4952-bad7-a2bd096d5a75', 'a9902f161ba24da18fba3cd706c82a97', 'tXcNRF5DS5ZCttfr-Tf3LgJisRpfHq8mRt-Xq1ZuLnN', null, '127.0.0.1', 'node', '2d5e1113-aa2f-4f39-807f-eb5d247e4ebf', null, '{"scope": "openid", "grantType": "authorization_code"}'),
('01a228ee-34ef-7000-8588-aa0948145aa1', '2026-11-29 20:10:29.487+00', 'second_factor.demanded', 'success', '9c29b8be-7c2d-4630-8ed2-884a8922e971', '9c29b8be-7c2d-4630-8ed2-884a8922e971', 'gatehouse', null, 'pwd', '127.0.0.1', 'node', 'ba435c35-fc46-4de2-9d66-eea178164be2', null, '{"enrol": false, "kinds": ["passkey"]}'),
('01a228ee-35e4-7000-9418-1a2c22c24d22', '2026-11-29 20:10:29.732+00', 'sign_in.succeeded', 'success', '9c29b8be-7c2d-4630-8ed2-884a8922e971', '9c29b8be-7c2d-4630-8ed2-884a8922e971', 'gatehouse', null, 'passkey', '127.0.0.1', 'node', 'b19aba6c-2da3-49c0-94f7-305b2daf403e', null, '{"acr": "phr", "amr": ["pwd", "hwk", "mfa"]}'),
('01a228ee-35e4-7001-9850-246926eede08', '2026-11-29 20:10:29.732+00', 'device.trusted', 'success', '9c29b8be-7c2d-4630-8ed2-884a8922e971', '9c29b8be-7c2d-4630-8ed2-884a8922e971', null, null, null, '127.0.0.1', 'node', 'b19aba6c-2da3-49c0-94f7-305b2daf403e', null, '{"until": "2026-12-29T20:10:29.685Z"}'),
('01a228ee-35e4-7002-bd43-1973662d7b9a', '2026-11-29 20:10:29.732+00', 'device.added', 'success', '9c29b8be-7c2d-4630-8ed2-884a8922e971', '9c29b8be-7c2d-4630-8ed2-884a8922e971', null, null, null, '127.0.0.1', 'node', 'b19aba6c-2da3-49c0-94f7-305b2daf403e', null, '{}'),
('01a228ee-3646-7000-88d4-1c1c0d12a0b4', '2026-11-29 20:10:29.83+00', 'session.started', 'success', '9c29b8be-7c2d-4630-8ed2-884a8922e971', '9c29b8be-7c2d-4630-8ed2-884a8922e971', 'gatehouse', 'phHE88The6PW-7iRSgCHM6_pKEKofL0hKByvRosfd5K', null, '127.0.0.1', 'node', '07c6dae8-5972-4197-8f8c-0d65fb5ee63a', null, '{"acr": "phr", "amr": ["pwd", "hwk", "mfa"]}'),
('01a228ee-3646-7001-be22-51090c2d239f', '2026-11-29 20:10:29.83+00', 'authorization.granted', 'success', '9c29b8be-7c2d-4630-8ed2-884a8922e971', '9c29b8be-7c2d-4630-8ed2-884a8922e971', 'gatehouse', 'phHE88The6PW-7iRSgCHM6_pKEKofL0hKByvRosfd5K', null, '127.0.0.1', 'node', '07c6dae8-5972-4197-8f8c-0d65fb5ee63a', null, '{"scope": "openid"}'),
('01a228ee-37e2-7000-b525-8ea3e40d0add', '2026-11-29 20:10:30.242+00', 'second_factor.demanded', 'success', 'b830e6b0-152f-4201-b347-17a4de82e52f', 'b830e6b0-152f-4201-b347-17a4de82e52f', 'gatehouse', null, 'pwd', '127.0.0.1', 'node', '228b6a6d-65f5-47f8-b5a6-ecf2df027974', null, '{"enrol": true, "kinds": ["totp", "passkey"]}'),
('01a228ee-385b-7000-8e3c-76887a38b429', '2026-11-29 20:10:30.363+00', 'factor.setup_skipped', 'success', 'b830e6b0-152f-4201-b347-17a4de82e52f', 'b830e6b0-152f-4201-b347-17a4de82e52f', 'gatehouse', null, null, '127.0.0.1', 'node', 'a692e0e3-2423-4049-a5d0-c02ab731e778', null, '{"skipsLeft": 4}'),
('01a228ee-385b-7001-882b-ff6311b40ad6', '2026-11-29 20:10:30.363+00', 'sign_in.succeeded', 'success', 'b830e6b0-152f-4201-b347-17a4de82e52f', 'b830e6b0-152f-4201-b347-17a4de82e52f', 'gatehouse', null, 'pwd', '127.0.0.1', 'node', 'a692e0e3-2423-4049-a5d0-c02ab731e778', null, '{"acr": "aal1", "amr": ["pwd"]}'),
('01a228ee-385b-7002-8704-4929f54a7633', '2026-11-29 20:10:30.363+00', 'device.added', 'success', 'b830e6b0-152f-4201-b347-17a4de82e52f', 'b830e6b0-152f-4201-b347-17a4de82e52f', null, null, null, '127.0.0.1', 'node', 'a692e0e3-2423-4049-a5d0-c02ab731e778', null, '{}'),
('01a228ee-38a7-7001-9f0a-84add78311c5', '2026-11-29 20:10:30.439+00', 'session.started', 'success', 'b830e6b0-152f-4201-b347-17a4de82e52f', 'b830e6b0-152f-4201-b347-17a4de82e52f', 'gatehouse', 'csLLUUqnhmrMGnRgIr8mO1RuMIpwt1ZD2blKpE1eEYZ', null, '127.0.0.1', 'node', 'd30645b8-eca7-418e-84dd-fafb9dbde277', null, '{"acr": "aal1", "amr": ["pwd"]}'),
('01a228ee-38a7-7002-82f2-8add4ac29125', '2026-11-29 20:10:30.439+00', 'authorization.granted', 'success', 'b830e6b0-152f-4201-b347-17a4de82e52f', 'b830e6b0-152f-4201-b347-17a4de82e52f', 'gatehouse', 'csLLUUqnhmrMGnRgIr8mO1RuMIpwt1ZD2blKpE1eEYZ', null, '127.0.0.1', 'node', 'd30645b8-eca7-418e-84dd-fafb9dbde277', null, '{"scope": "openid"}'),
('01a228ee-398f-7000-91b2-29abc6d9042b', '2026-11-29 20:10:30.671+00', 'client.created', 'success', 'command', null, '040e923e4a884fad9111986653598e98', null, null, null, null, null, 'gatehouse clients create', '{"name": "Nightly export"}'),
('01a228ee-3ab7-7000-a581-bf6bcc0d5515', '2026-11-29 20:10:30.967+00', 'consent.granted', 'success', 'b830e6b0-152f-4201-b347-17a4de82e52f', 'b830e6b0-152f-4201-b347-17a4de82e52f', 'a9902f161ba24da18fba3cd706c82a97', null, null, '127.0.0.1', 'node', '4b718f43-3ddb-477c-bafc-14bd0239487b', null, '{"scopes": ["openid", "records:read"]}'),
('01a228ee-3b1c-7000-82e5-1b479519c799', '2026-11-29 20:10:31.068+00', 'authorization.granted', 'success', 'b830e6b0-152f-4201-b347-17a4de82e52f', 'b830e6b0-152f-4201-b347-17a4de82e52f', 'a9902f161ba24da18fba3cd706c82a97', 'csLLUUqnhmrMGnRgIr8mO1RuMIpwt1ZD2blKpE1eEYZ', null, '127.0.0.1', 'node', '7eb30dfa-9d5b-4224-ab3a-f1c284b363be', null, '{"scope": "openid records:read"}'),
('01a228ee-3bd2-7000-ab56-aa074f0ab3ad', '2026-11-29 20:10:31.25+00', 'token.issued', 'success', 'b830e6b0-152f-4201-b347-17a4de82e52f', 'b830e6b0-152f-4201-b347-17a4de82e52f', 'a9902f161ba24da18fba3cd706c82a97', 'csLLUUqnhmrMGnRgIr8mO1RuMIpwt1ZD2blKpE1eEYZ', null, '127.0.0.1', 'node', '952f703f-d397-46bb-8bb2-4b90fab07678', null, '{"scope": "records:read", "audience": ["https://records.example.org"], "grantType": "authorization_code"}'),
('01a228ee-3c17-7000-9bf8-8b6aa4c12fad', '2026-11-29 20:10:31.319+00', 'authorization.granted', 'success', 'b830e6b0-152f-4201-b347-17a4de82e52f', 'b830e6b0-152f-4201-b347-17a4de82e52f', 'a9902f161ba24da18fba3cd706c82a97', 'csLLUUqnhmrMGnRgIr8mO1RuMIpwt1ZD2blKpE1eEYZ', null, '127.0.0.1', 'node', '1a9df993-cb1e-4dfa-9eff-7a2d231928a6', null, '{"scope": "openid records:read"}'),
('01a228ee-3c69-7000-a638-19b6e94c484b', '2026-11-29 20:10:31.401+00', 'token.issued', 'success', 'b830e6b0-152f-4201-b347-17a4de82e52f', 'b830e6b0-152f-4201-b347-17a4de82e52f', 'a9902f161ba24da18fba3cd706c82a97', 'csLLUUqnhmrMGnRgIr8mO1RuMIpwt1ZD2blKpE1eEYZ', null, '127.0.0.1', 'node', 'ce9da114-97c8-42cb-b8a2-e18bc37c68bc', null, '{"scope": "records:read", "audience": ["https://records.example.org"], "grantType": "authorization_code"}'),
('01a228ee-3ca8-7000-a091-b9d9e969fd1e', '2026-11-29 20:10:31.464+00', 'token.revoked', 'success', 'a9902f161ba24da18fba3cd706c82a97', 'b830e6b0-152f-4201-b347-17a4de82e52f', 'a9902f161ba24da18fba3cd706c82a97', null, null, '127.0.0.1', 'node', 'b1c0d289-123b-40e3-b824-273270579a00', null, '{"kind": "access_token"}'),
('01a228ee-3cdd-7000-bfd9-c5c94c8485aa', '2026-11-29 20:10:31.517+00', 'token.issued', 'success', '040e923e4a884fad9111986653598e98', null, '040e923e4a884fad9111986653598e98', null, null, '127.0.0.1', 'node', '041fc747-4298-4cab-8d95-58c726803ac4', null, '{"scope": "records:read", "audience": ["https://records.example.org"], "grantType": "client_credentials"}'),
('01a228ee-3d0f-7000-a4ec-c4c5236a869c', '2026-11-29 20:10:31.567+00', 'account.created', 'success', 'command', '3c12772a-d727-41c9-aba6-a8e46e0ceefc', null, null, null, null, null, null, 'gatehouse users invite', '{"source": "invitation"}'),
('01a228ee-3d0f-7001-84a6-529aeccdc005', '2026-11-29 20:10:31.567+00', 'account.invited', 'success', 'command', '3c12772a-d727-41c9-aba6-a8e46e0ceefc', null, null, null, null, null, null, 'gatehouse users invite', '{"again": false}'),
('01a228ee-3d5d-7000-a4ca-d79f1c97c1e8', '2026-11-29 20:10:31.645+00', 'password_reset.requested', 'success', 'command', 'dbffd8b8-46b3-4c54-aa41-a84923245e6f', null, null, null, null, null, null, 'gatehouse users reset-password', '{"identifierDigest": "Y2IQsvbVj1yN8ASA"}'),
('01a228ee-3da1-7000-ab7f-3f38ce776de9', '2026-11-29 20:10:31.713+00', 'account.disabled', 'success', 'command', '988d5dba-0eda-4e1f-9af4-d2d112e1c5e9', null, null, null, null, null, null, 'gatehouse users disable', '{}'),
('01a228ee-3e21-7000-aaff-5689df18c919', '2026-11-29 20:10:31.841+00', 'temporary_code.issued', 'success', 'command', '89e2f0a7-6b4c-4e59-b83c-83def1dde496', null, null, null, null, null, null, 'gatehouse users temporary-code', '{"until": "2026-11-30T20:10:31.831Z", "purpose": "sign_in"}'),
('01a228ee-4f80-7000-a51f-775c0fcf1dba', '2026-11-29 20:10:36.288+00', 'password_reset.completed', 'success', 'dbffd8b8-46b3-4c54-aa41-a84923245e6f', 'dbffd8b8-46b3-4c54-aa41-a84923245e6f', null, null, null, '127.0.0.1', 'node', 'ba85cc0e-81c9-45f5-a4aa-ad3bb3396aae', null, '{}'),
('01a228ee-4f80-7001-ba16-5b7b74b975fb', '2026-11-29 20:10:36.288+00', 'password.changed', 'success', 'dbffd8b8-46b3-4c54-aa41-a84923245e6f', 'dbffd8b8-46b3-4c54-aa41-a84923245e6f', null, null, null, '127.0.0.1', 'node', 'ba85cc0e-81c9-45f5-a4aa-ad3bb3396aae', null, '{"by": "link", "sessionsEnded": true}'),
('01a228ee-4fdb-7000-a0e8-87a637bf8c4f', '2026-11-29 20:10:36.379+00', 'sign_in.failed', 'failure', 'd9602831-3f1e-41ce-8b97-5e9a0dc74731', 'd9602831-3f1e-41ce-8b97-5e9a0dc74731', 'gatehouse', null, 'pwd', '127.0.0.1', 'node', 'fae7abd2-fe29-4017-b155-91e649189144', null, '{"reason": "password_wrong", "identifierDigest": "DDCKyi--DBtSlJdR"}'),
('01a228ee-4ffd-7000-9eeb-5b5ff3a02f69', '2026-11-29 20:10:36.413+00', 'sign_in.failed', 'failure', 'd9602831-3f1e-41ce-8b97-5e9a0dc74731', 'd9602831-3f1e-41ce-8b97-5e9a0dc74731', 'gatehouse', null, 'pwd', '127.0.0.1', 'node', '63044c6b-b809-484b-916f-06d6acf6b783', null, '{"reason": "password_wrong", "identifierDigest": "DDCKyi--DBtSlJdR"}'),
('01a228ee-502c-7000-95f3-b1a4b438e8bb', '2026-11-29 20:10:36.46+00', 'sign_in.failed', 'failure', 'd9602831-3f1e-41ce-8b97-5e9a0dc74731', 'd9602831-3f1e-41ce-8b97-5e9a0dc74731', 'gatehouse', null, 'pwd', '127.0.0.1', 'node', 'd4c233b6-1bf3-4721-99fd-b40bb73826eb', null, '{"reason": "password_wrong", "identifierDigest": "DDCKyi--DBtSlJdR"}'),
('01a228ee-502c-7001-8e64-78d30fc48b76', '2026-11-29 20:10:36.46+00', 'lockout.started', 'failure', 'system', 'd9602831-3f1e-41ce-8b97-5e9a0dc74731', null, null, null, '127.0.0.1', 'node', 'd4c233b6-1bf3-4721-99fd-b40bb73826eb', null, '{"until": "2026-11-29T20:40:36.449Z", "device": false, "failures": 3, "identifierDigest": "DDCKyi--DBtSlJdR"}'),
('01a228ee-505d-7000-a95d-d8bb2089c93c', '2026-11-29 20:10:36.509+00', 'sign_in.failed', 'failure', 'd9602831-3f1e-41ce-8b97-5e9a0dc74731', 'd9602831-3f1e-41ce-8b97-5e9a0dc74731', 'gatehouse', null, 'pwd', '127.0.0.1', 'node', 'f0e38e42-e4d4-4391-9b06-acbc016989d9', null, '{"reason": "locked", "identifierDigest": "DDCKyi--DBtSlJdR"}'),
('01a228ee-50af-7000-8b5e-edfb7793c5be', '2026-11-29 20:10:36.591+00', 'sign_in.failed', 'failure', '1cbd4131-4acd-45d9-bbb1-c154f61724ea', '1cbd4131-4acd-45d9-bbb1-c154f61724ea', 'gatehouse', null, 'pwd', '127.0.0.1', 'node', '8cbc804b-9ac6-47a7-81fe-40a9cc306a88', null, '{"reason": "password_wrong", "identifierDigest": "sBHUkycP7J1DnqJq"}'),
('01a228ee-50e9-7000-89d7-5262f2daef3a', '2026-11-29 20:10:36.649+00', 'session.ended', 'success', 'command', 'b830e6b0-152f-4201-b347-17a4de82e52f', null, 'csLLUUqnhmrMGnRgIr8mO1RuMIpwt1ZD2blKpE1eEYZ', null, null, null, null, 'gatehouse sessions end', '{"reason": "ended_by_administrator", "offline": true}'),
('01a228ee-5125-7000-8b14-516a0850ff80', '2026-11-29 20:10:36.709+00', 'password_reset.requested', 'success', 'command', '9c29b8be-7c2d-4630-8ed2-884a8922e971', null, null, null, null, null, null, 'gatehouse users reset-password', '{"identifierDigest": "XMwUjtkxB4R3JTnH"}'),
('01a228ee-51ad-7000-ac77-00c3291c8a30', '2026-11-29 20:10:36.845+00', 'second_factor.demanded', 'success', '628f197c-e694-4952-bad7-a2bd096d5a75', '628f197c-e694-4952-bad7-a2bd096d5a75', 'a9902f161ba24da18fba3cd706c82a97', null, 'pwd', '127.0.0.1', 'node', 'd67f0dc3-0a68-4edf-8286-251ee7e19513', null, '{"enrol": false, "kinds": ["totp", "recovery_code"]}');

insert into clients (id, metadata, secret_digest, created_at, updated_at) values
('040e923e4a884fad9111986653598e98', '{"client_id": "040e923e4a884fad9111986653598e98", "client_name": "Nightly export", "first_party": false, "grant_types": ["client_credentials"], "require_pkce": true, "subject_type": "public", "redirect_uris": [], "offline_access": false, "response_types": [], "application_type": "web", "require_auth_time": false, "shared_workstation": false, "client_id_issued_at": 1795983030, "introspect_any_token": false, "post_logout_redirect_uris": [], "token_endpoint_auth_method": "client_secret_basic", "id_token_signed_response_alg": "RS256", "backchannel_logout_session_required": false, "require_pushed_authorization_requests": false}', 'test.BtUCwtVl2yJg1kX2u8aCO-2OuRAxU4RVbv7Tm4uL9h4', '2026-11-29 20:10:30.668+00', '2026-11-29 20:10:30.668+00'),
('a9902f161ba24da18fba3cd706c82a97', '{"client_id": "a9902f161ba24da18fba3cd706c82a97", "client_name": "Test application", "first_party": false, "grant_types": ["authorization_code", "refresh_token"], "require_pkce": true, "subject_type": "public", "redirect_uris": ["http://127.0.0.1:9/callback"], "offline_access": false, "response_types": ["code"], "application_type": "web", "require_auth_time": false, "shared_workstation": false, "client_id_issued_at": 1795983026, "introspect_any_token": false, "backchannel_logout_uri": "http://127.0.0.1:9/logout", "post_logout_redirect_uris": ["http://127.0.0.1:9/signed-out"], "token_endpoint_auth_method": "client_secret_basic", "id_token_signed_response_alg": "RS256", "backchannel_logout_session_required": false, "require_pushed_authorization_requests": false}', 'test.lLRVBROcfRDkfYBB5U3cwnGUJkkBVAJ3InZX5Vf9Z0o', '2026-11-29 20:10:26.535+00', '2026-11-29 20:10:26.535+00');

insert into consents (account_id, client_id, granted, granted_at, updated_at) values
('628f197c-e694-4952-bad7-a2bd096d5a75', 'a9902f161ba24da18fba3cd706c82a97', '{"claims": [], "scopes": ["openid"], "resources": {}}', '2026-11-29 20:10:28.205+00', '2026-11-29 20:10:28.205+00'),
('b830e6b0-152f-4201-b347-17a4de82e52f', 'a9902f161ba24da18fba3cd706c82a97', '{"claims": [], "scopes": ["openid"], "resources": {"https://records.example.org": ["records:read"]}}', '2026-11-29 20:10:30.965+00', '2026-11-29 20:10:30.965+00');

insert into factor_enrolments (account_id, skips, due, updated_at, code_needed, by_code) values
('b830e6b0-152f-4201-b347-17a4de82e52f', '1', 'false', '2026-11-29 20:10:30.363+00', 'false', 'false');

insert into failed_attempts (account_id, failures, since, last_at, last_ip, last_user_agent, signed_in_at, told_at) values
('1cbd4131-4acd-45d9-bbb1-c154f61724ea', '1', '2026-11-29 20:10:36.583+00', '2026-11-29 20:10:36.583+00', '127.0.0.1', 'node', null, null),
('d9602831-3f1e-41ce-8b97-5e9a0dc74731', '0', '2026-11-29 20:10:36.37+00', '2026-11-29 20:10:36.396+00', '127.0.0.1', 'node', null, null);

insert into known_devices (account_id, id_hash, created_at, last_seen_at, user_agent, ip) values
('628f197c-e694-4952-bad7-a2bd096d5a75', E'\\xeefaa75b8cbc259399c73682b51e08736bcb91ac02fcecbe592db8e25e8a3ece', '2026-11-29 20:10:27.822+00', '2026-11-29 20:10:27.822+00', 'node', '127.0.0.1'),
('9c29b8be-7c2d-4630-8ed2-884a8922e971', E'\\xf5afe9077bb6d92873f9d73085a7d6001da0724ceb0a9564bcb0efbda1626221', '2026-11-29 20:10:29.685+00', '2026-11-29 20:10:29.685+00', 'node', '127.0.0.1'),
('b830e6b0-152f-4201-b347-17a4de82e52f', E'\\x98c15a071da205212dd08bebd1d8a2c4bcd5f45d45951c461b78386e1599f0cd', '2026-11-29 20:10:30.352+00', '2026-11-29 20:10:30.352+00', 'node', '127.0.0.1');

insert into lockouts (key_hash, account_id, of_device, failures, lock_id, locked_at, locked_until, announced_at, locks, locks_since, updated_at, noticed_lock_id, of_factors) values
(E'\\x0c308aca2fbe0c1b529497517ca5542377be487458262021d9dea215a14d8b01', 'd9602831-3f1e-41ce-8b97-5e9a0dc74731', 'false', '3', '078d47e7-fe2c-47db-9ddd-0519799f9af9', '2026-11-29 20:10:36.449+00', '2026-11-29 20:40:36.449+00', '2026-11-29 20:10:36.449+00', '1', '2026-11-29 20:10:36.449+00', '2026-11-29 20:10:36.449+00', null, '0'),
(E'\\x50f861e6ec8dd6cca820e9b5c01c54928f4195c18bc9066e51ac18775968ec94', '628f197c-e694-4952-bad7-a2bd096d5a75', 'false', '0', null, null, null, null, '0', null, '2026-11-29 20:10:36.834+00', null, '0'),
(E'\\x5ccc148ed9310784772539c70432abdfd2c37a14455173469f64fcd752b860e7', '9c29b8be-7c2d-4630-8ed2-884a8922e971', 'false', '0', null, null, null, null, '0', null, '2026-11-29 20:10:29.686+00', null, '0'),
(E'\\x80c0f2e2c421161f5ce30a729facb0a699b414683c385b79927894e0db6c671c', 'b830e6b0-152f-4201-b347-17a4de82e52f', 'false', '0', null, null, null, null, '0', null, '2026-11-29 20:10:30.361+00', null, '0'),
(E'\\xb011d493270fec9d439ea26ad118acdc2b1c35bab157c102d2472d746275bf89', '1cbd4131-4acd-45d9-bbb1-c154f61724ea', 'false', '1', null, null, null, null, '0', null, '2026-11-29 20:10:36.584+00', null, '0');

insert into logout_deliveries (id, client_id, account_id, session_uid, sid, uri, state, attempts, refusals, lease, next_attempt_at, problem, created_at, finished_at) values
('64e36db4-e6e8-47ad-b409-65419e922f29', 'a9902f161ba24da18fba3cd706c82a97', 'b830e6b0-152f-4201-b347-17a4de82e52f', 'csLLUUqnhmrMGnRgIr8mO1RuMIpwt1ZD2blKpE1eEYZ', 'hB_SmTCIdGPgm5Ny5DjzCSFo5WGjn1iSjTQ_i94ELdp', 'http://127.0.0.1:9/logout', 'waiting', '0', '0', null, '2026-11-29 20:10:36.649+00', null, '2026-11-29 20:10:36.649+00', null);

insert into mail_outbox (id, kind, account_id, once_key, priority, sealed, state, attempts, lease, next_attempt_at, useless_after, problem, created_at, finished_at) values
('01a228ee-3d05-781b-bb8f-3810ba340fa8', 'invitation', '3c12772a-d727-41c9-aba6-a8e46e0ceefc', null, '0', null, 'sent', '1', null, '2026-11-29 20:12:31.579+00', '2026-12-06 20:10:31.553+00', null, '2026-11-29 20:10:31.557+00', '2026-11-29 20:10:31.596+00'),
('01a228ee-3d4b-7930-babe-59015a0905e9', 'password-reset', 'dbffd8b8-46b3-4c54-aa41-a84923245e6f', null, '0', null, 'sent', '1', null, '2026-11-29 20:12:31.651+00', '2026-11-29 20:40:31.625+00', null, '2026-11-29 20:10:31.627+00', '2026-11-29 20:10:31.698+00'),
('01a228ee-3e27-75f4-9f98-b986ff91964a', 'temporary-code', '89e2f0a7-6b4c-4e59-b83c-83def1dde496', null, '1', null, 'sent', '1', null, '2026-11-29 20:12:31.862+00', '2026-11-30 20:10:31.831+00', null, '2026-11-29 20:10:31.847+00', '2026-11-29 20:10:31.876+00'),
('01a228ee-4f89-7701-ad7c-cbc90caf017f', 'password-changed', 'dbffd8b8-46b3-4c54-aa41-a84923245e6f', null, '1', null, 'sent', '1', null, '2026-11-29 20:12:36.307+00', null, null, '2026-11-29 20:10:36.297+00', '2026-11-29 20:10:36.32+00'),
('01a228ee-5117-726d-a4b7-6b12e99d5a92', 'password-reset', '9c29b8be-7c2d-4630-8ed2-884a8922e971', null, '0', 'v1.test.3LGlXLnkRYYAXt7FFOqn4LXqIslda8h_0wNTdL-eF-xLdkQbfkECV_xRqTmzFW0sT3TLw1GM9ecHFbdPED375JFpcnDRadtr7bDWZUayXI_KI34_A9cR8TivE62CQnOZ53wAIg80_rroxgDvW_YniX1T_cju86-p11C0OvsLWPIKRzYIt8_31afrvgdyUwscUgAe0H28l3kTdB_OajZ-mpK0fzos0pWvwK4tOjqNsuej8lH8iSsy0jcpnB2SjoeBj-YT-KoJ5Xu9sC3pP_xsCf-R1RSeryrTd_oqSLyT1iqsWdgmgIPUyCUln_YyjTM-e8u_rAxoQioXsizEZS_8-ItB6lwdmCNvTgUlwyLEI6_vKwWc2c6pwXGsmwjjB0gSpGcSZuk-uaelt67-0tGDbsfnkY8LR75ZK-zkVUwo81xMgyo_JYO4fkji23ETLg', 'waiting', '0', null, '2026-11-29 20:10:36.695+00', '2026-11-29 20:40:36.693+00', null, '2026-11-29 20:10:36.695+00', null);

insert into oidc_artifacts (model, id_hash, payload, grant_id, account_id, client_id, session_uid, user_code, consumed_at, expires_at, created_at) values
('AccessToken', E'\\x978b9e58718fa666003f56238ef20c8381b2e159550dc2710bb21202125163e2', '{"exp": 1795983628, "gty": "authorization_code", "iat": 1795983028, "sid": "NNXS5w2K3JyfjLXrIm1wB7mBMsLgoyuEPbrnSQPeBVV", "kind": "AccessToken", "extra": {"acr": "aal2", "amr": ["pwd", "otp", "mfa"], "auth_time": 1795983027}, "scope": "openid", "grantId": "XQiDLhSlF5FMxv2-nabJ5rvqrTh91DjNGxI58hdxf-L", "clientId": "a9902f161ba24da18fba3cd706c82a97", "accountId": "628f197c-e694-4952-bad7-a2bd096d5a75", "sessionUid": "tXcNRF5DS5ZCttfr-Tf3LgJisRpfHq8mRt-Xq1ZuLnN", "expiresWithSession": true}', 'XQiDLhSlF5FMxv2-nabJ5rvqrTh91DjNGxI58hdxf-L', '628f197c-e694-4952-bad7-a2bd096d5a75', 'a9902f161ba24da18fba3cd706c82a97', null, null, null, '2026-11-29 20:20:28.282+00', '2026-11-29 20:10:28.360957+00'),
('AuthorizationCode', E'\\x163e2d4a2f245d0efe47011947d399f2afac4ff0777edd3366ee3a90a0c3a3ea', '{"acr": "aal2", "amr": ["pwd", "otp", "mfa"], "exp": 1795983088, "iat": 1795983028, "sid": "NNXS5w2K3JyfjLXrIm1wB7mBMsLgoyuEPbrnSQPeBVV", "kind": "AuthorizationCode", "scope": "openid", "grantId": "XQiDLhSlF5FMxv2-nabJ5rvqrTh91DjNGxI58hdxf-L", "authTime": 1795983027, "clientId": "a9902f161ba24da18fba3cd706c82a97", "accountId": "628f197c-e694-4952-bad7-a2bd096d5a75", "sessionUid": "tXcNRF5DS5ZCttfr-Tf3LgJisRpfHq8mRt-Xq1ZuLnN", "redirectUri": "http://127.0.0.1:9/callback", "codeChallenge": "PcL2lDZVP2TkkMpAW_eRJrO3gPxq60I-STZI2mzQdu8", "expiresWithSession": true, "codeChallengeMethod": "S256"}', 'XQiDLhSlF5FMxv2-nabJ5rvqrTh91DjNGxI58hdxf-L', '628f197c-e694-4952-bad7-a2bd096d5a75', 'a9902f161ba24da18fba3cd706c82a97', null, null, '2026-11-29 20:10:28.276+00', '2026-11-29 20:11:28.249+00', '2026-11-29 20:10:28.256972+00'),
('Grant', E'\\x6e1db51d460ee03a86247d7feacde6dbda2ba554f1d0c807995cd7406022f788', '{"exp": 1796070029, "iat": 1795983029, "kind": "Grant", "openid": {"scope": "openid"}, "clientId": "gatehouse", "rejected": {"openid": {"scope": "offline_access"}}, "accountId": "9c29b8be-7c2d-4630-8ed2-884a8922e971"}', null, '9c29b8be-7c2d-4630-8ed2-884a8922e971', 'gatehouse', null, null, null, '2026-11-30 20:20:29.814+00', '2026-11-29 20:10:29.832975+00'),
('Grant', E'\\x87fce658abae8c2d12d644ac95bc9f841fa32e54996e34a8242eb1bc435fd39f', '{"exp": 1796070028, "iat": 1795983028, "kind": "Grant", "openid": {"scope": "openid"}, "clientId": "a9902f161ba24da18fba3cd706c82a97", "rejected": {"openid": {"scope": "offline_access"}}, "accountId": "628f197c-e694-4952-bad7-a2bd096d5a75"}', null, '628f197c-e694-4952-bad7-a2bd096d5a75', 'a9902f161ba24da18fba3cd706c82a97', null, null, null, '2026-11-30 20:20:28.248+00', '2026-11-29 20:10:28.207264+00'),
('Interaction', E'\\x5385f831931c1753ccfc85b5628b916d2152af7ddeed9cd3f08658e591a66957', '{"cid": "OzkYKbJRwZHzHh6chvd89KSMn0u2LhFA3S0QisTa7lB", "exp": 1795984836, "iat": 1795983036, "kind": "Interaction", "params": {"scope": "openid", "state": "LCRgOnzdiXoVDG6ieH0iPg", "client_id": "gatehouse", "redirect_uri": "http://localhost:37411/account", "response_type": "none"}, "prompt": {"name": "login", "details": {}, "reasons": ["no_session"]}, "returnBase": "http://localhost:37411/authorize/"}', null, null, null, null, null, null, '2026-11-29 20:40:36.33+00', '2026-11-29 20:10:36.331965+00'),
('Interaction', E'\\x82936eaae8314379320b6f45bb84932430efc50d857b2e4ebb346fa145d5a584', '{"cid": "dTLxnLI68dpRHmM86aOXrym_9AaliJzBhcR0HRrSGAT", "exp": 1795984836, "iat": 1795983036, "kind": "Interaction", "params": {"scope": "openid", "state": "o_x-BUrXNnEEuHXxZ9MXJw", "client_id": "gatehouse", "redirect_uri": "http://localhost:37411/account", "response_type": "none"}, "prompt": {"name": "login", "details": {}, "reasons": ["no_session"]}, "returnBase": "http://localhost:37411/authorize/"}', null, null, null, null, null, null, '2026-11-29 20:40:36.533+00', '2026-11-29 20:10:36.534803+00'),
('Interaction', E'\\x8b907ad095d0f0574a9588b193304be7754fa2c01e0a0f378fb1d147978e28ab', '{"cid": "t9f_NcyX4rJYHGHNbC8H4F9HZ0tus7pANBVmkfxK8eA", "exp": 1795984836, "iat": 1795983036, "kind": "Interaction", "params": {"scope": "openid", "state": "the-state", "client_id": "a9902f161ba24da18fba3cd706c82a97", "redirect_uri": "http://127.0.0.1:9/callback", "response_type": "code", "code_challenge": "PcL2lDZVP2TkkMpAW_eRJrO3gPxq60I-STZI2mzQdu8", "code_challenge_method": "S256"}, "prompt": {"name": "login", "details": {}, "reasons": ["no_session"]}, "returnBase": "http://localhost:37411/authorize/"}', null, null, null, null, null, null, '2026-11-29 20:40:36.766+00', '2026-11-29 20:10:36.768962+00'),
('RefreshToken', E'\\x3d9db7acb293d2c8d2f53fdaec90d4f30eef17b09a24d544b0c158aaa9470446', '{"acr": "aal2", "amr": ["pwd", "otp", "mfa"], "exp": 1796026228, "gty": "authorization_code", "iat": 1795983028, "sid": "NNXS5w2K3JyfjLXrIm1wB7mBMsLgoyuEPbrnSQPeBVV", "iiat": 1795983028, "kind": "RefreshToken", "scope": "openid", "grantId": "XQiDLhSlF5FMxv2-nabJ5rvqrTh91DjNGxI58hdxf-L", "authTime": 1795983027, "clientId": "a9902f161ba24da18fba3cd706c82a97", "accountId": "628f197c-e694-4952-bad7-a2bd096d5a75", "rotations": 0, "sessionUid": "tXcNRF5DS5ZCttfr-Tf3LgJisRpfHq8mRt-Xq1ZuLnN", "expiresWithSession": true}', 'XQiDLhSlF5FMxv2-nabJ5rvqrTh91DjNGxI58hdxf-L', '628f197c-e694-4952-bad7-a2bd096d5a75', 'a9902f161ba24da18fba3cd706c82a97', null, null, null, '2026-11-30 08:10:28.289+00', '2026-11-29 20:10:28.360957+00'),
('Session', E'\\x6ae74e0d967a0bd8cb1ec07fd181ce053716f5632f7a28c6d30fd05de9fc4f48', '{"acr": "phr", "amr": ["pwd", "hwk", "mfa"], "exp": 1796026229, "iat": 1795983029, "uid": "phHE88The6PW-7iRSgCHM6_pKEKofL0hKByvRosfd5K", "kind": "Session", "loginTs": 1795983029, "accountId": "9c29b8be-7c2d-4630-8ed2-884a8922e971", "authorizations": {"gatehouse": {"sid": "NfTChZuRHO4NwGzbBEkuLHgZDIlunJFKfH6_yNTdPWw", "grantId": "uy1qw98bTP8wDNlMidBvndErlfAz0eN_8p1uzf27Nld"}}}', null, '9c29b8be-7c2d-4630-8ed2-884a8922e971', null, 'phHE88The6PW-7iRSgCHM6_pKEKofL0hKByvRosfd5K', null, null, '2026-11-30 08:10:29.829+00', '2026-11-29 20:10:29.832975+00'),
('Session', E'\\x9564075ea18cd13f47ea91f59f4656775bc5de9d6557d89fba52c460a7a0988b', '{"acr": "aal2", "amr": ["pwd", "otp", "mfa"], "exp": 1796026227, "iat": 1795983028, "uid": "tXcNRF5DS5ZCttfr-Tf3LgJisRpfHq8mRt-Xq1ZuLnN", "kind": "Session", "loginTs": 1795983027, "accountId": "628f197c-e694-4952-bad7-a2bd096d5a75", "authorizations": {"a9902f161ba24da18fba3cd706c82a97": {"sid": "NNXS5w2K3JyfjLXrIm1wB7mBMsLgoyuEPbrnSQPeBVV", "grantId": "XQiDLhSlF5FMxv2-nabJ5rvqrTh91DjNGxI58hdxf-L"}}}', null, '628f197c-e694-4952-bad7-a2bd096d5a75', null, 'tXcNRF5DS5ZCttfr-Tf3LgJisRpfHq8mRt-Xq1ZuLnN', null, null, '2026-11-30 08:10:27.251+00', '2026-11-29 20:10:28.256972+00');

insert into one_time_links (id, purpose, token_hash, account_id, payload, created_at, expires_at, consumed_at) values
('4c9cbb52-afc1-4581-9f11-758f3976e9ad', 'invitation', E'\\xda54f73087dd8a7af0b33e31d752d41eff6083fb905823700d91e87dd50b241d', '3c12772a-d727-41c9-aba6-a8e46e0ceefc', '{"state": "EEEj5kTTT-9rlRqCEni0WdutTTUp5Z4iWF3SWjmARoc"}', '2026-11-29 20:10:31.553+00', '2026-12-06 20:10:31.553+00', null),
('5fc2a221-c98e-46d3-a768-87cd81c7d103', 'not-me', E'\\xd594e8f479144c0595b8faabab4f163fa7e85a9e0f37c0c290ec775e2cedac9b', '89e2f0a7-6b4c-4e59-b83c-83def1dde496', '{"since": "2026-11-29T20:10:31.845Z"}', '2026-11-29 20:10:31.845+00', '2026-12-06 20:10:31.845+00', null),
('9376ca2e-de4f-46f1-92fe-eec89a9ffd52', 'password-reset', E'\\x2bea5b20241da2fc6d86d819c586089c7d830eed7fd9f388147c8e3bbc597025', 'dbffd8b8-46b3-4c54-aa41-a84923245e6f', '{"state": "xF0UG31l66WtevsXk8oNcCr4syQeCnr8aG4qCdITQIo"}', '2026-11-29 20:10:31.625+00', '2026-11-29 20:40:31.625+00', '2026-11-29 20:10:36.237+00'),
('bf85a846-708c-423b-9470-8345715b8d3c', 'password-reset', E'\\xd4a79cb592756403d80c31d54d313e7a5ca80f20a14183f9cf936dbdb03974f5', '9c29b8be-7c2d-4630-8ed2-884a8922e971', '{"state": "VAIxUJZNfApiXxwseBV8CIG9fvUexKPthAlhEv2Y3Yk"}', '2026-11-29 20:10:36.693+00', '2026-11-29 20:40:36.693+00', null),
('fe0656e4-94f1-42c0-990b-6b44f8258a6e', 'not-me', E'\\x3723b12a1f06769d1fcc3151fdff1eecfa02aa735753d7178ded9e6306ab3b6c', 'dbffd8b8-46b3-4c54-aa41-a84923245e6f', '{"since": "2026-11-29T20:10:36.289Z"}', '2026-11-29 20:10:36.289+00', '2026-12-06 20:10:36.289+00', null);

insert into passkeys (id, account_id, credential_id, public_key, counter, transports, backup_eligible, backed_up, aaguid, name, created_at, last_used_at) values
('27fe2bac-1de3-47c4-93a1-6ec84bcb8362', '9c29b8be-7c2d-4630-8ed2-884a8922e971', E'\\xeaebe261c2ab347de7b0ef53619c42781a496600fa399851801addf28c2cb42d', E'\\xa50102032620012158208539677727e153a8af2c05703e2653a1d8fec9e8e709c2314a8a6527fd0d16a3225820a18700868620b1441671a33b1c316fd691f1ddf0b93ad8d66f222d3b41dca21c', '1', '{nfc,usb}', 'false', 'false', '00000000-0000-0000-0000-000000000000', null, '2026-11-29 20:10:29.335+00', '2026-11-29 20:10:29.732+00');

insert into password_failures (account_id, consecutive, disabled_at, updated_at, of_factors) values
('1cbd4131-4acd-45d9-bbb1-c154f61724ea', '1', null, '2026-11-29 20:10:36.584+00', '0'),
('628f197c-e694-4952-bad7-a2bd096d5a75', '0', null, '2026-11-29 20:10:36.834+00', '0'),
('9c29b8be-7c2d-4630-8ed2-884a8922e971', '0', null, '2026-11-29 20:10:29.686+00', '0'),
('b830e6b0-152f-4201-b347-17a4de82e52f', '0', null, '2026-11-29 20:10:30.227+00', '0'),
('d9602831-3f1e-41ce-8b97-5e9a0dc74731', '3', null, '2026-11-29 20:10:36.449+00', '0');

insert into password_hash_counts (id, shape, accounts) values
('07950731-3428-4ae8-a2cf-e829e8c71376', '$scrypt$ln=6,r=8,p=2$22$43', '1'),
('270e1c68-8283-4fcb-a807-e1c816ed1b14', '$argon2id$v=19$m=128,t=3,p=2$22$43', '1'),
('2adf0abf-8db5-4523-85ae-7873bb0248f0', '$scrypt$ln=4,r=8,p=1$22$43', '1'),
('4212797f-aa58-4f96-b2d4-9ea3f8672273', '$argon2id$v=19$m=8,t=1,p=1$22$43', '1'),
('52e62e1a-4790-42c8-acf8-189a0d3c0946', '$pbkdf2-sha256$i=10,l=32$22$43', '1'),
('59af8d5c-1aaa-4a35-a53b-00df2c1f8ed8', '$2b$05', '1'),
('60a4c6ff-a613-4ded-90d2-afdc6575e3b3', '$2b$04', '-1'),
('61d1a93c-3ada-48cc-9bcf-258f4a31e192', '$argon2id$v=19$m=8,t=1,p=1$22$43', '1'),
('7b7ad7d6-08dc-43b9-9c21-78db52c893ae', '$argon2id$v=19$m=8,t=1,p=1$22$43', '1'),
('909dbb3c-63a5-4ad9-8f0b-a1c1fed0d609', '$argon2id$v=19$m=8,t=1,p=1$22$43', '1'),
('bc46f083-cb98-4c23-8baa-389f8b78fa69', '$argon2i$v=16$m=64,t=2,p=1$22$43', '1'),
('cac04a73-ec81-4c19-bfa6-ed889b307d59', '$argon2id$v=19$m=8,t=1,p=1$22$43', '1'),
('dd2855fc-02bc-4bb5-b7ec-8b1265abf0b8', '$pbkdf2-sha256$i=10,l=64$22$86', '1'),
('de785dcc-ec4e-4beb-8980-c25a4da481f3', '$pbkdf2-sha512$20$22$86', '1'),
('f6130fd0-13b1-4d7c-a8e5-af9a93b11b8a', '$2b$04', '1');

insert into password_history (id, account_id, password_hash, changed_at) values
('01a228ee-4f4f-756b-ad59-74db77dba6db', 'dbffd8b8-46b3-4c54-aa41-a84923245e6f', '$2b$04$Ht5sdzWnU1MGQRNZRUaoJuU59Z4NpXNSNf2Lh/f9WZfYkCDZ0N1Be', '2026-11-29 20:10:26.238+00');

insert into password_stand_ins (id, version, shapes, slots, updated_at) values
('1', '3', '{$2b$05,"$argon2i$v=16$m=64,t=2,p=1$22$43","$argon2id$v=19$m=128,t=3,p=2$22$43","$argon2id$v=19$m=8,t=1,p=1$22$43","$pbkdf2-sha256$i=10,l=32$22$43","$pbkdf2-sha256$i=10,l=64$22$86",$pbkdf2-sha512$20$22$86,"$scrypt$ln=4,r=8,p=1$22$43","$scrypt$ln=6,r=8,p=2$22$43"}', E'\\x03000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300010001000100010001000100010001000100010001000100010001000100010001000100010001000100010001000100010001000100010001000100010001000100010001000100010001000100010001000100010001000100010001000100010001000100010001000100010001000100010001000100010001000100010001000100010001000100010001000100010001000100010001000100010001000100010001000100010001000100010001000100010001000100010001000100010001000100010001000100010001000100010001000100010001000100010001000100010001000100010001000100010001000100010001000100010001000100010001000100010001000100010001000100010001000100010001000100010001000100010001000100010001000100010001000100010001000100010001000100010001000100010001000100010001000100010001000100010001000100010001000100010001000100010001000100010001000100010001000100010001000100010001000100010001000100010001000100010001000100010001000100010001000100010001000100010001000100010001000100010001000100010001000100010001000100010001000100010001000100010001000100010001000100010001000100010001000100010001000100010001000100010001000100010001000100010001000100010001000100010001000100010001000100010001000100010001000100010001000100010001000100010001000100010001000100010001000100010001000100010001000100010001000100010001000100010001000100010001000100010001000100010001000100010001000100010001000100010001000100010001000100010001000100010001000100010001000100010001000100010001000100010001000100010001000100010001000100010001000100010001000100010001000100010001000100010001000100010001000100010001000100010001000100010001000100010001000100010001000100010001000100010001000100010001000100010001000100010001000100010001000100010001000100010001000100010001000100010001000100010001000100010001000100010001000100010001000100010001000100010001000100010001000100010001000100010001000100010001000100010001000100010001000100010001000100010001000100010001000100010001000100010001000100010001000100010001000100010001000100010001000100010001000100010001000100010001000100010001000100010001000100010001000100010001000100010001000100010001000100010001000100010001000100010001000100010001000100010001000100010001000100010001000100010001000100010001000100010001000100010001000100010001000100010001000100010001000100010001000100010001000100010001000100010001000100010001000100010001000100010001000100010001000100010001000100010001000100010001000100010001000100010001000100010001000100010001000100010001000100010001000100010001000100010001000100010001000100010001000100010001000100010001000100010001000100010001000100010001000100010001000100030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300020002000200020002000200020002000200020002000200020002000200020002000200020002000200020002000200020002000200020002000200020002000200020002000200020002000200020002000200020002000200020002000200020002000200020002000200020002000200020002000200020002000200020002000200020002000200020002000200020002000200020002000200020002000200020002000200020002000200020002000200020002000200020002000200020002000200020002000200020002000200020002000200020002000200020002000200020002000200020002000200020002000200020002000200020002000200020002000200020002000200020002000200020002000200020002000200020002000200020002000200020002000200020002000200020002000200020002000200020002000200020002000200020002000200020002000200020002000200020002000200020002000200020002000200020002000200020002000200020002000200020002000200020002000200020002000200020002000200020002000200020002000200020002000200020002000200020002000200020002000200020002000200020002000200020002000200020002000200020002000200020002000200020002000200020002000200020002000200020002000200020002000200020002000200020002000200020002000200020002000200020002000200020002000200020002000200020002000200020002000200020002000200020002000200020002000200020002000200020002000200020002000200020002000200020002000200020002000200020002000200020002000200020002000200020002000200020002000200020002000200020002000200020002000200020002000200020002000200020002000200020002000200020002000200020002000200020002000200020002000200020002000200020002000200020002000200020002000200020002000200020002000200020002000200020002000200020002000200020002000200020002000200020002000200020002000200020002000200020002000200020002000200020002000200020002000200020002000200020002000200020002000200020002000200020002000200020002000200020002000200020002000200020002000200020002000200020002000200020002000200020002000200020002000200020002000200020002000200020002000200020002000200020002000200020002000200020002000200020002000200020002000200020002000200020002000200020002000200020002000200020002000200020002000200020002000200020002000200020002000200020002000200020002000200020002000200020002000200020002000200020002000200020002000200020002000200020002000200020002000200020002000200020002000200020002000200020002000200020002000200020002000200020002000200020002000200020002000200020002000200020002000200020002000200020002000200020002000200020002000200020002000200020002000200020002000200020002000200020002000200020002000200020002000200020002000200020002000200020002000200020002000200020002000200020002000200020002000200020002000200030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300040004000400040004000400040004000400040004000400040004000400040004000400040004000400040004000400040004000400040004000400040004000400040004000400040004000400040004000400040004000400040004000400040004000400040004000400040004000400040004000400040004000400040004000400040004000400040004000400040004000400040004000400040004000400040004000400040004000400040004000400040004000400040004000400040004000400040004000400040004000400040004000400040004000400040004000400040004000400040004000400040004000400040004000400040004000400040004000400040004000400040004000400040004000400040004000400040004000400040004000400040004000400040004000400040004000400040004000400040004000400040004000400040004000400040004000400040004000400040004000400040004000400040004000400040004000400040004000400040004000400040004000400040004000400040004000400040004000400040004000400040004000400040004000400040004000400040004000400040004000400040004000400040004000400040004000400040004000400040004000400040004000400040004000400040004000400040004000400040004000400040004000400040004000400040004000400040004000400040004000400040004000400040004000400040004000400040004000400040004000400040004000400040004000400040004000400040004000400040004000400040004000400040004000400040004000400040004000400040004000400040004000400040004000400040004000400040004000400040004000400040004000400040004000400040004000400040004000400040004000400040004000400040004000400040004000400040004000400040004000400040004000400040004000400040004000400040004000400040004000400040004000400040004000400040004000400040004000400040004000400040004000400040004000400040004000400040004000400040004000400040004000400040004000400040004000400040004000400040004000400040004000400040004000400040004000400040004000400040004000400040004000400040004000400040004000400040004000400040004000400040004000400040004000400040004000400040004000400040004000400040004000400040004000400040004000400040004000400040004000400040004000400040004000400040004000400040004000400040004000400040004000400040004000400040004000400040004000400040004000400040004000400040004000400040004000400040004000400040004000400040004000400040004000400040004000400040004000400040004000400040004000400040004000400040004000400040004000400040004000400040004000400040004000400040004000400040004000400040004000400040004000400040004000400040004000400040004000400040004000400040004000400040004000400040004000400040004000400040004000400040004000400040004000400040004000400040004000400040004000400040004000400040004000400040004000400040004000400040004000400030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300050005000500050005000500050005000500050005000500050005000500050005000500050005000500050005000500050005000500050005000500050005000500050005000500050005000500050005000500050005000500050005000500050005000500050005000500050005000500050005000500050005000500050005000500050005000500050005000500050005000500050005000500050005000500050005000500050005000500050005000500050005000500050005000500050005000500050005000500050005000500050005000500050005000500050005000500050005000500050005000500050005000500050005000500050005000500050005000500050005000500050005000500050005000500050005000500050005000500050005000500050005000500050005000500050005000500050005000500050005000500050005000500050005000500050005000500050005000500050005000500050005000500050005000500050005000500050005000500050005000500050005000500050005000500050005000500050005000500050005000500050005000500050005000500050005000500050005000500050005000500050005000500050005000500050005000500050005000500050005000500050005000500050005000500050005000500050005000500050005000500050005000500050005000500050005000500050005000500050005000500050005000500050005000500050005000500050005000500050005000500050005000500050005000500050005000500050005000500050005000500050005000500050005000500050005000500050005000500050005000500050005000500050005000500050005000500050005000500050005000500050005000500050005000500050005000500050005000500050005000500050005000500050005000500050005000500050005000500050005000500050005000500050005000500050005000500050005000500050005000500050005000500050005000500050005000500050005000500050005000500050005000500050005000500050005000500050005000500050005000500050005000500050005000500050005000500050005000500050005000500050005000500050005000500050005000500050005000500050005000500050005000500050005000500050005000500050005000500050005000500050005000500050005000500050005000500050005000500050005000500050005000500050005000500050005000500050005000500050005000500050005000500050005000500050005000500050005000500050005000500050005000500050005000500050005000500050005000500050005000500050005000500050005000500050005000500050005000500050005000500050005000500050005000500050005000500050005000500050005000500050005000500050005000500050005000500050005000500050005000500050005000500050005000500050005000500050005000500050005000500050005000500050005000500050005000500050005000500050005000500050005000500050005000500050005000500050005000500050005000500050005000500050005000500050005000500050005000500050005000500050005000500050005000500050005000500050005000500050005000500030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300060006000600060006000600060006000600060006000600060006000600060006000600060006000600060006000600060006000600060006000600060006000600060006000600060006000600060006000600060006000600060006000600060006000600060006000600060006000600060006000600060006000600060006000600060006000600060006000600060006000600060006000600060006000600060006000600060006000600060006000600060006000600060006000600060006000600060006000600060006000600060006000600060006000600060006000600060006000600060006000600060006000600060006000600060006000600060006000600060006000600060006000600060006000600060006000600060006000600060006000600060006000600060006000600060006000600060006000600060006000600060006000600060006000600060006000600060006000600060006000600060006000600060006000600060006000600060006000600060006000600060006000600060006000600060006000600060006000600060006000600060006000600060006000600060006000600060006000600060006000600060006000600060006000600060006000600060006000600060006000600060006000600060006000600060006000600060006000600060006000600060006000600060006000600060006000600060006000600060006000600060006000600060006000600060006000600060006000600060006000600060006000600060006000600060006000600060006000600060006000600060006000600060006000600060006000600060006000600060006000600060006000600060006000600060006000600060006000600060006000600060006000600060006000600060006000600060006000600060006000600060006000600060006000600060006000600060006000600060006000600060006000600060006000600060006000600060006000600060006000600060006000600060006000600060006000600060006000600060006000600060006000600060006000600060006000600060006000600060006000600060006000600060006000600060006000600060006000600060006000600060006000600060006000600060006000600060006000600060006000600060006000600060006000600060006000600060006000600060006000600060006000600060006000600060006000600060006000600060006000600060006000600060006000600060006000600060006000600060006000600060006000600060006000600060006000600060006000600060006000600060006000600060006000600060006000600060006000600060006000600060006000600060006000600060006000600060006000600060006000600060006000600060006000600060006000600060006000600060006000600060006000600060006000600060006000600060006000600060006000600060006000600060006000600060006000600060006000600060006000600060006000600060006000600060006000600060006000600060006000600060006000600060006000600060006000600060006000600060006000600060006000600060006000600060006000600060006000600060006000600060006000600060006000600060006000600060006000600060006000600030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300070007000700070007000700070007000700070007000700070007000700070007000700070007000700070007000700070007000700070007000700070007000700070007000700070007000700070007000700070007000700070007000700070007000700070007000700070007000700070007000700070007000700070007000700070007000700070007000700070007000700070007000700070007000700070007000700070007000700070007000700070007000700070007000700070007000700070007000700070007000700070007000700070007000700070007000700070007000700070007000700070007000700070007000700070007000700070007000700070007000700070007000700070007000700070007000700070007000700070007000700070007000700070007000700070007000700070007000700070007000700070007000700070007000700070007000700070007000700070007000700070007000700070007000700070007000700070007000700070007000700070007000700070007000700070007000700070007000700070007000700070007000700070007000700070007000700070007000700070007000700070007000700070007000700070007000700070007000700070007000700070007000700070007000700070007000700070007000700070007000700070007000700070007000700070007000700070007000700070007000700070007000700070007000700070007000700070007000700070007000700070007000700070007000700070007000700070007000700070007000700070007000700070007000700070007000700070007000700070007000700070007000700070007000700070007000700070007000700070007000700070007000700070007000700070007000700070007000700070007000700070007000700070007000700070007000700070007000700070007000700070007000700070007000700070007000700070007000700070007000700070007000700070007000700070007000700070007000700070007000700070007000700070007000700070007000700070007000700070007000700070007000700070007000700070007000700070007000700070007000700070007000700070007000700070007000700070007000700070007000700070007000700070007000700070007000700070007000700070007000700070007000700070007000700070007000700070007000700070007000700070007000700070007000700070007000700070007000700070007000700070007000700070007000700070007000700070007000700070007000700070007000700070007000700070007000700070007000700070007000700070007000700070007000700070007000700070007000700070007000700070007000700070007000700070007000700070007000700070007000700070007000700070007000700070007000700070007000700070007000700070007000700070007000700070007000700070007000700070007000700070007000700070007000700070007000700070007000700070007000700070007000700070007000700070007000700070007000700070007000700070007000700070007000700070007000700070007000700070007000700070007000700070007000700070007000700070007000700070007000700070003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300080008000800080008000800080008000800080008000800080008000800080008000800080008000800080008000800080008000800080008000800080008000800080008000800080008000800080008000800080008000800080008000800080008000800080008000800080008000800080008000800080008000800080008000800080008000800080008000800080008000800080008000800080008000800080008000800080008000800080008000800080008000800080008000800080008000800080008000800080008000800080008000800080008000800080008000800080008000800080008000800080008000800080008000800080008000800080008000800080008000800080008000800080008000800080008000800080008000800080008000800080008000800080008000800080008000800080008000800080008000800080008000800080008000800080008000800080008000800080008000800080008000800080008000800080008000800080008000800080008000800080008000800080008000800080008000800080008000800080008000800080008000800080008000800080008000800080008000800080008000800080008000800080008000800080008000800080008000800080008000800080008000800080008000800080008000800080008000800080008000800080008000800080008000800080008000800080008000800080008000800080008000800080008000800080008000800080008000800080008000800080008000800080008000800080008000800080008000800080008000800080008000800080008000800080008000800080008000800080008000800080008000800080008000800080008000800080008000800080008000800080008000800080008000800080008000800080008000800080008000800080008000800080008000800080008000800080008000800080008000800080008000800080008000800080008000800080008000800080008000800080008000800080008000800080008000800080008000800080008000800080008000800080008000800080008000800080008000800080008000800080008000800080008000800080008000800080008000800080008000800080008000800080008000800080008000800080008000800080008000800080008000800080008000800080008000800080008000800080008000800080008000800080008000800080008000800080008000800080008000800080008000800080008000800080008000800080008000800080008000800080008000800080008000800080008000800080008000800080008000800080008000800080008000800080008000800080008000800080008000800080008000800080008000800080008000800080008000800080008000800080008000800080008000800080008000800080008000800080008000800080008000800080008000800080008000800080008000800080008000800080008000800080008000800080008000800080008000800080008000800080008000800080008000800080008000800080008000800080008000800080008000800080008000800080008000800080008000800080008000800080008000800080008000800080008000800080008000800080008000800080008000800080008000800080008000800080008000800080008000800080003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300030003000300', '2026-11-29 20:10:36.357+00');

insert into rate_limits (key_hash, points, expires_at) values
(E'\\x2a2b7bcbde37f9ea425cb3d3befe5aea88059e8f2481cfd7f25718eb1b16cd08', '4', '2026-11-29 20:11:36.372+00'),
(E'\\x5d678498f9339d3d198a84fd2b6822101a84a09bef5091309b104adb977a9d63', '1', '2026-11-29 20:11:30.227+00'),
(E'\\x98a2e4711e737e4f07c2712040da1e34479b98f319bf69a2d26d3a4cfe5c8b6f', '1', '2026-11-29 20:11:36.584+00'),
(E'\\xa708b57afc0905214bbcd3345c67a0bc0147d500dfc440401417b3cd78c2397b', '1', '2026-11-29 20:11:29.48+00'),
(E'\\xbf73a677f9d55bc6623b1ba79ebe6b7afffe0b1b50b8fa36bed4dc5e2c3906b0', '9', '2026-11-29 20:11:27.619+00'),
(E'\\xdd400ce48ad8b12b49168e9c565fe3144fb8adc1f0b71174b93f589dccdc7d0f', '2', '2026-11-29 20:11:27.619+00');

insert into recovery_codes (account_id, "position", code_hash, created_at, used_at) values
('628f197c-e694-4952-bad7-a2bd096d5a75', '1', E'\\xc4e6d9e49be99430e8fb7dc759789582c4e20854d2cead33f104cc21e6481cfa', '2026-11-29 20:10:26.616+00', null),
('628f197c-e694-4952-bad7-a2bd096d5a75', '10', E'\\x0a590e88016d15a23dc608e570ba8902cdfaacab98d4ee6f113d2de0426be7f5', '2026-11-29 20:10:26.616+00', null),
('628f197c-e694-4952-bad7-a2bd096d5a75', '2', E'\\xd877538930634643e0fb0fabd815067097c472261afdce5ef8bd4e98c4b1319a', '2026-11-29 20:10:26.616+00', null),
('628f197c-e694-4952-bad7-a2bd096d5a75', '3', E'\\xb575dfc4218b4ac678059da94d17da9abe20c7c691b195a1b3ac76220c897f77', '2026-11-29 20:10:26.616+00', null),
('628f197c-e694-4952-bad7-a2bd096d5a75', '4', E'\\x535bc4dddbf2b5982c0ed44a7063379c9e37d7bc6e1f88059a5d057f22dae67e', '2026-11-29 20:10:26.616+00', null),
('628f197c-e694-4952-bad7-a2bd096d5a75', '5', E'\\x71af6258a5facc0ac58d9b322c9f015c78926f7ea2a4eafab3cfa0587ca37896', '2026-11-29 20:10:26.616+00', null),
('628f197c-e694-4952-bad7-a2bd096d5a75', '6', E'\\x70b801de13d697d8fb531b4c1b05cbbffbd26ead383ea575b42696205e60bc34', '2026-11-29 20:10:26.616+00', null),
('628f197c-e694-4952-bad7-a2bd096d5a75', '7', E'\\x3ea2d2a7c49bf0ee9c375233199f22485786e9281618e80f482242f228a2e1d2', '2026-11-29 20:10:26.616+00', null),
('628f197c-e694-4952-bad7-a2bd096d5a75', '8', E'\\xad09f93ed417c4b9b294a76691204d2f68bed7ec4ee8ffc5c423d0bd02ce3fba', '2026-11-29 20:10:26.616+00', null),
('628f197c-e694-4952-bad7-a2bd096d5a75', '9', E'\\x66428628549519ae6bca61686439dec5f42940f48c8bdf6c9f54225982290ddc', '2026-11-29 20:10:26.616+00', null);

insert into resources (identifier, name, scopes, token_algorithm, token_seconds, created_at) values
('https://records.example.org', 'Records', '[{"name": "records:read"}, {"name": "records:write"}]', 'RS256', '600', '2026-11-29 20:10:26.413+00');

insert into revoked_tokens (status_index, expires_at) values
('527', '2026-11-29 20:20:31+00'),
('724', '2026-11-29 20:20:31+00');

insert into schema_migrations (id, name, executed_at) values
('1', 'Migration20261123000100_roles_and_audit', '2026-11-29 20:10:21.362058+00'),
('10', 'Migration20261123001600_second_factors', '2026-11-29 20:10:22.512838+00'),
('11', 'Migration20261123001650_sessions', '2026-11-29 20:10:22.796036+00'),
('12', 'Migration20261123001700_logout_deliveries', '2026-11-29 20:10:22.820729+00'),
('13', 'Migration20261123001900_failed_codes', '2026-11-29 20:10:22.846183+00'),
('14', 'Migration20261123002100_session_cap', '2026-11-29 20:10:22.858601+00'),
('15', 'Migration20261128000100_session_choice', '2026-11-29 20:10:22.869713+00'),
('16', 'Migration20261128000300_token_status', '2026-11-29 20:10:22.882974+00'),
('17', 'Migration20261128000400_shared_workstations', '2026-11-29 20:10:22.981+00'),
('18', 'Migration20261128000500_clients_of_session', '2026-11-29 20:10:22.987949+00'),
('19', 'Migration20261128000600_access_of_evicted', '2026-11-29 20:10:23.006143+00'),
('2', 'Migration20261123000200_accounts', '2026-11-29 20:10:21.448986+00'),
('20', 'Migration20261129000201_access_epoch', '2026-11-29 20:10:23.012191+00'),
('21', 'Migration20261129000202_temporary_codes', '2026-11-29 20:10:23.041954+00'),
('22', 'Migration20261129000203_factors_by_code', '2026-11-29 20:10:23.078678+00'),
('23', 'Migration20261129000401_sealed_keys', '2026-11-29 20:10:23.105027+00'),
('24', 'Migration20261129000402_password_stand_ins', '2026-11-29 20:10:23.147635+00'),
('25', 'Migration20261129000501_withdrawn_registrations', '2026-11-29 20:10:23.280951+00'),
('3', 'Migration20261123000300_oidc', '2026-11-29 20:10:21.576959+00'),
('4', 'Migration20261123000400_sign_in_protection', '2026-11-29 20:10:21.874513+00'),
('5', 'Migration20261123000500_mail', '2026-11-29 20:10:22.108999+00'),
('6', 'Migration20261123000600_password_policy', '2026-11-29 20:10:22.232961+00'),
('7', 'Migration20261123000700_account_requests', '2026-11-29 20:10:22.32217+00'),
('8', 'Migration20261123000800_lockout_notices', '2026-11-29 20:10:22.418294+00'),
('9', 'Migration20261123001500_failed_attempts', '2026-11-29 20:10:22.453796+00');

insert into sealed_keys (name, sealed, created_at) values
('identifier', 'v1.test._7rCbpPV2j4S96APwILl8bxMlx-t6CDh7RoldbTdl0HDV6IiECoXqBb6ZYa01TLwZwYE-YOR7tzrqKjK', '2026-11-29 20:10:25.362+00');

insert into session_clients (session_uid, client_id, sid, first_used_at) values
('csLLUUqnhmrMGnRgIr8mO1RuMIpwt1ZD2blKpE1eEYZ', 'a9902f161ba24da18fba3cd706c82a97', 'hB_SmTCIdGPgm5Ny5DjzCSFo5WGjn1iSjTQ_i94ELdp', '2026-11-29 20:10:31.068+00'),
('csLLUUqnhmrMGnRgIr8mO1RuMIpwt1ZD2blKpE1eEYZ', 'gatehouse', 'UhPq_2C_MMpKGiA_aYsX9NoV2EXywTom3xO58cn1QCF', '2026-11-29 20:10:30.439+00'),
('phHE88The6PW-7iRSgCHM6_pKEKofL0hKByvRosfd5K', 'gatehouse', 'NfTChZuRHO4NwGzbBEkuLHgZDIlunJFKfH6_yNTdPWw', '2026-11-29 20:10:29.83+00'),
('tXcNRF5DS5ZCttfr-Tf3LgJisRpfHq8mRt-Xq1ZuLnN', 'a9902f161ba24da18fba3cd706c82a97', 'NNXS5w2K3JyfjLXrIm1wB7mBMsLgoyuEPbrnSQPeBVV', '2026-11-29 20:10:28.251+00');

insert into sessions (uid, account_id, created_at, last_active_at, signed_in_at, idle_seconds, absolute_seconds, idle_expires_at, absolute_expires_at, ip, user_agent, acr, ended_at, end_reason, shared, by_temporary_code) values
('csLLUUqnhmrMGnRgIr8mO1RuMIpwt1ZD2blKpE1eEYZ', 'b830e6b0-152f-4201-b347-17a4de82e52f', '2026-11-29 20:10:30.438+00', '2026-11-29 20:10:31.068+00', '2026-11-29 20:10:30+00', '1200', '43200', '2026-11-29 20:30:31.068+00', '2026-11-30 08:10:30+00', '127.0.0.1', 'node', 'aal1', '2026-11-29 20:10:36.649+00', 'ended_by_administrator', 'false', 'false'),
('phHE88The6PW-7iRSgCHM6_pKEKofL0hKByvRosfd5K', '9c29b8be-7c2d-4630-8ed2-884a8922e971', '2026-11-29 20:10:29.829+00', '2026-11-29 20:10:29.829+00', '2026-11-29 20:10:29+00', '1200', '43200', '2026-11-29 20:30:29.829+00', '2026-11-30 08:10:29+00', '127.0.0.1', 'node', 'phr', null, null, 'false', 'false'),
('tXcNRF5DS5ZCttfr-Tf3LgJisRpfHq8mRt-Xq1ZuLnN', '628f197c-e694-4952-bad7-a2bd096d5a75', '2026-11-29 20:10:28.044+00', '2026-11-29 20:10:28.251+00', '2026-11-29 20:10:27+00', '1200', '43200', '2026-11-29 20:30:28.251+00', '2026-11-30 08:10:27+00', '127.0.0.1', 'node', 'aal2', null, null, 'false', 'false');

insert into sign_in_attempts (id_hash, evidence, created_at, expires_at, completed_at) values
(E'\\x15e788a8b7ce0864eabb9a4645a98e4f880a214d6ecc8dfb1d0588925ac01d9a', '{"ending": [], "trusts": false, "skipped": true, "clientId": "gatehouse", "failures": 0, "accountId": "b830e6b0-152f-4201-b347-17a4de82e52f", "passwordAt": "2026-11-29T20:10:30.221Z", "accessEpoch": 0, "codesPending": false, "changeBegunAt": "2026-11-29T20:10:30.282Z", "passwordSetAt": "2026-11-29T20:10:30.028Z"}', '2026-11-29 20:10:30.221+00', '2026-11-29 20:40:30+00', '2026-11-29 20:10:30.352+00'),
(E'\\x3c1909ebc71d8c96089bcaa96387a333b8446264f01000c9be03e39197c86912', '{"ending": [], "trusts": true, "skipped": false, "clientId": "gatehouse", "failures": 0, "accountId": "9c29b8be-7c2d-4630-8ed2-884a8922e971", "passwordAt": "2026-11-29T20:10:29.473Z", "accessEpoch": 0, "codesPending": false, "secondFactor": {"at": "2026-11-29T20:10:29.685Z", "id": "27fe2bac-1de3-47c4-93a1-6ec84bcb8362", "kind": "passkey", "synced": false}, "passwordSetAt": "2026-11-29T20:10:28.369Z"}', '2026-11-29 20:10:29.473+00', '2026-11-29 20:40:29+00', '2026-11-29 20:10:29.685+00'),
(E'\\x5385f831931c1753ccfc85b5628b916d2152af7ddeed9cd3f08658e591a66957', '{"ending": [], "trusts": false, "skipped": false, "clientId": "gatehouse", "failures": 4, "codesPending": false}', '2026-11-29 20:10:36.37+00', '2026-11-29 20:40:36+00', null),
(E'\\x68fedc0b31c007e7a8d3a824802e3112aa3517275d0fbac3581e0a572229fc2a', '{"clientId": "a9902f161ba24da18fba3cd706c82a97", "failures": 0}', '2026-11-29 20:10:30.962+00', '2026-11-29 20:40:30+00', '2026-11-29 20:10:30.962+00'),
(E'\\x82936eaae8314379320b6f45bb84932430efc50d857b2e4ebb346fa145d5a584', '{"ending": [], "trusts": false, "skipped": false, "clientId": "gatehouse", "failures": 1, "codesPending": false}', '2026-11-29 20:10:36.583+00', '2026-11-29 20:40:36+00', null),
(E'\\x8b907ad095d0f0574a9588b193304be7754fa2c01e0a0f378fb1d147978e28ab', '{"ending": [], "trusts": false, "skipped": false, "clientId": "a9902f161ba24da18fba3cd706c82a97", "failures": 0, "accountId": "628f197c-e694-4952-bad7-a2bd096d5a75", "passwordAt": "2026-11-29T20:10:36.829Z", "accessEpoch": 0, "codesPending": false, "passwordSetAt": "2026-11-29T20:10:26.547Z"}', '2026-11-29 20:10:36.829+00', '2026-11-29 20:40:36+00', null),
(E'\\x92a94f7c190fb779877c046dd4edbacfb8b7088d97585cf981f0383ad11225f0', '{"clientId": "a9902f161ba24da18fba3cd706c82a97", "failures": 0}', '2026-11-29 20:10:28.202+00', '2026-11-29 20:40:28+00', '2026-11-29 20:10:28.202+00'),
(E'\\xca1d4da7910bae24544a6d85b9bb3bd49d455dbc7d339a0950eaac5687df7834', '{"ending": [], "trusts": true, "skipped": false, "clientId": "a9902f161ba24da18fba3cd706c82a97", "failures": 0, "accountId": "628f197c-e694-4952-bad7-a2bd096d5a75", "passwordAt": "2026-11-29T20:10:27.609Z", "accessEpoch": 0, "codesPending": false, "secondFactor": {"at": "2026-11-29T20:10:27.822Z", "id": "89268f4e-8e1c-4cdc-b0a5-a98d4e4a7428", "kind": "totp", "synced": false}, "passwordSetAt": "2026-11-29T20:10:26.547Z"}', '2026-11-29 20:10:27.609+00', '2026-11-29 20:40:26+00', '2026-11-29 20:10:27.822+00');

insert into signing_keys (kid, algorithm, public_jwk, sealed_private_jwk, published_at, activates_at, retires_at) values
('0z7sQ0KniulnlsMWYYPoDRUrHxZL5WHtMlX-hhD5aq8', 'EdDSA', '{"x": "2aeLHkgY19lR62khjdq7bP4YxH2ux8mglLcZteV7Cqs", "crv": "Ed25519", "kty": "OKP"}', 'v1.test.1-EZcHWmz5-mvj6rsO_cWE6cGUWTcjDnSTqEaV9GUZD4KpDIVxQydZOJY1TiX6cHXFqtDwLkGjtodR3_TN9T9OPltNv1cRymEO7w9-PZBJ1rp_JW9LPGGTTbTV5WiptBuYnFyI-UBdL642T88n24WEPyRdMrlQq0hLu5l09zUjTX8h8Bsk-6aHyF-0DTzeuSFbciL7ZZZSx3FyDhFg', '2026-11-29 20:10:25.696+00', '2026-11-29 20:10:25.696+00', null),
('WqUvvncU-GHkJAQMSVnkeBUsDlgczf7rnZugqhNYOBk', 'ES256', '{"x": "uZLXaeS9S-u_ZPgTA_wX6_FqIarxMvFup_d1Zq6gDfY", "y": "hmkjJNca4WYA4FQ7PDFrhv42EgBuQi-ZejP3rapxXx8", "crv": "P-256", "kty": "EC"}', 'v1.test.4nePdbzZy-13spycYmY6j9ABb7LswTexa2DZmr-aSXFxtVKmwaKZhZwXArh8nDsvRDZHi-blMaLOH_SS6OUfX8-VPxs689TetYwVllu018QRS7ADFOlaGXClULbMJRfjFecpUD-iLTU81h4AVh3xRfvtFfxP0Sp7sifG6LeoMyuoWOIuY9nYafwcTkjgq6LjoR2Jty1VWbH92Y1Rv-_96xBarSx4OH9IDeHcaA0FcyJB9RyjvAcefX19DVIGIa57eQtt6JnObfd3HULD', '2026-11-29 20:10:25.691+00', '2026-11-29 20:10:25.69+00', null),
('cfozzGXe8xS2bddKicoZSi66VE2GZv-u315wLQh42p0', 'RS256', '{"e": "AQAB", "n": "35nxo3n5aZ16uRviKaMAuzq4yxFeffSmrGVO7AQLgyTkl2Ob8mxrA5YxWNkX9LpE_4IFTC4kaMLq2W10TdFHrQrAGqNXs_u-hArzjuxD21DrtLWZcq3_Rutd3XrxOFYNZIC_WZKevuYMfy0M4SuxjpCDaqOZpz2qAACyL7x1gsccm-7vPDlfSyOP9W7NuL1fJk5e39qu6RKzBTTY6JYaS0_NG5koDj1SJPJGQGfWv8KnRdelOur8Hp-uJfP8bQl8mGtkiq7vUwx3zfg5OAHYXV8gswFnSZKky4_wBQopDL86Mn7QGKtEEMiQ8EKjg4b4JgQStN_L4z57jobH-alDJQ", "kty": "RSA"}', 'v1.test.Usm1PRpNsvll6VPZ6L_U4YgZj4bAQkIQ9fgnQtad91J3HrjMhJHlpCkPy-xZtHBPCnJtfR5N89SYXapejn_5gf8bpuOUd0lCudGJFzdaAnZWgQny_ugIVt0AjbkjCdEQBkpe9BkhC_g9-y5nJPvdRguW2M6LiTxgV3lfkbQTuOR0s9aF9UOnzUVJBOxzcljanhWdZV76RDW___P9DRwb9YOD5s5TmpI1tYtyTFTpBjimZlI05V4fO_iuOHrdvaHpVuhKbgygHg2fdWAayV1DcGKAeGIJjZbf78JcTs203DqsQq7RdYaWUwpAJ_KPjPi_rSgKCv20n3YtDnwpRKggKabM0NhF5KjkGz4tHCn2m5qZIru-DKCcL_15uSRiSh9xY_p-jzA381RriLPi1tnjfLfO58ZMyKTvHkYyq_AOcAxxsAFepeC44T4p5RGo0GN9zhq100NFUL2yYnyGsfP1bilrwh72L4JUjV6cVntLGdvyMlH3WLbfFyOQVOWXK-hDK8eSDzFwr6JzY5cfRI7_BNhj2V5IoPiHD05YvfGavOVT0kOPsxiRyMRu8WTQ1WYohxXgXa1_9-8WaopFAVeOk9yHkJg4aDi3_N7b_JUYtmAb-rznUrGPNu1kpguQfoGxwAXClaLIe1w_4zBFBXrWJ-T7mYQgT9RG49rMvDLp1jA7PJca23EC1mLggTcCrlghaAsdoz2ICWR9Y8oVzhyI8m6DCKsElZM8AhEhO1CLxoMURec3EF87x1g-Dk4qVUsOz2DPrrR-HnHks2eqH2j2FxSO4fOhrEs6hMEnMWUy6u8cpno51xqdC186GLWx5WQD_GlIZ9KHzqJFLWnW5Ie7e_GYw6_EZifC2zw1vyspt2OryZwLkTYZMQx6D0fADvxwmCNiJRJ3xnBoqozjRbmXmmn200nxHVzmYS7i4GoMRph-HfIKywi-tYHDw1yvVCCOE_VCr_DmvS1n6bM2jmVjSV0RDW_PIBWuG53ADSt9FcbJI8dLv6xI0q38mArRfM-lxr2_YfgKUNjUfTa-KCmzhFYuCvjqxCF-p_jJDYm_8mBKWXXx5PsuyTavTdIZpdnHXx2lvHw1AGM__K2Et3ynHBoLdvDzrJhvNBVF32B_TebdEtfCAzF5l0ae9xEo5Urws1HMIFUt09-xI5mKrXVkPDq-M4D2B3UUpq_9T55ZY7luP7r65jaQctMb6FP8bs_csSc9z-_BpGHZSNGDB_RlFjH-Et9Z0cu7KVTLIyOBtLyBv2wKmeOwV--nBN5rNk4jTq_n4cByVBvpJVuFjAqpkyiFO0nDn3nxuxAiY-bq6ItJ77xs3qmDriFDt6ZeTrGSuOaDxpOLBV3IS13JhXMgZoeDElRkOysvTwoD38xG-YC0vce4G6ZSFKA1pQP3Riz8wyzFAYrhNFZB6pVIkmgHb3dDCZiXAu1Yn21QE51eI8XwqHwjHRfaPaVN4drepb649aIzwx5MD_5BJWxTJSQl_mLn48lDzxyehzIF4vA3MnbjzNeJy2dFrjcZmWCiAI94R4kApuqr0DP6mqWGH1LngCrdflvB0bntDvbctGhgxA2H7hX2QUXNa4fjTjPxLV88W0j32gAMh2_jI7BsgXA8fVOmNNL5Qfewp3W5B7Hm3LsZOxC7WfrfxVBTAnG5QudLOfVxIpNULwqZxaDM7rK9WnhIl4LwwLaccReg6qJXv-EMzO71M4rEwHnNWHLt03DGqmhlK0dEcaC4ft0G33AN6gn_0L6A2im-GRGkMer66HEQ20Ty6yMTzucsyOsuzxzIJa3IUAD2Sb-bRN29xVh_vzxIvMXYwClTfwlG0a81T0OterwrMGrFRpL5u2W39vMNBU8DSreOsWNs_TuazKOSnieF2JRwm_dDRX_g4g0D166LM_eEXq_5tCehODxAvnyeUKZDL7gmQ70B28-QigMUVZCU4ccJlD_VoF_npdmX4Xl_jkgyxu0pRMob2CHacF3tAh-LGQvPyboQHF9VuwjcoeyzIGJciWmX8AAMkoMtZSZoxAVjXLqiauqtalLuMdvqNvkX-Twsp2TBGEW19DCBMiAj05NtPpm7FhopiDBksGBwoiF4Cj-e6lxPVkeqnSs6sFojpToUIRnvu4aoYvCP_zNjDihHLQBG08AkbEUvbu26lYyNit2EYP5iBjhY5Mm-vasZSki_A943', '2026-11-29 20:10:25.686+00', '2026-11-29 20:10:25.629+00', null);

insert into status_lists (id, expires_at) values
('0', '2026-11-30 21:15:31.193+00');

insert into temporary_codes (account_id, code_digest, key_id, tries, created_at, expires_at, used_at) values
('89e2f0a7-6b4c-4e59-b83c-83def1dde496', E'\\x396db3b7576443e3643bc04e73f756184d2445cf5af36dee01c1eef1e901ec2f', 'test', '0', '2026-11-29 20:10:31.831+00', '2026-11-30 20:10:31.831+00', null);

insert into totp_authenticators (id, account_id, name, sealed_seed, sealed_by, last_step, created_at, confirmed_at, expires_at, last_used_at) values
('89268f4e-8e1c-4cdc-b0a5-a98d4e4a7428', '628f197c-e694-4952-bad7-a2bd096d5a75', null, 'v1.test.YdvppDS03jliMdsX4kC9Sr4pRjOPaAEIFp1-DbC1NF8Y-t84fvjcgTTQnCnazbHKVkt_7D-N9yplFIWJ', 'mfa', '59866100', '2026-11-29 20:10:26.602+00', '2026-11-29 20:10:26.602+00', null, '2026-11-29 20:10:27.874+00'),
('e3f4ec30-3097-4454-b8f4-fcfc8c4227dc', '89e2f0a7-6b4c-4e59-b83c-83def1dde496', null, 'v1.test.Jmk3xhFOGzSX59WHAFU1taUXhkveGRN7s_h4b7aOBPQCSOv0UQUPeb2QjwSvFX2vV7WWapwFGyeD-Uvq', 'mfa', '0', '2026-11-29 20:10:31.797+00', '2026-11-29 20:10:31.797+00', null, null);

insert into trusted_devices (account_id, id_hash, created_at, expires_at, user_agent, ip) values
('628f197c-e694-4952-bad7-a2bd096d5a75', E'\\xeefaa75b8cbc259399c73682b51e08736bcb91ac02fcecbe592db8e25e8a3ece', '2026-11-29 20:10:27.891+00', '2026-12-29 20:10:27.891+00', 'node', '127.0.0.1'),
('9c29b8be-7c2d-4630-8ed2-884a8922e971', E'\\xf5afe9077bb6d92873f9d73085a7d6001da0724ceb0a9564bcb0efbda1626221', '2026-11-29 20:10:29.731+00', '2026-12-29 20:10:29.731+00', 'node', '127.0.0.1');

insert into used_passkey_challenges (challenge_hash, expires_at) values
(E'\\x305ddc63f73cdfc4710ace55d1158fe0e1981a9c19cc11cef9ae73d461c114dc', '2026-11-29 20:40:28+00'),
(E'\\x7a1120ddb4fda74d00f1ca5326d974b879080e8bd71f1dc8dfa9a35ff7b6c382', '2026-11-29 20:40:29+00');

select setval('schema_migrations_id_seq', 25, true);

select setval('status_blocks', 0, true);

alter sequence schema_migrations_id_seq owned by schema_migrations.id;

alter table account_requests add constraint account_requests_pkey PRIMARY KEY (id);

alter table accounts add constraint accounts_email_key_unique UNIQUE (email_key);

alter table accounts add constraint accounts_pkey PRIMARY KEY (id);

alter table accounts add constraint accounts_status_check CHECK ((status = ANY (ARRAY['active'::text, 'disabled'::text])));

alter table audit_events add constraint audit_events_outcome_check CHECK ((outcome = ANY (ARRAY['success'::text, 'failure'::text])));

alter table audit_events add constraint audit_events_pkey PRIMARY KEY (id);

alter table clients add constraint clients_pkey PRIMARY KEY (id);

alter table consents add constraint consents_pkey PRIMARY KEY (account_id, client_id);

alter table factor_enrolments add constraint factor_enrolments_pkey PRIMARY KEY (account_id);

alter table failed_attempts add constraint failed_attempts_pkey PRIMARY KEY (account_id);

alter table known_devices add constraint known_devices_pkey PRIMARY KEY (account_id, id_hash);

alter table lockouts add constraint lockouts_pkey PRIMARY KEY (key_hash);

alter table logout_deliveries add constraint logout_deliveries_pkey PRIMARY KEY (id);

alter table logout_deliveries add constraint logout_deliveries_state_check CHECK ((state = ANY (ARRAY['waiting'::text, 'delivered'::text, 'given_up'::text])));

alter table mail_outbox add constraint mail_outbox_once_key_unique UNIQUE (once_key);

alter table mail_outbox add constraint mail_outbox_pkey PRIMARY KEY (id);

alter table mail_outbox add constraint mail_outbox_sealed_check CHECK ((((state <> 'waiting'::text) OR (sealed IS NOT NULL)) AND ((state <> 'sent'::text) OR (sealed IS NULL))));

alter table mail_outbox add constraint mail_outbox_state_check CHECK ((state = ANY (ARRAY['waiting'::text, 'sent'::text, 'dead'::text])));

alter table oidc_artifacts add constraint oidc_artifacts_pkey PRIMARY KEY (model, id_hash);

alter table one_time_links add constraint one_time_links_pkey PRIMARY KEY (id);

alter table one_time_links add constraint one_time_links_token_hash_unique UNIQUE (token_hash);

alter table passkeys add constraint passkeys_credential_id_unique UNIQUE (credential_id);

alter table passkeys add constraint passkeys_pkey PRIMARY KEY (id);

alter table password_failures add constraint password_failures_pkey PRIMARY KEY (account_id);

alter table password_hash_counts add constraint password_hash_counts_pkey PRIMARY KEY (id);

alter table password_history add constraint password_history_pkey PRIMARY KEY (id);

alter table password_stand_ins add constraint password_stand_ins_pkey PRIMARY KEY (id);

alter table rate_limits add constraint rate_limits_pkey PRIMARY KEY (key_hash);

alter table recovery_codes add constraint recovery_codes_pkey PRIMARY KEY (account_id, "position");

alter table resources add constraint resources_pkey PRIMARY KEY (identifier);

alter table resources add constraint resources_token_seconds_check CHECK (((token_seconds >= 30) AND (token_seconds <= 86400)));

alter table revoked_tokens add constraint revoked_tokens_pkey PRIMARY KEY (status_index);

alter table schema_migrations add constraint schema_migrations_pkey PRIMARY KEY (id);

alter table sealed_keys add constraint sealed_keys_pkey PRIMARY KEY (name);

alter table session_clients add constraint session_clients_pkey PRIMARY KEY (session_uid, client_id);

alter table sessions add constraint sessions_deadlines_check CHECK ((idle_expires_at <= absolute_expires_at));

alter table sessions add constraint sessions_end_check CHECK (((ended_at IS NULL) = (end_reason IS NULL)));

alter table sessions add constraint sessions_end_reason_check CHECK ((end_reason = ANY (ARRAY['idle'::text, 'absolute'::text, 'signed_out'::text, 'evicted'::text, 'ended_by_person'::text, 'ended_by_administrator'::text, 'password_changed'::text, 'factor_reset'::text, 'disabled'::text, 'deleted'::text, 'everywhere'::text])));

alter table sessions add constraint sessions_pkey PRIMARY KEY (uid);

alter table sign_in_attempts add constraint sign_in_attempts_pkey PRIMARY KEY (id_hash);

alter table signing_keys add constraint signing_keys_pkey PRIMARY KEY (kid);

alter table status_lists add constraint status_lists_pkey PRIMARY KEY (id);

alter table temporary_codes add constraint temporary_codes_pkey PRIMARY KEY (account_id);

alter table totp_authenticators add constraint totp_authenticators_confirmed_check CHECK (((confirmed_at IS NULL) = (expires_at IS NOT NULL)));

alter table totp_authenticators add constraint totp_authenticators_pkey PRIMARY KEY (id);

alter table totp_authenticators add constraint totp_authenticators_sealed_by_check CHECK ((sealed_by = ANY (ARRAY['mfa'::text, 'general'::text])));

alter table trusted_devices add constraint trusted_devices_pkey PRIMARY KEY (account_id, id_hash);

alter table used_passkey_challenges add constraint used_passkey_challenges_pkey PRIMARY KEY (challenge_hash);

alter table password_history add constraint password_history_account_id_foreign FOREIGN KEY (account_id) REFERENCES accounts(id) ON DELETE CASCADE;

CREATE INDEX account_requests_not_before_index ON public.account_requests USING btree (not_before);

CREATE INDEX audit_events_account_at_index ON public.audit_events USING btree (account, at);

CREATE INDEX audit_events_at_index ON public.audit_events USING btree (at);

CREATE INDEX failed_attempts_last_at_index ON public.failed_attempts USING btree (last_at);

CREATE INDEX known_devices_id_hash_index ON public.known_devices USING btree (id_hash);

CREATE INDEX lockouts_account_id_index ON public.lockouts USING btree (account_id);

CREATE INDEX lockouts_locked_until_index ON public.lockouts USING btree (locked_until);

CREATE INDEX lockouts_unnoticed_index ON public.lockouts USING btree (locked_at) WHERE ((announced_at IS NOT NULL) AND (lock_id IS DISTINCT FROM noticed_lock_id));

CREATE INDEX logout_deliveries_account_id_index ON public.logout_deliveries USING btree (account_id);

CREATE INDEX logout_deliveries_created_at_index ON public.logout_deliveries USING btree (created_at);

CREATE INDEX logout_deliveries_due_index ON public.logout_deliveries USING btree (client_id, next_attempt_at) WHERE (state = 'waiting'::text);

CREATE INDEX logout_deliveries_finished_at_index ON public.logout_deliveries USING btree (finished_at) WHERE (finished_at IS NOT NULL);

CREATE INDEX logout_deliveries_lease_index ON public.logout_deliveries USING btree (client_id) WHERE (lease IS NOT NULL);

CREATE INDEX logout_deliveries_next_index ON public.logout_deliveries USING btree (next_attempt_at) WHERE (state = 'waiting'::text);

CREATE INDEX mail_outbox_account_id_index ON public.mail_outbox USING btree (account_id);

CREATE INDEX mail_outbox_due_index ON public.mail_outbox USING btree (priority, next_attempt_at) WHERE (state = 'waiting'::text);

CREATE INDEX mail_outbox_finished_at_index ON public.mail_outbox USING btree (finished_at) WHERE (finished_at IS NOT NULL);

CREATE INDEX mail_outbox_next_index ON public.mail_outbox USING btree (next_attempt_at) WHERE (state = 'waiting'::text);

CREATE INDEX oidc_artifacts_account_id_index ON public.oidc_artifacts USING btree (account_id) WHERE (account_id IS NOT NULL);

CREATE INDEX oidc_artifacts_expires_at_index ON public.oidc_artifacts USING btree (expires_at);

CREATE INDEX oidc_artifacts_grant_id_index ON public.oidc_artifacts USING btree (grant_id) WHERE (grant_id IS NOT NULL);

CREATE INDEX oidc_artifacts_session_uid_index ON public.oidc_artifacts USING btree (session_uid) WHERE (session_uid IS NOT NULL);

CREATE INDEX oidc_artifacts_user_code_index ON public.oidc_artifacts USING btree (user_code) WHERE (user_code IS NOT NULL);

CREATE INDEX one_time_links_account_id_index ON public.one_time_links USING btree (account_id);

CREATE INDEX one_time_links_expires_at_index ON public.one_time_links USING btree (expires_at);

CREATE INDEX passkeys_account_id_index ON public.passkeys USING btree (account_id);

CREATE INDEX password_hash_counts_shape_index ON public.password_hash_counts USING btree (shape);

CREATE INDEX password_history_account_id_id_index ON public.password_history USING btree (account_id, id);

CREATE INDEX rate_limits_expires_at_index ON public.rate_limits USING btree (expires_at);

CREATE INDEX revoked_tokens_expires_at_index ON public.revoked_tokens USING btree (expires_at);

CREATE INDEX sessions_account_id_index ON public.sessions USING btree (account_id);

CREATE INDEX sessions_ended_at_index ON public.sessions USING btree (ended_at) WHERE (ended_at IS NOT NULL);

CREATE INDEX sessions_idle_expires_at_index ON public.sessions USING btree (idle_expires_at) WHERE (ended_at IS NULL);

CREATE INDEX sign_in_attempts_expires_at_index ON public.sign_in_attempts USING btree (expires_at);

CREATE INDEX temporary_codes_expires_at_index ON public.temporary_codes USING btree (expires_at);

CREATE INDEX totp_authenticators_account_id_index ON public.totp_authenticators USING btree (account_id);

CREATE INDEX totp_authenticators_expires_at_index ON public.totp_authenticators USING btree (expires_at);

CREATE INDEX trusted_devices_expires_at_index ON public.trusted_devices USING btree (expires_at);

CREATE INDEX used_passkey_challenges_expires_at_index ON public.used_passkey_challenges USING btree (expires_at);

CREATE TRIGGER account_requests_notify_change AFTER INSERT ON public.account_requests FOR EACH STATEMENT EXECUTE FUNCTION notify_change();

CREATE TRIGGER accounts_count_hash_replaced AFTER UPDATE OF password_hash ON public.accounts FOR EACH ROW WHEN ((old.password_hash IS DISTINCT FROM new.password_hash)) EXECUTE FUNCTION count_password_hash_replaced();

CREATE TRIGGER accounts_count_hashes_gone AFTER DELETE ON public.accounts REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION count_password_hashes_gone();

CREATE TRIGGER accounts_count_hashes_made AFTER INSERT ON public.accounts REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION count_password_hashes_made();

CREATE TRIGGER accounts_forget_hash_counts AFTER TRUNCATE ON public.accounts FOR EACH STATEMENT EXECUTE FUNCTION forget_password_hash_counts();

CREATE TRIGGER audit_events_append_only BEFORE DELETE OR UPDATE ON public.audit_events FOR EACH ROW EXECUTE FUNCTION refuse_audit_change();

CREATE TRIGGER audit_events_no_truncate BEFORE TRUNCATE ON public.audit_events FOR EACH STATEMENT EXECUTE FUNCTION refuse_audit_change();

CREATE TRIGGER clients_hold_changed BEFORE UPDATE ON public.clients FOR EACH ROW WHEN (((old.id <> new.id) OR (old.created_at <> new.created_at) OR ((old.metadata -> 'resource_scopes'::text) IS DISTINCT FROM (new.metadata -> 'resource_scopes'::text)))) EXECUTE FUNCTION hold_registration('id');

CREATE TRIGGER clients_hold_deleted BEFORE DELETE ON public.clients FOR EACH ROW EXECUTE FUNCTION hold_registration('id');

CREATE TRIGGER clients_notify_change AFTER INSERT OR DELETE OR UPDATE ON public.clients FOR EACH STATEMENT EXECUTE FUNCTION notify_change();

CREATE TRIGGER clients_withdraw_changed AFTER UPDATE ON public.clients FOR EACH ROW WHEN (((old.id <> new.id) OR (old.created_at <> new.created_at) OR ((old.metadata -> 'resource_scopes'::text) IS DISTINCT FROM (new.metadata -> 'resource_scopes'::text)))) EXECUTE FUNCTION withdraw_from_clients();

CREATE TRIGGER clients_withdraw_deleted AFTER DELETE ON public.clients FOR EACH ROW EXECUTE FUNCTION withdraw_from_clients();

CREATE TRIGGER logout_deliveries_notify_change AFTER INSERT ON public.logout_deliveries FOR EACH STATEMENT EXECUTE FUNCTION notify_change();

CREATE TRIGGER mail_outbox_notify_change AFTER INSERT ON public.mail_outbox FOR EACH STATEMENT EXECUTE FUNCTION notify_change();

CREATE TRIGGER oidc_artifacts_end_tokens_of_redemption AFTER DELETE ON public.oidc_artifacts FOR EACH ROW WHEN (((old.model = ANY (ARRAY['AuthorizationCode'::text, 'RefreshToken'::text])) AND (old.consumed_at IS NOT NULL) AND (old.expires_at > (now() - '01:00:00'::interval)))) EXECUTE FUNCTION end_tokens_of_redemption();

CREATE TRIGGER oidc_artifacts_note_revoked_token AFTER DELETE ON public.oidc_artifacts FOR EACH ROW WHEN (((old.model = 'JwtAccessToken'::text) AND (old.expires_at > (now() - '01:00:00'::interval)))) EXECUTE FUNCTION note_revoked_token();

CREATE TRIGGER resources_hold_changed BEFORE UPDATE ON public.resources FOR EACH ROW WHEN (((old.identifier <> new.identifier) OR (old.created_at <> new.created_at) OR (old.scopes <> new.scopes))) EXECUTE FUNCTION hold_registration('identifier');

CREATE TRIGGER resources_hold_deleted BEFORE DELETE ON public.resources FOR EACH ROW EXECUTE FUNCTION hold_registration('identifier');

CREATE TRIGGER resources_notify_change AFTER INSERT OR DELETE OR UPDATE ON public.resources FOR EACH STATEMENT EXECUTE FUNCTION notify_change();

CREATE TRIGGER resources_withdraw_changed AFTER UPDATE ON public.resources FOR EACH ROW WHEN (((old.identifier <> new.identifier) OR (old.created_at <> new.created_at) OR (old.scopes <> new.scopes))) EXECUTE FUNCTION withdraw_from_resources();

CREATE TRIGGER resources_withdraw_deleted AFTER DELETE ON public.resources FOR EACH ROW EXECUTE FUNCTION withdraw_from_resources();

CREATE TRIGGER signing_keys_notify_change AFTER INSERT OR DELETE OR UPDATE ON public.signing_keys FOR EACH STATEMENT EXECUTE FUNCTION notify_change();

grant delete, insert, select, update on table account_requests to gatehouse_server;

grant delete, insert, select, update on table accounts to gatehouse_server;

grant delete, insert, select, update on table clients to gatehouse_server;

grant delete, insert, select, update on table consents to gatehouse_server;

grant delete, insert, select, update on table factor_enrolments to gatehouse_server;

grant delete, insert, select, update on table failed_attempts to gatehouse_server;

grant delete, insert, select, update on table known_devices to gatehouse_server;

grant delete, insert, select, update on table lockouts to gatehouse_server;

grant delete, insert, select, update on table logout_deliveries to gatehouse_server;

grant delete, insert, select, update on table mail_outbox to gatehouse_server;

grant delete, insert, select, update on table oidc_artifacts to gatehouse_server;

grant delete, insert, select, update on table one_time_links to gatehouse_server;

grant delete, insert, select, update on table passkeys to gatehouse_server;

grant delete, insert, select, update on table password_failures to gatehouse_server;

grant delete, insert, select, update on table password_hash_counts to gatehouse_server;

grant delete, insert, select, update on table password_history to gatehouse_server;

grant delete, insert, select, update on table rate_limits to gatehouse_server;

grant delete, insert, select, update on table recovery_codes to gatehouse_server;

grant delete, insert, select, update on table resources to gatehouse_server;

grant delete, insert, select, update on table revoked_tokens to gatehouse_server;

grant delete, insert, select, update on table session_clients to gatehouse_server;

grant delete, insert, select, update on table sessions to gatehouse_server;

grant delete, insert, select, update on table sign_in_attempts to gatehouse_server;

grant delete, insert, select, update on table signing_keys to gatehouse_server;

grant delete, insert, select, update on table status_lists to gatehouse_server;

grant delete, insert, select, update on table temporary_codes to gatehouse_server;

grant delete, insert, select, update on table totp_authenticators to gatehouse_server;

grant delete, insert, select, update on table trusted_devices to gatehouse_server;

grant delete, insert, select, update on table used_passkey_challenges to gatehouse_server;

grant insert, select on table audit_events to gatehouse_server;

grant insert, select on table sealed_keys to gatehouse_server;

grant insert, select, update on table password_stand_ins to gatehouse_server;

grant select on table schema_migrations to gatehouse_server;

grant update (sealed) on table sealed_keys to gatehouse_server;

grant usage on schema public to gatehouse_server;

grant usage on sequence status_blocks to gatehouse_server;
