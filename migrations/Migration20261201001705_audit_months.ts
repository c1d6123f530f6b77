import { Migration } from '@mikro-orm/migrations';
import { sqlFunction } from './functions/load.ts';

/**
 * The partitions of the months ahead, and the function that goes on making them for the server, whose role makes no tables. What a
 * month gets (indexes, checks, defaults, triggers) is what the trail has. Attaching stops nobody from writing.
 */
export class Migration20261201001705_audit_months extends Migration {
  override up(): void {
    this.addSql(sqlFunction('audit_month_table', 1));
    this.addSql('revoke execute on function audit_month_table(text) from public');
    this.addSql(sqlFunction('make_audit_months', 1));
    this.addSql('revoke execute on function make_audit_months() from public');
    this.addSql('grant execute on function make_audit_months() to gatehouse_server');
    // migration-lint allow unknown-statement: makes empty tables and attaches them, under locks that let everybody write
    this.addSql('select make_audit_months()');
  }

  override down(): void {
    // The months stay, because of what is in them, until the trail is one table again.
    this.addSql('drop function make_audit_months()');
    this.addSql('drop function audit_month_table(text)');
  }
}
