import { Migration } from '@mikro-orm/migrations';
import { sqlFunction } from './functions/load.ts';

/**
 * Weak password hashes are kept wrapped (`src/domain/passwords/wrapping.ts`): the shapes of wrapped hashes, what an import has
 * wrapped so far, and the signer keys of Firebase projects.
 */
export class Migration20261130000601_wrapped_hashes extends Migration {
  override up(): void {
    this.addSql(sqlFunction('password_hash_shape', 2));
    this.addSql(`
      create table staged_password_hashes (
        id text primary key,
        wrapped text not null,
        created_at timestamptz not null
      )`);
    this.addSql(
      'create index staged_password_hashes_created_at_index on staged_password_hashes (created_at)',
    );
    this.addSql('grant select, insert, delete on staged_password_hashes to gatehouse_server');
    this.addSql(`
      create table password_signer_keys (
        name text primary key,
        sealed text not null,
        created_at timestamptz not null
      )`);
    this.addSql('grant select, insert, update (sealed) on password_signer_keys to gatehouse_server');
  }

  override down(): void {
    this.addSql('drop table password_signer_keys');
    this.addSql('drop table staged_password_hashes');
    this.addSql('drop function password_hash_shape');
    this.addSql(sqlFunction('password_hash_shape', 1));
  }
}
