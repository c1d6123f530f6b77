import { Migration } from '@mikro-orm/migrations';

/** What clients have to be told of sessions that ended, and for a while what became of it. */
export class Migration20261123001700_logout_deliveries extends Migration {
  override up(): void {
    this.addSql(`
      create table logout_deliveries (
        id uuid primary key,
        client_id text not null,
        account_id uuid not null,
        session_uid text,
        sid text not null,
        uri text not null,
        state text not null,
        attempts integer not null,
        refusals integer not null,
        lease uuid,
        next_attempt_at timestamptz not null,
        problem text,
        created_at timestamptz not null,
        finished_at timestamptz,
        constraint logout_deliveries_state_check check (state in ('waiting', 'delivered', 'given_up'))
      )`);
    this.addSql('create index logout_deliveries_account_id_index on logout_deliveries (account_id)');
    this.addSql(
      `create index logout_deliveries_due_index on logout_deliveries (client_id, next_attempt_at) where state = 'waiting'`,
    );
    this.addSql(
      `create index logout_deliveries_next_index on logout_deliveries (next_attempt_at) where state = 'waiting'`,
    );
    this.addSql(
      'create index logout_deliveries_lease_index on logout_deliveries (client_id) where lease is not null',
    );
    this.addSql(
      'create index logout_deliveries_finished_at_index on logout_deliveries (finished_at) where finished_at is not null',
    );
    this.addSql('create index logout_deliveries_created_at_index on logout_deliveries (created_at)');
    this.addSql('grant select, insert, update, delete on logout_deliveries to gatehouse_server');
    // Wakes the deliverers of every node at the commit.
    this.addSql(`
      create trigger logout_deliveries_notify_change after insert on logout_deliveries
      for each statement execute function notify_change()`);
  }

  override down(): void {
    this.addSql('drop table logout_deliveries');
  }
}
