import { expect } from 'chai';
import { type AuditHolds, createAuditHolds } from '../../../src/domain/audit/retention/holds-store.ts';
import { createErasePersonal } from '../../../src/jobs/erase-personal.ts';
import type { Database } from '../../../src/storage/database.ts';
import { openDatabase } from '../../../src/storage/orm.ts';
import { ENTITIES, MIGRATIONS_PATH } from '../../../src/wire.ts';
import { asFixture } from '../../support/evidence/fixture.ts';
import { createTestDatabase, type TestDatabase } from '../../support/postgres.ts';

const NOW = new Date();

describe('holds on the audit trail', () => {
  let test: TestDatabase;
  let database: Database;
  let holds: AuditHolds;

  beforeEach(async () => {
    test = await createTestDatabase();
    // As the server, whose rights have to do.
    database = await openDatabase({
      url: test.serverUrl,
      entities: ENTITIES,
      role: 'server',
      poolSize: 6,
      migrationsPath: MIGRATIONS_PATH,
    });
    holds = createAuditHolds();
    for (const account of ['amara', 'bo', 'kim'])
      await database.query(
        `insert into audit_personal (event, path, account, salt, value)
         select gen_random_uuid(), '/email', $1, '\\x00', n::text from generate_series(1, 2) as n`,
        [account],
      );
  });
  afterEach(async () => {
    await database.close();
    await test.drop();
  });

  const values = async () =>
    (
      await database.query<{ account: string }>(
        'select account from audit_personal group by account order by account',
      )
    ).map(({ account }) => account);
  const erase = (account: string, identifiers: string[] = []) =>
    database.transaction((tx) => holds.erase(tx, account, identifiers));
  const place = (account?: string) =>
    asFixture(database, (tx) => holds.place(tx, { account, reason: 'court order 7' }, NOW));
  const lift = (id: number) => asFixture(database, (tx) => holds.lift(tx, id, NOW));
  const round = () => createErasePersonal({ database, auditHolds: holds }).round();

  it('there are none at first: what is personal is erased with its person, and nobody else', async () => {
    await erase('amara');
    expect(await values()).to.deep.equal(['bo', 'kim']);
    await round();
    expect(await values()).to.deep.equal(['bo', 'kim']);
  });

  it('the addresses of a person among the contacts of clients are erased with them, after a hold too', async () => {
    const add = (account: string | null, path: string, value: string) =>
      database.query(
        `insert into audit_personal (event, path, account, salt, value) values (gen_random_uuid(), $2, $1, '\\x00', $3)`,
        [account, path, value],
      );
    await add('amara', '/before/email', 'amara.old@example.org');
    await add(null, '/after/contacts/0', 'Amara@Example.org');
    await add(null, '/after/contacts/1', 'amara.old@example.org');
    await add(null, '/after/contacts/2', 'office@example.org');
    const { id } = await place('amara');
    await erase('amara', ['amara@example.org']);
    expect(await values()).to.deep.equal(['amara', 'bo', 'kim', null]);
    await lift(id);
    await round();
    expect(await values()).to.deep.equal(['bo', 'kim', null]);
    const left = await database.query('select value from audit_personal where account is null');
    expect(left).to.deep.equal([{ value: 'office@example.org' }]);
  });

  it('of one person: theirs stays when they are deleted, and is erased once it is lifted', async () => {
    const { id } = await place('amara');
    await erase('amara');
    await erase('bo');
    expect(await values()).to.deep.equal(['amara', 'kim']);
    await round();
    expect(await values()).to.deep.equal(['amara', 'kim']);
    expect((await lift(id))?.account).to.equal('amara');
    await round();
    expect(await values()).to.deep.equal(['kim']);
    expect(await lift(id)).to.equal(undefined);
  });

  it('of everybody: all stay, until no hold covers them', async () => {
    const everybody = await place();
    const [, onBo] = [await erase('amara'), await place('bo')];
    await Promise.all([erase('bo'), erase('bo')]);
    await lift(everybody.id);
    await round();
    expect(await values()).to.deep.equal(['bo', 'kim']);
    await lift(onBo.id);
    await round();
    expect(await values()).to.deep.equal(['kim']);
  });

  it('wait for each other: who is deleted while a hold is placed is erased before it, or kept', async () => {
    let release = () => {};
    const released = new Promise<void>((resolve) => {
      release = resolve;
    });
    let placed = () => {};
    const isPlaced = new Promise<void>((resolve) => {
      placed = resolve;
    });
    const placing = asFixture(database, async (tx) => {
      await holds.place(tx, { account: undefined, reason: 'court order 7' }, NOW);
      placed();
      await released;
    });
    await isPlaced;
    const erasing = erase('amara');
    release();
    await Promise.all([placing, erasing]);
    expect(await values()).to.deep.equal(['amara', 'bo', 'kim']);
  });

  it('are listed, those of before only where they are asked for', async () => {
    const [first, second] = [await place('amara'), await place()];
    await lift(first.id);
    const ids = async (all: boolean) => (await holds.list(database, all)).map(({ id }) => id);
    expect(await ids(false)).to.deep.equal([second.id]);
    expect(await ids(true)).to.deep.equal([second.id, first.id]);
  });
});
