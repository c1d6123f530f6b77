import { Migration } from '@mikro-orm/migrations';
import { sqlFunction } from './functions/load.ts';

/**
 * What makes the audit trail evidence (`docs/audit.md`): who acted, typed; in which transaction and which cluster an event was
 * written, which is its place in the causal order; a MAC from writing to sealing; personal values beside the event, so that
 * they can be erased; and the Merkle tree with its checkpoints and keys.
 */
export class Migration20261201000101_audit_evidence extends Migration {
  override up(): void {
    this.addSql(sqlFunction('audit_cluster', 1));
    this.addSql(`
      alter table audit_events
        add column version smallint,
        add column actor_kind text,
        add column operator text,
        add column reason text,
        add column told_at timestamptz(6),
        add column xid xid8,
        add column cluster text,
        add column mac bytea`);
    // For new rows only: what is there has no transaction to tell of. A connection of the server knows its cluster, others look.
    this.addSql(`
      alter table audit_events
        alter column xid set default pg_current_xact_id(),
        alter column cluster set default coalesce(nullif(current_setting('gatehouse.cluster', true), ''), audit_cluster())`);

    this.addSql(`
      create table audit_personal (
        event uuid not null,
        path text not null,
        account text,
        salt bytea not null,
        value text not null,
        at timestamptz(6) not null default now(),
        primary key (event, path)
      )`);
    this.addSql('create index audit_personal_account_index on audit_personal (account)');

    this.addSql(`
      create table audit_leaves (
        index bigint primary key,
        event uuid not null,
        at timestamptz(6) not null,
        mac text not null,
        hash bytea not null,
        constraint audit_leaves_mac_check check (mac in ('valid', 'none', 'invalid'))
      )`);
    this.addSql('create unique index audit_leaves_event_index on audit_leaves (event)');
    this.addSql('create index audit_leaves_at_index on audit_leaves (at)');
    this.addSql(`
      create table audit_nodes (
        level smallint not null,
        index bigint not null,
        hash bytea not null,
        primary key (level, index)
      )`);
    this.addSql(`
      create table audit_keys (
        id text primary key,
        verifier text not null,
        sealed text not null,
        created_at timestamptz not null,
        retired_at timestamptz
      )`);
    this.addSql(`
      create table audit_checkpoints (
        id bigint generated always as identity primary key,
        size bigint not null,
        root bytea not null,
        key text not null,
        note text not null,
        at timestamptz not null
      )`);
    this.addSql('create index audit_checkpoints_size_index on audit_checkpoints (size)');
    this.addSql(`
      create table audit_sealing (
        id smallint primary key default 1,
        size bigint not null default 0,
        frontier jsonb not null default '[]',
        cluster text,
        xid xid8 not null default '0',
        event uuid not null default '00000000-0000-0000-0000-000000000000',
        before_done boolean not null default false,
        before_at timestamptz(6),
        before_event uuid,
        proven_from bigint,
        sealed_at timestamptz,
        constraint audit_sealing_id_check check (id = 1)
      )`);
    this.addSql('insert into audit_sealing (id) values (1)');

    for (const table of ['audit_leaves', 'audit_nodes', 'audit_checkpoints']) {
      this.addSql(`
        create trigger ${table}_append_only before update or delete on ${table}
        for each row execute function refuse_audit_change()`);
      this.addSql(`
        create trigger ${table}_no_truncate before truncate on ${table}
        for each statement execute function refuse_audit_change()`);
      this.addSql(`grant select, insert on ${table} to gatehouse_server`);
    }
    this.addSql('grant select, insert, delete on audit_personal to gatehouse_server');
    this.addSql('grant select, insert, update (sealed, retired_at) on audit_keys to gatehouse_server');
    this.addSql('grant select, update on audit_sealing to gatehouse_server');
  }

  override down(): void {
    for (const table of [
      'audit_sealing',
      'audit_checkpoints',
      'audit_keys',
      'audit_nodes',
      'audit_leaves',
      'audit_personal',
    ])
      this.addSql(`drop table ${table}`);
    this.addSql(`
      alter table audit_events
        drop column version, drop column actor_kind, drop column operator, drop column reason, drop column told_at,
        drop column xid, drop column cluster, drop column mac`);
    this.addSql('drop function audit_cluster');
  }
}
