import { Migration } from '@mikro-orm/migrations';

/**
 * The time up to which the table of before keeps events: the first of a month (UTC), more than two months from now and behind every
 * event. As a check it proves, once validated, that the whole table fits into one partition, which then is attached unread.
 */
export class Migration20261201001702_audit_cutoff extends Migration {
  override up(): void {
    // migration-lint allow hidden-statements: one constraint, not valid, with a time that only the database knows; max(at) is read from its index
    this.addSql(`
      do $$
      declare
        cutoff timestamptz := (
          date_trunc('month', greatest(
            now() at time zone 'UTC' + interval '3 months',
            (select max(at) from audit_events) at time zone 'UTC' + interval '1 month')))
          at time zone 'UTC';
      begin
        execute format(
          'alter table audit_events add constraint audit_events_before_check check (at < %L::timestamptz) not valid', cutoff);
      end $$`);
  }

  override down(): void {
    // The swap of the tables, which comes later, has removed it already.
    this.addSql('alter table audit_events drop constraint if exists audit_events_before_check');
  }
}
