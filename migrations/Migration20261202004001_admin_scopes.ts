import { Migration } from '@mikro-orm/migrations';
import { sqlFunction } from './functions/load.ts';

/**
 * The administration API is a resource that has no row: what a client may have of it is said by its `admin_scopes`. Whoever issues a
 * token for it holds the client alone, and what a client loses of them ends as what it loses of `resource_scopes` does.
 */
export class Migration20261202004001_admin_scopes extends Migration {
  override up(): void {
    this.addSql(sqlFunction('registration_holds', 2));
    this.addSql(sqlFunction('withdraw_from_clients', 3));
    this.#triggers(['resource_scopes', 'admin_scopes']);
  }

  override down(): void {
    this.#triggers(['resource_scopes']);
    this.addSql(sqlFunction('withdraw_from_clients', 2));
    this.addSql(sqlFunction('registration_holds', 1));
  }

  /** Those of changes of a client: they go off where one of these members is another one. */
  #triggers(members: readonly string[]): void {
    const changed = members.map(
      (member) => `old.metadata -> '${member}' is distinct from new.metadata -> '${member}'`,
    );
    const when = `old.id <> new.id or old.created_at <> new.created_at or ${changed.join(' or ')}`;
    this.addSql(`
      create or replace trigger clients_hold_changed before update on clients for each row when (${when})
      execute function hold_registration('id')`);
    this.addSql(`
      create or replace trigger clients_withdraw_changed after update on clients for each row when (${when})
      execute function withdraw_from_clients()`);
  }
}
