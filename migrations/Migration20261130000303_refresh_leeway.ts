import { Migration } from '@mikro-orm/migrations';

/**
 * What a refresh token knows of its line, where its client has a leeway (`refresh_token_leeway_seconds`): until when it may come again
 * and how often it has, which of its successors became the line, and whose successor it is itself.
 */
export class Migration20261130000303_refresh_leeway extends Migration {
  override up(): void {
    this.addSql('alter table oidc_artifacts add column predecessor bytea');
    this.addSql('alter table oidc_artifacts add column successor bytea');
    this.addSql('alter table oidc_artifacts add column replay_until timestamptz');
    this.addSql('alter table oidc_artifacts add column replays smallint');
  }

  override down(): void {
    // Those that are one of several: the version before would take all of them for lines of their own.
    this.addSql(`delete from oidc_artifacts where model = 'RefreshToken' and predecessor is not null`);
    for (const column of ['predecessor', 'successor', 'replay_until', 'replays'])
      this.addSql(`alter table oidc_artifacts drop column ${column}`);
  }
}
