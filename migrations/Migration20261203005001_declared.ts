import { Migration } from '@mikro-orm/migrations';

/** Configuration that was declared: the documents, and which objects belong to each. */
export class Migration20261203005001_declared extends Migration {
  override up(): void {
    this.addSql(`
      create table declared_documents (
        owner text primary key,
        document jsonb,
        applied_at timestamptz,
        plan text not null,
        steps jsonb not null,
        is_done boolean not null,
        waits jsonb,
        begun_at timestamptz not null,
        checked_at timestamptz,
        finding text,
        drifted integer not null
      )`);
    this.addSql(`
      create table declared_objects (
        kind text not null,
        object text not null,
        owner text not null,
        key text not null,
        secret text,
        declared_at timestamptz not null,
        primary key (kind, object),
        constraint declared_objects_owner_foreign foreign key (owner) references declared_documents (owner),
        constraint declared_objects_key_unique unique (owner, kind, key)
      )`);
    for (const table of ['declared_documents', 'declared_objects'])
      this.addSql(`grant select, insert, update, delete on ${table} to gatehouse_server`);
  }

  override down(): void {
    this.addSql('drop table declared_objects');
    this.addSql('drop table declared_documents');
  }
}
