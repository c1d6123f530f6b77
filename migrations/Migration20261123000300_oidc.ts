import { Migration } from '@mikro-orm/migrations';

/** What the protocol keeps: clients, resource servers, signing keys, artefacts (tokens, codes, sessions, grants, …). */
export class Migration20261123000300_oidc extends Migration {
  override up(): void {
    this.addSql(`
      create table oidc_artifacts (
        model text not null,
        id_hash bytea not null,
        payload jsonb not null,
        grant_id text,
        account_id text,
        client_id text,
        session_uid text,
        user_code text,
        consumed_at timestamptz,
        expires_at timestamptz,
        created_at timestamptz not null default now(),
        primary key (model, id_hash)
      )`);
    this.addSql(
      'create index oidc_artifacts_grant_id_index on oidc_artifacts (grant_id) where grant_id is not null',
    );
    // Not unique: a session that changes its id is inserted and deleted in one statement, in no fixed order.
    this.addSql(
      'create index oidc_artifacts_session_uid_index on oidc_artifacts (session_uid) where session_uid is not null',
    );
    this.addSql(
      'create index oidc_artifacts_account_id_index on oidc_artifacts (account_id) where account_id is not null',
    );
    this.addSql(
      'create index oidc_artifacts_user_code_index on oidc_artifacts (user_code) where user_code is not null',
    );
    this.addSql('create index oidc_artifacts_expires_at_index on oidc_artifacts (expires_at)');
    this.addSql('grant select, insert, update, delete on oidc_artifacts to gatehouse_server');

    this.addSql(`
      create table clients (
        id text primary key,
        metadata jsonb not null,
        secret_digest text,
        created_at timestamptz not null,
        updated_at timestamptz not null
      )`);
    this.addSql('grant select, insert, update, delete on clients to gatehouse_server');

    this.addSql(`
      create table resources (
        identifier text primary key,
        name text not null,
        scopes jsonb not null,
        token_algorithm text not null,
        token_seconds integer not null,
        created_at timestamptz not null,
        constraint resources_token_seconds_check check (token_seconds between 30 and 86400)
      )`);
    this.addSql('grant select, insert, update, delete on resources to gatehouse_server');

    this.addSql(`
      create table signing_keys (
        kid text primary key,
        algorithm text not null,
        public_jwk jsonb not null,
        sealed_private_jwk text not null,
        published_at timestamptz not null,
        activates_at timestamptz not null,
        retires_at timestamptz
      )`);
    this.addSql('grant select, insert, update, delete on signing_keys to gatehouse_server');

    this.addSql(`
      create table sign_in_attempts (
        id_hash bytea primary key,
        evidence jsonb not null,
        created_at timestamptz not null,
        expires_at timestamptz not null,
        completed_at timestamptz
      )`);
    this.addSql('create index sign_in_attempts_expires_at_index on sign_in_attempts (expires_at)');
    this.addSql('grant select, insert, update, delete on sign_in_attempts to gatehouse_server');

    this.addSql(`
      create table consents (
        account_id uuid not null,
        client_id text not null,
        granted jsonb not null,
        granted_at timestamptz not null,
        updated_at timestamptz not null,
        primary key (account_id, client_id)
      )`);
    this.addSql('grant select, insert, update, delete on consents to gatehouse_server');

    // Every node keeps these in memory and reads them again when told that they changed.
    this.addSql(`
      create function notify_change() returns trigger language plpgsql as $$
      begin
        perform pg_notify('gatehouse_changes', tg_table_name);
        return null;
      end $$`);
    for (const table of ['clients', 'resources', 'signing_keys']) {
      this.addSql(`
        create trigger ${table}_notify_change after insert or update or delete on ${table}
        for each statement execute function notify_change()`);
    }
  }

  override down(): void {
    for (const table of [
      'consents',
      'sign_in_attempts',
      'signing_keys',
      'resources',
      'clients',
      'oidc_artifacts',
    ]) {
      this.addSql(`drop table ${table}`);
    }
    this.addSql('drop function notify_change');
  }
}
