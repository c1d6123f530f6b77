import { Migration } from '@mikro-orm/migrations';

/** One act about many people: who has asked, and what has become of each. */
export class Migration20261202005004_bulk_jobs extends Migration {
  override up(): void {
    this.addSql(`
      create table bulk_jobs (
        id uuid primary key,
        act text not null,
        options jsonb not null,
        asker jsonb not null,
        asked_by text not null,
        people integer not null,
        state text not null,
        created_at timestamptz not null,
        finished_at timestamptz,
        constraint bulk_jobs_state_check check (state in ('running', 'done', 'cancelled'))
      )`);
    this.addSql(`create index bulk_jobs_running_index on bulk_jobs (created_at) where state = 'running'`);
    this.addSql('create index bulk_jobs_finished_at_index on bulk_jobs (finished_at)');
    this.addSql('create index bulk_jobs_asked_by_index on bulk_jobs (asked_by)');
    this.addSql(`
      create table bulk_rows (
        bulk uuid not null,
        place integer not null,
        account uuid not null,
        state text not null,
        code text,
        done_at timestamptz,
        primary key (bulk, place),
        constraint bulk_rows_bulk_foreign foreign key (bulk) references bulk_jobs (id) on delete cascade,
        constraint bulk_rows_state_check check (state in ('waiting', 'done', 'refused'))
      )`);
    this.addSql(`create index bulk_rows_waiting_index on bulk_rows (bulk, place) where state = 'waiting'`);
    this.addSql('create index bulk_rows_account_index on bulk_rows (account)');
    for (const table of ['bulk_jobs', 'bulk_rows'])
      this.addSql(`grant select, insert, update, delete on ${table} to gatehouse_server`);
  }

  override down(): void {
    this.addSql('drop table bulk_rows');
    this.addSql('drop table bulk_jobs');
  }
}
