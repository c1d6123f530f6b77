import { Migration } from '@mikro-orm/migrations';

/**
 * What is left to do after a group gives some roles no more, or is deleted: its members are gone through one after the other, and
 * `last` is who was the last one.
 */
export class Migration20261203002002_group_endings extends Migration {
  override up(): void {
    this.addSql(`
      create table group_endings (
        id uuid primary key,
        group_id uuid not null,
        roles text[] not null,
        members integer not null,
        done integer not null default 0,
        last uuid,
        created_at timestamptz not null,
        finished_at timestamptz,
        constraint group_endings_group_id_foreign foreign key (group_id) references groups (id) on delete cascade
      )`);
    this.addSql('create index group_endings_group_id_index on group_endings (group_id)');
    this.addSql(
      'create index group_endings_left_index on group_endings (created_at, id) where finished_at is null',
    );
    this.addSql(
      'create index group_endings_finished_at_index on group_endings (finished_at) where finished_at is not null',
    );
    this.addSql('grant select, insert, update, delete on group_endings to gatehouse_server');
  }

  override down(): void {
    this.addSql('drop table group_endings');
  }
}
