import { randomUUID } from 'node:crypto';
import { expect } from 'chai';
import { systemClock } from '../../../src/kernel/clock.ts';
import { systemRandomness } from '../../../src/kernel/ids.ts';
import { PostgresAdapter } from '../../../src/oidc/adapter.ts';
import { createArtifactStore } from '../../../src/oidc/artifact-store.ts';
import {
  ALREADY_CONSUMED,
  NO_LONGER_THERE,
  SESSION_CHANGED,
} from '../../../src/oidc/artifact-write-store.ts';
import type { Database } from '../../../src/storage/database.ts';
import { openDatabase } from '../../../src/storage/orm.ts';
import {
  commitWrites,
  currentUnit,
  runInUnit,
  UnitConflict,
  UnitOfWork,
  type Write,
} from '../../../src/storage/unit-of-work.ts';
import { ENTITIES, MIGRATIONS_PATH } from '../../../src/wire.ts';
import { createTestDatabase, type TestDatabase } from '../../support/postgres.ts';

describe('a unit of work', () => {
  let files: TestDatabase;
  let database: Database;

  before(async () => {
    files = await createTestDatabase();
    database = await openDatabase({
      url: files.serverUrl,
      entities: ENTITIES,
      role: 'server',
      poolSize: 5,
      migrationsPath: MIGRATIONS_PATH,
    });
  });
  after(async () => {
    await database.close();
    await files.drop();
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
  const codeOf = (work: Promise<unknown>) =>
    work.then(
      () => 'done',
      (error: UnitConflict) => error.code,
    );

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

  describe('read before the database', () => {
    const adapter = (model: string) =>
      new PostgresAdapter(model, {
        database,
        artifacts: createArtifactStore(database, systemClock),
        findClient: async () => undefined,
        keyring: { current: 'a', keys: new Map([['a', Buffer.alloc(32, 7)]]) },
        clock: systemClock,
        random: systemRandomness,
        sessionRecords: {
          stored: () => [],
          outlivesHere: () => false,
          destroyed: () => [],
          touched: (_uid, deadlines) => ({ writes: [], deadlines }),
        },
      });
    const inUnit = async (work: () => Promise<void>) => {
      const unit = new UnitOfWork(database);
      await runInUnit(unit, work);
      return unit;
    };

    it('shows what it stored, replaced, consumed, destroyed and revoked; nobody else sees it before the commit', async () => {
      const [codes, sessions] = [adapter('AuthorizationCode'), adapter('Session')];
      await codes.upsert('destroyed', { turn: 1 }, 60);
      await codes.upsert('consumed', { turn: 1 }, 60);
      const unit = await inUnit(async () => {
        await codes.upsert('new', { turn: 1, grantId: 'g' }, 60);
        await codes.upsert('new', { turn: 2, grantId: 'g' }, 60);
        await codes.upsert('revoked', { turn: 1, grantId: 'dying' }, 60);
        await sessions.upsert('session', { uid: 'uid-1' }, 60);
        await codes.destroy('destroyed');
        await codes.revokeByGrantId('dying');
        expect(await codes.find('new')).to.deep.include({ turn: 2 });
        expect(await sessions.findByUid('uid-1')).to.deep.include({ uid: 'uid-1' });
        expect(await codes.find('destroyed')).to.equal(undefined);
        expect(await codes.find('revoked')).to.equal(undefined);
      });
      expect(await codes.find('new')).to.equal(undefined);
      expect(await codes.find('destroyed')).to.be.an('object');
      await unit.commit();
      expect(await codes.find('new')).to.deep.include({ turn: 2 });
      expect(await codes.find('destroyed')).to.equal(undefined);
      expect(await codes.find('revoked')).to.equal(undefined);
    });

    it('stores nothing when what it consumes was consumed meanwhile', async () => {
      const codes = adapter('AuthorizationCode');
      await codes.upsert('raced', { turn: 1 }, 60);
      const unit = await inUnit(async () => {
        expect(await codes.find('raced')).to.be.an('object');
        await codes.consume('raced');
        await adapter('AccessToken').upsert('token-of-the-loser', {}, 60);
      });
      await codes.consume('raced');
      expect(await codeOf(unit.commit())).to.equal(ALREADY_CONSUMED);
      expect(await adapter('AccessToken').find('token-of-the-loser')).to.equal(undefined);
    });

    it('does not bring back a session that was ended meanwhile, under its id or a new one', async () => {
      const sessions = adapter('Session');
      for (const renewed of [false, true]) {
        await sessions.upsert('ending', { uid: 'u' }, 60);
        const unit = await inUnit(async () => {
          await sessions.find('ending');
          if (renewed) await sessions.destroy('ending');
          await sessions.upsert(renewed ? 'renewed' : 'ending', { uid: 'u' }, 60);
        });
        await sessions.destroy('ending');
        expect(await codeOf(unit.commit())).to.equal(renewed ? SESSION_CHANGED : NO_LONGER_THERE);
        expect(await sessions.find('ending')).to.equal(undefined);
        expect(await sessions.find('renewed')).to.equal(undefined);
      }
    });

    it('forgets nothing that another request has given a client in the session meanwhile', async () => {
      const sessions = adapter('Session');
      const save = (id: string, authorizations: object) =>
        sessions.upsert(id, { uid: 'u', authorizations }, 60);
      const stored = async (id: string) => (await sessions.find(id))?.authorizations;
      const [old, other] = [{ known: { sid: '1' } }, { other: { sid: '2' } }];
      const cases = [
        { id: 'kept', mine: { ...old, mine: { sid: '3' } }, theirs: { ...old, ...other }, code: 'done' },
        { id: 'read', mine: { ...old, other: {} }, theirs: { ...old, ...other }, code: 'done' },
        {
          id: 'both',
          mine: { ...old, other: { sid: '3' } },
          theirs: { ...old, ...other },
          code: SESSION_CHANGED,
        },
        { id: 'ended', mine: { ...old, known: { sid: '3' } }, theirs: {}, code: SESSION_CHANGED },
        { id: 'renewed', mine: old, theirs: { ...old, ...other }, code: SESSION_CHANGED },
      ];
      for (const { id, mine, theirs, code } of cases) {
        await save(id, old);
        const unit = await inUnit(async () => {
          // The library changes what it has read in place.
          Object.assign((await sessions.find(id))?.authorizations as object, mine);
          if (id === 'renewed') await sessions.destroy(id);
          await save(id === 'renewed' ? 'new' : id, mine);
        });
        await save(id, theirs);
        expect(await codeOf(unit.commit()), id).to.equal(code);
        expect(await stored(id), id).to.deep.equal(code === 'done' ? { ...mine, ...theirs } : theirs);
      }
    });

    it('finishes an interaction once', async () => {
      const interactions = adapter('Interaction');
      await interactions.upsert('flow', { uid: 'flow' }, 60);
      const units = await Promise.all(
        [0, 1].map(() =>
          inUnit(async () => {
            await interactions.find('flow');
            await interactions.destroy('flow');
          }),
        ),
      );
      const results = await Promise.all(units.map((unit) => codeOf(unit.commit())));
      expect(results).to.have.members(['done', NO_LONGER_THERE]);
    });
  });
});
