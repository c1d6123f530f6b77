import { Migration } from '@mikro-orm/migrations';

/**
 * The first characters of a recovery code, by which its row is found: shorter codes are hashed slowly, each with a salt of its own.
 * Null for the codes of earlier versions, which are long enough for a plain hash. Going back removes the shorter ones, which the
 * version before cannot verify.
 */
export class Migration20261130000702_short_recovery_codes extends Migration {
  override up(): void {
    this.addSql('alter table recovery_codes add column selector text');
  }

  override down(): void {
    this.addSql('delete from recovery_codes where selector is not null');
    this.addSql('alter table recovery_codes drop column selector');
  }
}
