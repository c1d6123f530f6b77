import { Migration } from '@mikro-orm/migrations';

/**
 * How often everything that was proven for an account has been ended: what a sign-in has shown counts as long as this is
 * what it was then. A number rather than a time, because nodes have clocks of their own.
 */
export class Migration20261129000201_access_epoch extends Migration {
  override up(): void {
    this.addSql('alter table accounts add column access_epoch integer not null default 0');
  }

  override down(): void {
    this.addSql('alter table accounts drop column access_epoch');
  }
}
