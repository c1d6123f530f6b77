import { Migration } from '@mikro-orm/migrations';

/**
 * Which accounts got their factor by a temporary code: where the link of a notice removes it again, the next one takes a code,
 * too. Where there has been none since the reset, `code_needed` says so.
 */
export class Migration20261129000203_factors_by_code extends Migration {
  override up(): void {
    this.addSql('alter table factor_enrolments add column by_code boolean not null default false');
  }

  override down(): void {
    this.addSql('alter table factor_enrolments drop column by_code');
  }
}
