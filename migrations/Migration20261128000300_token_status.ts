import { Migration } from '@mikro-orm/migrations';

/**
 * What tells services that a JWT access token was taken back. Whatever ends access deletes the record of such a token from
 * `oidc_artifacts`; a trigger notes its index as revoked in the same statement, so that no way to end access can forget it.
 */
export class Migration20261128000300_token_status extends Migration {
  override up(): void {
    this.addSql('create sequence status_blocks as bigint minvalue 0 start with 0');
    this.addSql('grant usage on sequence status_blocks to gatehouse_server');
    this.addSql(`
      create table status_lists (
        id integer primary key,
        expires_at timestamptz not null
      )`);
    this.addSql('grant select, insert, update, delete on status_lists to gatehouse_server');
    this.addSql(`
      create table revoked_tokens (
        status_index bigint primary key,
        expires_at timestamptz not null
      )`);
    this.addSql('create index revoked_tokens_expires_at_index on revoked_tokens (expires_at)');
    // Nobody updates one; PostgreSQL asks for the right of whoever locks rows, as the sweeper does.
    this.addSql('grant select, insert, update, delete on revoked_tokens to gatehouse_server');

    this.addSql(`
      create function note_revoked_token() returns trigger language plpgsql as $$
      begin
        insert into revoked_tokens (status_index, expires_at)
        values ((old.payload ->> 'statusIndex')::bigint, old.expires_at)
        on conflict do nothing;
        return null;
      end $$`);
    this.addSql(`
      create trigger oidc_artifacts_note_revoked_token after delete on oidc_artifacts for each row
      when (old.model = 'JwtAccessToken' and old.expires_at > now() - ${CLOCKS_APART})
      execute function note_revoked_token()`);

    // Whoever ends access waits for a code or a refresh token that is being redeemed, and its statement does not see what
    // was issued for it meanwhile. A function reads what was committed while it waited.
    this.addSql(`
      create function end_tokens_of_redemption() returns trigger language plpgsql as $$
      begin
        delete from oidc_artifacts
        where grant_id = old.grant_id and model = 'JwtAccessToken'
          and payload -> 'expiresWithSession' is not distinct from old.payload -> 'expiresWithSession';
        return null;
      end $$`);
    this.addSql(`
      create trigger oidc_artifacts_end_tokens_of_redemption after delete on oidc_artifacts for each row
      when (old.model in ('AuthorizationCode', 'RefreshToken') and old.consumed_at is not null
        and old.expires_at > now() - ${CLOCKS_APART})
      execute function end_tokens_of_redemption()`);
  }

  override down(): void {
    this.addSql('drop trigger oidc_artifacts_end_tokens_of_redemption on oidc_artifacts');
    this.addSql('drop function end_tokens_of_redemption');
    this.addSql('drop trigger oidc_artifacts_note_revoked_token on oidc_artifacts');
    this.addSql('drop function note_revoked_token');
    // Nobody else knows what they are.
    this.addSql(`delete from oidc_artifacts where model = 'JwtAccessToken'`);
    this.addSql('drop table revoked_tokens');
    this.addSql('drop table status_lists');
    this.addSql('drop sequence status_blocks');
  }
}

/** An expired token needs no mark, and is deleted a day later: in between lies what clocks may be apart. */
const CLOCKS_APART = `interval '1 hour'`;
