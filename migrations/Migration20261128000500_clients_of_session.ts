import { Migration } from '@mikro-orm/migrations';

/**
 * The clients of a session as they are at the moment of the call. Of sessions that a statement has waited for, its own
 * snapshot is too old: they, or a client's first use of one, may have been committed since. A volatile function reads anew.
 */
export class Migration20261128000500_clients_of_session extends Migration {
  override up(): void {
    this.addSql(`
      create function clients_of_session(session text)
      returns table (client_id text, sid text) language sql volatile as $$
        select client.client_id, client.sid from session_clients client where client.session_uid = session
      $$`);
  }

  override down(): void {
    this.addSql('drop function clients_of_session(text)');
  }
}
