import { randomUUID } from 'node:crypto';
import { expect } from 'chai';
import { createPasswordAges } from '../../../src/domain/accounts/password-age-store.ts';
import { createRoleTermStore } from '../../../src/domain/accounts/role-term-store.ts';
import { createAccountStore } from '../../../src/domain/accounts/store.ts';
import { createClientOwnerStore } from '../../../src/domain/clients/owner-store.ts';
import { createUnitStore, type Unit } from '../../../src/domain/units/store.ts';
import { GatehouseError } from '../../../src/kernel/errors.ts';
import { systemRandomness } from '../../../src/kernel/ids.ts';
import type { Database } from '../../../src/storage/database.ts';
import { openDatabase } from '../../../src/storage/orm.ts';
import { ENTITIES } from '../../../src/wire.ts';
import { createStoreDatabase, migrationsPath, type TestDatabase } from '../../support/postgres.ts';

const codeOf = (work: Promise<unknown>) =>
  work.then(
    () => 'nothing was thrown',
    (error: unknown) => (error instanceof GatehouseError ? error.code : Promise.reject(error)),
  );

describe('the stores of units, terms of roles and owners of clients', () => {
  let test: TestDatabase;
  let database: Database;
  let now = new Date('2026-12-01T10:00:00.000Z');
  const clock = { now: () => now };
  const units = createUnitStore(clock, systemRandomness);
  const terms = createRoleTermStore();
  const owners = createClientOwnerStore(clock);
  let people = 0;

  before(async () => {
    test = await createStoreDatabase();
    database = await openDatabase({
      url: test.serverUrl,
      entities: ENTITIES,
      role: 'server',
      poolSize: 10,
      migrationsPath,
    });
  });
  after(async () => {
    await database.close();
    await test.drop();
  });
  beforeEach(async () => {
    now = new Date('2026-12-01T10:00:00.000Z');
    await database.query('delete from accounts');
    await database.query('delete from units');
  });

  const unit = (name: string, parent?: Unit) =>
    database.transaction((tx) => units.create(tx, { name, parent: parent?.id }));
  const accounts = () => createAccountStore(database, clock, systemRandomness);
  const person = (roles: string[] = []) => {
    people += 1;
    const given = { email: `p${people}@example.org`, name: 'Pat', roles };
    return database.transaction((tx) => accounts().create(tx, given));
  };

  it('knows what is above and below a unit, and how high its tree is', async () => {
    const site = await unit('Site');
    const ward = await unit('Ward', site);
    const room = await unit('Room', ward);
    const other = await unit('Other');
    expect(await units.above(database, room.id)).to.deep.equal([room.id, ward.id, site.id]);
    expect(await units.below(database, [ward.id, site.id])).to.have.members([site.id, ward.id, room.id]);
    expect(await units.below(database, [other.id, randomUUID(), 'no id'])).to.deep.equal([other.id]);
    expect(await units.height(database, site.id)).to.equal(3);
    expect(await units.height(database, room.id)).to.equal(1);
    expect(await units.find(database, ward.id)).to.deep.equal(ward);
    expect(await units.find(database, "' or true --")).to.equal(undefined);
  });

  it('takes a name once below one parent, also in other letters, and at the top', async () => {
    const site = await unit('Site');
    const ward = await unit('Ward 3', site);
    expect(await codeOf(unit('ward  3', site))).to.equal('unit_exists');
    expect(await codeOf(unit('SITE'))).to.equal('unit_exists');
    const free = await unit('Ward 3');
    const change = (id: string, name: string, parent: string | undefined) =>
      database.transaction((tx) => units.change(tx, id, { name, parent }));
    expect(await codeOf(change(free.id, 'Ward 3', site.id))).to.equal('unit_exists');
    expect(await codeOf(change(free.id, 'site', undefined))).to.equal('unit_exists');
    expect((await change(ward.id, 'WARD 3', site.id))?.name).to.equal('WARD 3');
    expect(await change(randomUUID(), 'Nowhere', undefined)).to.equal(undefined);
    const twice = await Promise.allSettled(Array.from({ length: 20 }, () => unit('Once', site)));
    expect(twice.filter(({ status }) => status === 'fulfilled')).to.have.length(1);
  });

  it('does not lose a unit into which somebody is being put', async () => {
    const ward = await unit('Ward');
    const { id } = await person();
    let held = () => {};
    const putting = database.transaction(async (tx) => {
      expect(await units.hold(tx, ward.id)).to.deep.equal(ward);
      held();
      await tx.query('update accounts set unit = $2 where id = $1', [id, ward.id]);
    });
    await new Promise<void>((resolve) => {
      held = resolve;
    });
    const used = await database.transaction(async (tx) => {
      await units.lock(tx, ward.id);
      return units.use(tx, ward.id);
    });
    await putting;
    expect(used).to.deep.equal({ people: true, unitsBelow: false, roleTerms: false });
  });

  it('has no role whose time is over, from that moment on', async () => {
    const { id, version } = await person(['helpdesk', 'nurse']);
    const until = new Date('2026-12-01T11:00:00.000Z');
    await database.transaction((tx) => terms.set(tx, id, [{ role: 'helpdesk', owned: false, until }]));
    expect((await accounts().findById(id))?.roles).to.deep.equal(['helpdesk', 'nurse']);
    expect(await accounts().anyoneHas(database, 'helpdesk')).to.equal(true);
    now = until;
    const found = await accounts().findById(id);
    expect(found?.roles).to.deep.equal(['nurse']);
    expect(found?.endedRoles).to.deep.equal(['helpdesk']);
    expect(await accounts().anyoneHas(database, 'helpdesk')).to.equal(false);
    await database.query(`update accounts set password_hash = 'x' where id = $1`, [id]);
    const [aging] = await createPasswordAges(database, clock).between(
      { after: new Date(0), until: now },
      undefined,
      1,
    );
    expect(aging?.roles).to.deep.equal(['nurse']);
    expect(await terms.ended(database, now, undefined, 10)).to.deep.equal([id]);
    expect(await terms.ended(database, now, id, 10)).to.deep.equal([]);
    await database.transaction((tx) => accounts().setStatus(tx, id, 'disabled'));
    expect((await accounts().findById(id))?.version).to.equal(version + 1);
  });

  it('keeps only terms that say something, and replaces them as a whole', async () => {
    const { id } = await person(['a', 'b', 'c']);
    const ward = await unit('Ward');
    const set = (all: Parameters<typeof terms.set>[2]) =>
      database.transaction((tx) => terms.set(tx, id, all));
    await set([
      { role: 'a', owned: true, unit: ward.id },
      { role: 'b', owned: false },
      { role: 'c', owned: false, until: now },
    ]);
    expect(await terms.of(database, id)).to.deep.equal([
      { role: 'a', owned: true, unit: ward.id },
      { role: 'c', owned: false, until: now },
    ]);
    expect(await units.use(database, ward.id)).to.include({ roleTerms: true, people: false });
    await set([{ role: 'a', owned: true }]);
    expect(await terms.of(database, id)).to.deep.equal([{ role: 'a', owned: true }]);
    await set([]);
    expect(await terms.of(database, id)).to.deep.equal([]);
  });

  it('keeps the owners of a client once each, in the order in which they came', async () => {
    await database.query(
      `insert into clients (id, metadata, created_at, updated_at) values ('app', '{}', now(), now())`,
    );
    const [one, two] = [await person(), await person()];
    const change = (what: 'add' | 'remove', id: string) =>
      database.transaction((tx) => owners[what](tx, 'app', id));
    expect(await change('add', one.id)).to.equal(true);
    now = new Date(now.getTime() + 1000);
    expect(await change('add', two.id)).to.equal(true);
    expect(await change('add', one.id)).to.equal(false);
    expect((await owners.of(database, 'app')).map(({ id }) => id)).to.deep.equal([one.id, two.id]);
    expect(await owners.ownedBy(database, two.id)).to.deep.equal(['app']);
    expect(await change('remove', one.id)).to.equal(true);
    expect(await change('remove', one.id)).to.equal(false);
    expect(await database.transaction((tx) => owners.forgetAccount(tx, two.id))).to.deep.equal(['app']);
    expect(await owners.of(database, 'app')).to.deep.equal([]);
  });
});
