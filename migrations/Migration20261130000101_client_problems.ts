import { Migration } from '@mikro-orm/migrations';

/**
 * The last refusals of a client are found by an index. It holds refusals of registered clients only, and of these only the ones
 * that somebody has to do something about: what a busy application is given all day is not in it.
 */
export class Migration20261130000101_client_problems extends Migration {
  override isTransactional(): boolean {
    return false;
  }

  override up(): void {
    this.addSql(`set lock_timeout = '5s'`);
    this.addSql(`set statement_timeout = '2h'`);
    this.addSql('drop index concurrently if exists audit_events_client_problems_index');
    this.addSql(
      `create index concurrently audit_events_client_problems_index on audit_events (client, at)
       where outcome = 'failure' and client is not null and (type = 'token.reuse_detected' or details ->> 'change' is not null)`,
    );
  }

  override down(): void {
    this.addSql(`set lock_timeout = '5s'`);
    this.addSql(`set statement_timeout = '2h'`);
    this.addSql('drop index concurrently if exists audit_events_client_problems_index');
  }
}
