import { Migration } from '@mikro-orm/migrations';
import { sqlFunction } from './functions/load.ts';

/**
 * `groups` is a scope about people, as `roles` is: no resource takes it along, nor does a client with what it may ask for of
 * resources. Without this, codes and refresh tokens lost it with every change of a client's `resource_scopes`.
 */
export class Migration20261130000902_groups_about_people extends Migration {
  override up(): void {
    this.addSql(sqlFunction('withdraw_from_resources', 2));
    this.addSql(sqlFunction('withdraw_from_clients', 2));
  }

  override down(): void {
    // In place: triggers hang on them.
    for (const before of [sqlFunction('withdraw_from_resources', 1), sqlFunction('withdraw_from_clients', 1)])
      this.addSql(before.replace('create function', 'create or replace function'));
  }
}
