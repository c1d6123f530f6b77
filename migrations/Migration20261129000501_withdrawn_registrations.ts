import { Migration } from '@mikro-orm/migrations';

/**
 * What was issued for a resource ends with it, and with each scope that it or a client loses. Triggers see to it, so that no way
 * to change a registration can forget it: tokens go, and with them their places on the status list are marked; grants, consents,
 * codes and refresh tokens lose what is gone, so that a resource that is registered anew under the same name begins with nothing.
 *
 * A token that is being issued at the same moment holds a shared lock of both registrations until it is stored
 * (`registration_holds`), and whoever changes one holds it alone: each sees what the other has done.
 */
export class Migration20261129000501_withdrawn_registrations extends Migration {
  override up(): void {
    this.addSql(`
      create function scope_names(scopes jsonb) returns text[] language sql immutable as $$
        select coalesce(array_agg(scope ->> 'name'), '{}') from jsonb_array_elements(scopes) as scope
      $$`);
    // The words of a scope that are not among those that are lost; null where that leaves nothing to use.
    this.addSql(`
      create function scope_without(scope text, lost text[]) returns text language sql immutable as $$
        select nullif(nullif(string_agg(word, ' ' order by place), ''), 'offline_access')
        from unnest(string_to_array(scope, ' ')) with ordinality as words (word, place)
        where word <> all (lost)
      $$`);
    this.addSql(`
      create function registration_lock(kind text, id text) returns bigint language sql immutable as $$
        select hashtextextended('gatehouse-registration ' || kind || ' ' || id, 0)
      $$`);
    // Volatile: after the locks it reads what is there then, whatever the statement that calls it sees.
    this.addSql(`
      create function registration_holds(
        client text, client_since timestamptz, resource text, resource_since timestamptz, wanted text[])
      returns boolean language plpgsql volatile as $$
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
      end $$`);
    this.addSql(`
      create function hold_registration() returns trigger language plpgsql as $$
      begin
        perform pg_advisory_xact_lock(registration_lock(tg_table_name, to_jsonb(old) ->> tg_argv[0]));
        if tg_op = 'DELETE' then return old; end if;
        return new;
      end $$`);

    this.addSql(WITHDRAW_RESOURCE);
    this.addSql(WITHDRAW_CLIENT);
    const changed = {
      resources: `old.identifier <> new.identifier or old.created_at <> new.created_at or old.scopes <> new.scopes`,
      clients: `old.id <> new.id or old.created_at <> new.created_at
        or old.metadata -> 'resource_scopes' is distinct from new.metadata -> 'resource_scopes'`,
    };
    for (const [table, key] of Object.entries(KEYS)) {
      const when = changed[table as keyof typeof changed];
      const each = [
        ['hold', 'before', `hold_registration('${key}')`],
        ['withdraw', 'after', `withdraw_from_${table}()`],
      ] as const;
      for (const [name, time, call] of each) {
        this.addSql(`
          create trigger ${table}_${name}_deleted ${time} delete on ${table} for each row execute function ${call}`);
        this.addSql(`
          create trigger ${table}_${name}_changed ${time} update on ${table} for each row when (${when})
          execute function ${call}`);
      }
    }
  }

  override down(): void {
    for (const table of Object.keys(KEYS)) {
      for (const name of ['hold_deleted', 'hold_changed', 'withdraw_deleted', 'withdraw_changed']) {
        this.addSql(`drop trigger ${table}_${name} on ${table}`);
      }
      this.addSql(`drop function withdraw_from_${table}`);
    }
    this.addSql('drop function hold_registration');
    this.addSql('drop function registration_holds');
    this.addSql('drop function registration_lock');
    this.addSql('drop function scope_without');
    this.addSql('drop function scope_names');
  }
}

const KEYS = { resources: 'identifier', clients: 'id' };

/** Scopes about people: no resource takes them along, though one may have a scope of the same name. */
const ABOUT_PEOPLE = `'{openid,profile,email,roles,offline_access}'::text[]`;

/** Codes and refresh tokens that can still be used. */
const HELD = `model in ('AuthorizationCode', 'RefreshToken') and consumed_at is null`;

/**
 * Of a token that was issued before its record named resource and scope nobody knows what it is for: it ends with the first
 * change. The others end where they have what is gone.
 */
const WITHDRAW_RESOURCE = `
  create function withdraw_from_resources() returns trigger language plpgsql as $$
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
      where ${HELD} and payload -> 'resource' ? old.identifier for update
    loop
      others := array(
        select name from jsonb_array_elements_text(case jsonb_typeof(held.payload -> 'resource')
          when 'array' then held.payload -> 'resource' else jsonb_build_array(held.payload -> 'resource') end) as name
        where name <> old.identifier);
      remaining := scope_without(held.payload ->> 'scope', array(
        select unnest(gone) except select unnest(${ABOUT_PEOPLE})
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
  end $$`;

/** A client that is gone takes everything along; one that may ask for less, what it may not ask for any more. */
const WITHDRAW_CLIENT = `
  create function withdraw_from_clients() returns trigger language plpgsql as $$
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
      where ${HELD} and client_id = old.id and payload ? 'resource' for update
    loop
      remaining := scope_without(held.payload ->> 'scope', array(
        select unnest(string_to_array(held.payload ->> 'scope', ' '))
        except select unnest(kept) except select unnest(${ABOUT_PEOPLE})));
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
  end $$`;
