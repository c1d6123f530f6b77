import { Migration } from '@mikro-orm/migrations';

/**
 * What a resource or a client takes along when it goes, or loses scopes, is found by an index. Without them each such change
 * reads every token, code and grant that is stored, and holds up meanwhile who wants a token for the resource.
 */
export class Migration20261129003001_withdrawal_indexes extends Migration {
  override isTransactional(): boolean {
    return false;
  }

  override up(): void {
    this.addSql(`set lock_timeout = '5s'`);
    this.addSql(`set statement_timeout = '2h'`);
    this.addSql('drop index concurrently if exists oidc_artifacts_resource_index');
    this.addSql(
      `create index concurrently oidc_artifacts_resource_index on oidc_artifacts ((payload ->> 'resource'))
       where model = 'JwtAccessToken'`,
    );
    this.addSql('drop index concurrently if exists oidc_artifacts_redeemable_resource_index');
    this.addSql(
      `create index concurrently oidc_artifacts_redeemable_resource_index on oidc_artifacts using gin ((payload -> 'resource'))
       where model in ('AuthorizationCode', 'RefreshToken') and consumed_at is null`,
    );
    this.addSql('drop index concurrently if exists oidc_artifacts_granted_resources_index');
    this.addSql(
      `create index concurrently oidc_artifacts_granted_resources_index on oidc_artifacts using gin ((payload -> 'resources'))
       where model = 'Grant'`,
    );
    this.addSql('drop index concurrently if exists oidc_artifacts_client_id_index');
    this.addSql(
      `create index concurrently oidc_artifacts_client_id_index on oidc_artifacts (client_id) where client_id is not null`,
    );
  }

  override down(): void {
    this.addSql(`set lock_timeout = '5s'`);
    this.addSql(`set statement_timeout = '2h'`);
    this.addSql('drop index concurrently if exists oidc_artifacts_client_id_index');
    this.addSql('drop index concurrently if exists oidc_artifacts_granted_resources_index');
    this.addSql('drop index concurrently if exists oidc_artifacts_redeemable_resource_index');
    this.addSql('drop index concurrently if exists oidc_artifacts_resource_index');
  }
}
