import { Migration } from '@mikro-orm/migrations';

/**
 * Takes back what was issued in a session that ends to make room, as it is at the moment of the call: the statement that makes
 * room has waited for the person's turn, so that of a session that began meanwhile, and of its tokens, it knows nothing.
 * Beyond the session lasts what was granted for its person's absence, unless `offline`.
 */
export class Migration20261128000600_access_of_evicted extends Migration {
  override up(): void {
    this.addSql(`
      create function revoke_access_of_session(session text, offline boolean) returns void language plpgsql volatile as $$
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
      end $$`);
  }

  override down(): void {
    this.addSql('drop function revoke_access_of_session(text, boolean)');
  }
}
