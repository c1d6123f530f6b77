import { Migration } from '@mikro-orm/migrations';
import { sqlFunction } from './functions/load.ts';

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

    this.addSql(sqlFunction('withdraw_from_resources', 1));
    this.addSql(sqlFunction('withdraw_from_clients', 1));
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
