import { Migration } from '@mikro-orm/migrations';

/** Dangerous acts that wait for a second person. */
export class Migration20261202009001_approvals extends Migration {
  override up(): void {
    this.addSql(`
      create table approvals (
        id uuid primary key,
        act text not null,
        asker_kind text not null,
        asker text not null,
        asker_command text,
        reason text not null,
        input text,
        account uuid,
        client text,
        target_version text,
        requested_at timestamptz not null,
        expires_at timestamptz not null,
        state text not null,
        decided_by uuid,
        decided_at timestamptz,
        result text,
        constraint approvals_asker_kind_check check (asker_kind in ('person', 'client', 'command')),
        constraint approvals_state_check check (state in ('waiting', 'done', 'declined', 'withdrawn', 'expired'))
      )`);
    this.addSql(`create index approvals_requested_index on approvals (requested_at, id)`);
    this.addSql(`create index approvals_waiting_index on approvals (expires_at) where state = 'waiting'`);
    this.addSql('grant select, insert, update, delete on approvals to gatehouse_server');
  }

  override down(): void {
    this.addSql('drop table approvals');
  }
}
