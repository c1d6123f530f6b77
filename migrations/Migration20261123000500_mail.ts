import { Migration } from '@mikro-orm/migrations';

/** The outbox: mails that wait, and for a while what became of those that do not. */
export class Migration20261123000500_mail extends Migration {
  override up(): void {
    this.addSql(`
      create table mail_outbox (
        id uuid primary key,
        kind text not null,
        account_id uuid,
        once_key text,
        priority smallint not null,
        sealed text,
        state text not null,
        attempts integer not null,
        lease uuid,
        next_attempt_at timestamptz not null,
        useless_after timestamptz,
        problem text,
        created_at timestamptz not null,
        finished_at timestamptz,
        constraint mail_outbox_once_key_unique unique (once_key),
        constraint mail_outbox_state_check check (state in ('waiting', 'sent', 'dead')),
        constraint mail_outbox_sealed_check
          check ((state <> 'waiting' or sealed is not null) and (state <> 'sent' or sealed is null))
      )`);
    this.addSql('create index mail_outbox_account_id_index on mail_outbox (account_id)');
    this.addSql(
      `create index mail_outbox_due_index on mail_outbox (priority, next_attempt_at) where state = 'waiting'`,
    );
    this.addSql(
      `create index mail_outbox_next_index on mail_outbox (next_attempt_at) where state = 'waiting'`,
    );
    this.addSql(
      'create index mail_outbox_finished_at_index on mail_outbox (finished_at) where finished_at is not null',
    );
    this.addSql('grant select, insert, update, delete on mail_outbox to gatehouse_server');
    // Wakes the senders of every node at the commit.
    this.addSql(`
      create trigger mail_outbox_notify_change after insert on mail_outbox
      for each statement execute function notify_change()`);
  }

  override down(): void {
    this.addSql('drop table mail_outbox');
  }
}
