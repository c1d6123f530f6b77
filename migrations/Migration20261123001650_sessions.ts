import { Migration } from '@mikro-orm/migrations';

/**
 * The record of each session beside what the protocol keeps of it: it decides whether the session lasts. Sessions that are
 * open get one, with the default time without use from now on.
 */
export class Migration20261123001650_sessions extends Migration {
  override up(): void {
    this.addSql(`
      create table sessions (
        uid text primary key,
        account_id text not null,
        created_at timestamptz not null,
        last_active_at timestamptz not null,
        signed_in_at timestamptz not null,
        idle_seconds integer not null,
        absolute_seconds integer not null,
        idle_expires_at timestamptz not null,
        absolute_expires_at timestamptz not null,
        ip text,
        user_agent text,
        acr text,
        ended_at timestamptz,
        end_reason text,
        constraint sessions_end_reason_check check (end_reason in ('idle', 'absolute', 'signed_out', 'evicted',
          'ended_by_person', 'ended_by_administrator', 'password_changed', 'factor_reset', 'disabled', 'deleted',
          'everywhere')),
        constraint sessions_end_check check ((ended_at is null) = (end_reason is null)),
        constraint sessions_deadlines_check check (idle_expires_at <= absolute_expires_at)
      )`);
    this.addSql('create index sessions_account_id_index on sessions (account_id)');
    this.addSql(
      'create index sessions_idle_expires_at_index on sessions (idle_expires_at) where ended_at is null',
    );
    this.addSql('create index sessions_ended_at_index on sessions (ended_at) where ended_at is not null');

    this.addSql(`
      create table session_clients (
        session_uid text not null,
        client_id text not null,
        sid text not null,
        first_used_at timestamptz not null,
        primary key (session_uid, client_id)
      )`);

    this.addSql(`
      insert into sessions (uid, account_id, created_at, last_active_at, signed_in_at, idle_seconds, absolute_seconds,
        idle_expires_at, absolute_expires_at, acr)
      select distinct on (session_uid) session_uid, account_id, created_at, now(), signed_in_at,
        ${DEFAULT_IDLE_SECONDS}, greatest(1, extract(epoch from expires_at - signed_in_at))::integer, least(now() + interval '${DEFAULT_IDLE_SECONDS} seconds', expires_at), expires_at, payload ->> 'acr'
      from oidc_artifacts,
        to_timestamp(coalesce((payload ->> 'loginTs')::bigint, extract(epoch from created_at))) as signed_in_at
      where model = 'Session' and session_uid is not null and account_id is not null and expires_at > now()
      order by session_uid, created_at`);
    this.addSql(`
      insert into session_clients (session_uid, client_id, sid, first_used_at)
      select distinct on (session_uid, client.key) session_uid, client.key, client.value ->> 'sid', created_at
      from oidc_artifacts, jsonb_each(coalesce(payload -> 'authorizations', '{}')) as client
      where model = 'Session' and session_uid is not null and account_id is not null and expires_at > now()
        and client.value ->> 'sid' is not null
      order by session_uid, client.key, created_at desc`);

    for (const table of TABLES) {
      this.addSql(`grant select, insert, update, delete on ${table} to gatehouse_server`);
    }
  }

  override down(): void {
    for (const table of TABLES.toReversed()) this.addSql(`drop table ${table}`);
  }
}

const TABLES = ['sessions', 'session_clients'];

const DEFAULT_IDLE_SECONDS = 1_200;
