import { expect } from 'chai';
import { AccountRecord } from '../../../src/domain/accounts/record-store.ts';
import { createAccountStore } from '../../../src/domain/accounts/store.ts';
import type { Clock } from '../../../src/kernel/clock.ts';
import { GatehouseError } from '../../../src/kernel/errors.ts';
import { systemRandomness } from '../../../src/kernel/ids.ts';
import type { Database } from '../../../src/storage/database.ts';
import { openDatabase } from '../../../src/storage/orm.ts';
import { commitWrites } from '../../../src/storage/unit-of-work.ts';
import { ENTITIES } from '../../../src/wire.ts';
import { createStoreDatabase, migrationsPath, type TestDatabase } from '../../support/postgres.ts';

const HASH =
  '$argon2id$v=19$m=1024,t=1,p=1$BwcHBwcHBwcHBwcHBwcHBw$iqU34Exod/UHeBSuIQaIkB7kZKZ6EfpiK59Yqu5m+34';

async function codeOf(work: Promise<unknown>): Promise<string> {
  try {
    await work;
  } catch (error) {
    if (error instanceof GatehouseError) return error.code;
    throw error;
  }
  return 'nothing was thrown';
}

describe('account store', () => {
  let test: TestDatabase;
  let database: Database;
  let now = new Date('2026-11-23T10:00:00.000Z');
  const clock: Clock = { now: () => now };
  const store = () => createAccountStore(database, clock, systemRandomness);

  before(async () => {
    test = await createStoreDatabase();
    database = await openDatabase({
      url: test.serverUrl,
      entities: [AccountRecord],
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
    await database.query('delete from accounts');
  });

  const create = (email: string, more: { name?: string; roles?: string[]; passwordHash?: string } = {}) =>
    database.transaction((tx) => store().create(tx, { email, name: 'Ada Lovelace', ...more }));

  it('keeps what was given and finds it by id and by address', async () => {
    const input = {
      email: ' Ada@Example.org ',
      emailVerified: true,
      name: 'Ada Lovelace',
      givenName: 'Ada',
      familyName: 'Lovelace',
      locale: 'en-GB',
      zoneinfo: 'Europe/London',
      roles: ['nurse', 'ward-3', 'nurse'],
      passwordHash: HASH,
    };
    const made = await database.transaction((tx) => store().create(tx, input));
    expect(made).to.deep.equal({
      ...input,
      id: made.id,
      sub: made.id,
      email: 'Ada@Example.org',
      roles: ['nurse', 'ward-3'],
      ownRoles: ['nurse', 'ward-3'],
      groupRoles: [],
      groups: [],
      attributes: {},
      endedRoles: [],
      status: 'active',
      passwordChangedAt: now,
      passwordMustChange: false,
      passwordCompromised: false,
      accessEpoch: 0,
      version: 1,
      createdAt: now,
      updatedAt: now,
    });
    expect(await store().findById(made.id)).to.deep.equal(made);
    expect(await store().findByIdentifier('ada@example.org')).to.deep.equal(made);
  });

  it('leaves out what was not given', async () => {
    const made = await create('ada@example.org');
    expect(made).to.have.all.keys(
      'id',
      'sub',
      'email',
      'emailVerified',
      'name',
      'attributes',
      'roles',
      'ownRoles',
      'groupRoles',
      'groups',
      'endedRoles',
      'status',
      'passwordMustChange',
      'passwordCompromised',
      'accessEpoch',
      'version',
      'createdAt',
      'updatedAt',
    );
    expect(made.emailVerified).to.equal(false);
  });

  it('finds an address however it is typed', async () => {
    const { id } = await create('Zoë@Example.org');
    for (const typed of [
      'zoë@example.org',
      'ZOË@EXAMPLE.ORG',
      '  zoë@example.org\t',
      'zoe\u0308@example.org',
      'ｚｏë@example.org',
    ]) {
      expect((await store().findByIdentifier(typed))?.id, typed).to.equal(id);
    }
  });

  it('finds nothing, and does not fail, for what cannot be an identifier or an id', async () => {
    for (const odd of [
      '',
      ' ',
      'a\0b@example.org',
      '\ud800',
      `${'a'.repeat(100_000)}@example.org`,
      "' or 1=1 --",
    ]) {
      expect(await store().findByIdentifier(odd), odd.slice(0, 20)).to.equal(undefined);
      expect(await store().findById(odd), odd.slice(0, 20)).to.equal(undefined);
    }
  });

  it('refuses a second account with the address in another spelling, and leaves the transaction usable', async () => {
    await create('ada@example.org');
    await database.transaction(async (tx) => {
      expect(await codeOf(store().create(tx, { email: 'ADA@example.org', name: 'Other' }))).to.equal(
        'account_exists',
      );
      await store().create(tx, { email: 'other@example.org', name: 'Other' });
    });
    expect(await store().list({ limit: 10 })).to.have.length(2);
  });

  it('refuses what is no address, name or role', async () => {
    expect(await codeOf(create('ada'))).to.equal('email_invalid');
    expect(await codeOf(create('ada@example.org', { name: ' ' }))).to.equal('name_invalid');
    expect(await codeOf(create('ada@example.org', { name: 'a\0b' }))).to.equal('name_invalid');
    expect(await codeOf(create('ada@example.org', { roles: ['Nurse'] }))).to.equal('role_invalid');
  });

  it('lets one of 20 parallel creations of an address win', async () => {
    const outcomes = await Promise.all(
      Array.from({ length: 20 }, (_, i) =>
        codeOf(create(i % 2 === 0 ? 'ada@example.org' : 'Ada@Example.org')),
      ),
    );
    expect(outcomes.filter((code) => code === 'nothing was thrown')).to.have.length(1);
    expect(outcomes.filter((code) => code === 'account_exists')).to.have.length(19);
  });

  it('forgets an account when its transaction rolls back', async () => {
    const failed = database.transaction(async (tx) => {
      await store().create(tx, { email: 'ada@example.org', name: 'Ada' });
      throw new GatehouseError('boom', { message: 'boom' });
    });
    expect(await codeOf(failed)).to.equal('boom');
    expect(await store().findByIdentifier('ada@example.org')).to.equal(undefined);
  });

  it('disables and enables, and tells whether that changed anything', async () => {
    const { id } = await create('ada@example.org');
    now = new Date('2026-11-23T11:00:00.000Z');
    const set = (status: 'active' | 'disabled') =>
      database.transaction((tx) => store().setStatus(tx, id, status));
    expect([await set('active'), await set('disabled'), await set('disabled')]).to.deep.equal([
      false,
      true,
      false,
    ]);
    expect(await store().findById(id))
      .to.include({ status: 'disabled' })
      .and.deep.include({ updatedAt: now });
    expect(await set('active')).to.equal(true);
    expect(await database.query('select disabled_at from accounts')).to.deep.equal([{ disabled_at: null }]);
  });

  it('lists by address, page by page, and searches address and name literally', async () => {
    for (const name of ['cy', 'ann', 'bob', 'd_e', 'dxe'])
      await create(`${name}@example.org`, { name: `The ${name.toUpperCase()}` });
    const emails = async (options: Parameters<ReturnType<typeof store>['list']>[0]) =>
      (await store().list(options)).map(({ email }) => email.split('@')[0]);
    expect(await emails({ limit: 2 })).to.deep.equal(['ann', 'bob']);
    expect(await emails({ limit: 2, after: 'bob@example.org' })).to.deep.equal(['cy', 'd_e']);
    expect(await emails({ limit: 9, search: 'THE b' })).to.deep.equal(['bob']);
    expect(await emails({ limit: 9, search: 'd_e' })).to.deep.equal(['d_e']);
    expect(await emails({ limit: 9, search: '%' })).to.deep.equal([]);
  });

  it('replaces a hash only when the one that was verified is still there', async () => {
    const { id } = await create('ada@example.org', { passwordHash: 'old' });
    const replace = (from: string, to: string) => store().replacePasswordHash(database, id, { from, to });
    const results = await Promise.all(['a', 'b', 'c', 'd'].map((to) => replace('old', to)));
    expect(results.filter(Boolean)).to.have.length(1);
    const stored = (await store().findById(id))?.passwordHash ?? '';
    await commitWrites(database, [store().passwordHashReplacement(id, { from: 'old', to: 'lost' })]);
    expect((await store().findById(id))?.passwordHash).to.equal(stored);
    await commitWrites(database, [store().passwordHashReplacement(id, { from: stored, to: 'new' })]);
    expect((await store().findById(id))?.passwordHash).to.equal('new');
  });

  it('agrees with the migration', async () => {
    // Only the owner of a table is shown its constraints.
    const owner = await openDatabase({
      url: test.ownerUrl,
      entities: ENTITIES,
      role: 'owner',
      poolSize: 1,
      migrationsPath,
    });
    try {
      const update = await owner.orm.schema.getUpdateSchemaSQL({ dropTables: false });
      // Entities say nothing of triggers and functions.
      expect(update.replaceAll(/^drop (trigger|function) .*$/gmu, '')).to.not.match(/account/);
    } finally {
      await owner.close();
    }
  });
});
