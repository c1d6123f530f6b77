import { Migration } from '@mikro-orm/migrations';
import { sqlFunction } from './functions/load.ts';

/**
 * How many accounts have which kind of password hash, so that an unknown address costs what an account would. The shape of a
 * hash is all of it but the salt and the digest, of which it tells the lengths; what has no shape is no hash that is ever
 * verified. Changes are added, not applied to a total: whoever changes a password waits for nobody, and reading stays cheap
 * however many accounts there are. The server folds them together from time to time.
 */
export class Migration20261129000402_password_stand_ins extends Migration {
  override up(): void {
    this.addSql(sqlFunction('password_hash_shape', 1));

    this.addSql(`
      create table password_hash_counts (
        id uuid primary key default gen_random_uuid(),
        shape text not null,
        accounts bigint not null
      )`);
    this.addSql('create index password_hash_counts_shape_index on password_hash_counts (shape)');
    this.addSql('grant select, insert, update, delete on password_hash_counts to gatehouse_server');

    // Whoever deals out stand-ins is told of every change, and apart from that of a shape that nobody had: it is urgent.
    this.addSql(`
      create function add_password_hashes(shapes text[], numbers bigint[]) returns void language plpgsql as $$
      begin
        if exists (
          select from unnest(shapes) as made(shape)
          where not exists (select from password_hash_counts c where c.shape = made.shape)
        ) then
          perform pg_notify('gatehouse_changes', 'password_hash_shapes');
        end if;
        insert into password_hash_counts (shape, accounts) select * from unnest(shapes, numbers);
        perform pg_notify('gatehouse_changes', 'password_hash_counts');
      end $$`);
    for (const [name, sign] of [
      ['made', ''],
      ['gone', '-'],
    ]) {
      this.addSql(`
        create function count_password_hashes_${name}() returns trigger language plpgsql as $$
        declare
          shapes text[];
          numbers bigint[];
        begin
          select array_agg(shape), array_agg(number) into shapes, numbers from (
            select password_hash_shape(password_hash) as shape, ${sign}count(*) as number from changed group by 1
          ) as counted where shape is not null;
          if shapes is not null then perform add_password_hashes(shapes, numbers); end if;
          return null;
        end $$`);
    }
    this.addSql(`
      create function count_password_hash_replaced() returns trigger language plpgsql as $$
      declare
        before text := password_hash_shape(old.password_hash);
        after text := password_hash_shape(new.password_hash);
      begin
        if before is distinct from after then
          perform add_password_hashes(array_agg(shape), array_agg(number))
          from (values (before, -1::bigint), (after, 1::bigint)) as counted(shape, number) where shape is not null;
        end if;
        return null;
      end $$`);
    this.addSql(`
      create function forget_password_hash_counts() returns trigger language plpgsql as $$
      begin
        delete from password_hash_counts;
        return null;
      end $$`);
    this.addSql(`
      create trigger accounts_count_hashes_made after insert on accounts
      referencing new table as changed for each statement execute function count_password_hashes_made()`);
    this.addSql(`
      create trigger accounts_count_hashes_gone after delete on accounts
      referencing old table as changed for each statement execute function count_password_hashes_gone()`);
    this.addSql(`
      create trigger accounts_count_hash_replaced after update of password_hash on accounts for each row
      when (old.password_hash is distinct from new.password_hash) execute function count_password_hash_replaced()`);
    this.addSql(`
      create trigger accounts_forget_hash_counts after truncate on accounts
      for each statement execute function forget_password_hash_counts()`);
    // The triggers hold writers off until this is committed: nothing is missed and nothing is counted twice.
    this.addSql(`
      insert into password_hash_counts (shape, accounts)
      select password_hash_shape(password_hash), count(*) from accounts
      where password_hash_shape(password_hash) is not null group by 1`);

    this.addSql(`
      create table password_stand_ins (
        id smallint primary key,
        version integer not null,
        shapes text[] not null,
        slots bytea not null,
        updated_at timestamptz not null
      )`);
    this.addSql('grant select, insert, update on password_stand_ins to gatehouse_server');
  }

  override down(): void {
    this.addSql('drop table password_stand_ins');
    for (const name of [
      'forget_hash_counts',
      'count_hash_replaced',
      'count_hashes_gone',
      'count_hashes_made',
    ]) {
      this.addSql(`drop trigger accounts_${name} on accounts`);
    }
    this.addSql('drop function forget_password_hash_counts');
    this.addSql('drop function count_password_hash_replaced');
    this.addSql('drop function count_password_hashes_gone');
    this.addSql('drop function count_password_hashes_made');
    this.addSql('drop function add_password_hashes');
    this.addSql('drop table password_hash_counts');
    this.addSql('drop function password_hash_shape');
  }
}
