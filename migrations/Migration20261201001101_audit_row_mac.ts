import { Migration } from '@mikro-orm/migrations';
import { sqlFunction } from './functions/load.ts';

/** The MAC of events that a statement makes by itself: HMAC-SHA-256 with the pads of the row's key (RFC 2104). */
export class Migration20261201001101_audit_row_mac extends Migration {
  override up(): void {
    this.addSql(sqlFunction('audit_row_mac', 1));
  }

  override down(): void {
    this.addSql('drop function audit_row_mac');
  }
}
