import { randomUUID } from 'node:crypto';
import { expect } from 'chai';
import type { Database } from '../../../src/storage/database.ts';
import {
  commitWrites,
  currentUnit,
  runInUnit,
  UnitConflict,
  UnitOfWork,
  type Write,
} from '../../../src/storage/unit-of-work.ts';
import { codeOf, useDatabase } from './units.ts';

describe('a unit of work', () => {
  const opened = useDatabase();
  let database: Database;
  before(() => {
    ({ database } = opened);
  });

  const insert = (client: string): Write => ({
    sql: (parameter) => `insert into consents (account_id, client_id, granted, granted_at, updated_at)
      values (${parameter(randomUUID())}, ${parameter(client)}, '{}', now(), now())`,
  });
  const rename = (from: string, to: string): Write => ({
    otherwise: 'lost',
    sql: (parameter) => `update consents set client_id = ${parameter(to)}
      where client_id = ${parameter(from)} returning 1`,
  });
  const count = async (client: string) =>
    (await database.query('select 1 from consents where client_id = $1', [client])).length;

  it('commits everything together', async () => {
    const unit = new UnitOfWork(database);
    unit.add(insert('a'), insert('a'));
    expect(await count('a')).to.equal(0);
    await unit.commit();
    expect(await count('a')).to.equal(2);
  });

  it('writes once, however often it is committed', async () => {
    const unit = new UnitOfWork(database);
    unit.add(insert('once'));
    await unit.commit();
    await unit.commit();
    expect(await count('once')).to.equal(1);
  });

  it('writes nothing when one of its compare-and-sets lost, and says which', async () => {
    const unit = new UnitOfWork(database);
    unit.add(insert('b'), rename('not there', 'x'), insert('b'));
    const error = await unit.commit().catch((thrown: unknown) => thrown);
    expect(error).to.be.instanceOf(UnitConflict);
    expect(error).to.include({ code: 'lost', status: 409 });
    expect(await count('b')).to.equal(0);
  });

  it('tells a write how many rows it has returned, and tells nobody of what was rolled back', async () => {
    const told: string[] = [];
    const counted = (name: string) => (rows: number) => void told.push(`${name} ${rows}`);
    const returning = (write: Write): Write => ({
      ...write,
      sql: (parameter) => `${write.sql(parameter)} returning 1`,
    });
    await commitWrites(database, [
      insert('counted'),
      { ...returning(insert('counted')), name: 'second', counted: counted('second') },
      { sql: rename('not there', 'x').sql, counted: counted('none') },
    ]);
    expect(told).to.deep.equal(['second 1', 'none 0']);
    const lost = [{ ...returning(insert('counted')), counted: counted('lost') }, rename('not there', 'x')];
    expect(await codeOf(commitWrites(database, lost))).to.equal('lost');
    expect(told).to.have.length(2);
  });

  it('can be discarded after a conflict, and used for the answer that follows', async () => {
    const unit = new UnitOfWork(database);
    unit.add(insert('c'), rename('not there', 'x'));
    expect(await codeOf(unit.commit())).to.equal('lost');
    unit.discard();
    unit.add(insert('refusal'));
    await unit.commit();
    expect([await count('c'), await count('refusal')]).to.deep.equal([0, 1]);
  });

  it('of parallel units that want the same row lets one win', async () => {
    await commitWrites(database, [insert('contested')]);
    const results = await Promise.all(
      Array.from({ length: 20 }, (_, index) => {
        const unit = new UnitOfWork(database);
        unit.add(rename('contested', `winner-${index}`), insert('beside'));
        return codeOf(unit.commit());
      }),
    );
    expect(results.filter((result) => result === 'done')).to.have.length(1);
    expect(results.filter((result) => result === 'lost')).to.have.length(19);
    expect(await count('beside')).to.equal(1);
  });

  it('sees what was committed while it waited, where a write waits first', async () => {
    await commitWrites(database, [insert('held')]);
    const held = `select 1 from consents where client_id = 'held' for update`;
    const copy: Write = {
      sql: () => `
        insert into consents (account_id, client_id, granted, granted_at, updated_at)
        select gen_random_uuid(), 'copied', '{}', now(), now() from consents where client_id = 'late'`,
      first: (executor) => executor.query(held),
    };
    const unit = new UnitOfWork(database);
    unit.add(insert('beside the first'), copy);
    let done = Promise.resolve();
    await database.transaction(async (tx) => {
      await tx.query(held);
      done = unit.commit();
      await new Promise((resolve) => setTimeout(resolve, 100));
      await commitWrites(tx, [insert('late')]);
    });
    await done;
    expect([await count('copied'), await count('beside the first')]).to.deep.equal([1, 1]);
  });

  it('undoes everything when it has waited first, and then loses', async () => {
    const unit = new UnitOfWork(database);
    unit.add({ ...insert('e'), first: (executor) => commitWrites(executor, [insert('e')]) });
    unit.add(rename('not there', 'x'));
    const error = await unit.commit().catch((thrown: unknown) => thrown);
    expect(error).to.be.instanceOf(UnitConflict);
    expect(await count('e')).to.equal(0);
  });

  it('passes on what is no conflict, with nothing written', async () => {
    const unit = new UnitOfWork(database);
    unit.add(insert('d'), {
      sql: () => 'insert into consents (account_id) values (null)',
    });
    const error = await unit.commit().catch((thrown: unknown) => thrown);
    expect(error).to.be.instanceOf(Error).and.not.instanceOf(UnitConflict);
    expect(await count('d')).to.equal(0);
  });

  it('takes values as values', async () => {
    const hostile = `x'); drop table consents; --`;
    await commitWrites(database, [insert(hostile)]);
    expect(await count(hostile)).to.equal(1);
  });

  it('is known to what runs inside it, and to nothing beside', async () => {
    const [one, other] = [new UnitOfWork(database), new UnitOfWork(database)];
    const seen = await Promise.all(
      [one, other].map((unit) =>
        runInUnit(unit, async () => {
          await new Promise((resolve) => setImmediate(resolve));
          return currentUnit() === unit;
        }),
      ),
    );
    expect(seen).to.deep.equal([true, true]);
    expect(currentUnit()).to.equal(undefined);
  });
});
