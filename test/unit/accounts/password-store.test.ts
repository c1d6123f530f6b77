import { expect } from 'chai';
import {
  createAccountPasswordStore,
  PasswordHistoryRecord,
} from '../../../src/domain/accounts/password-store.ts';
import { type Account, AccountRecord } from '../../../src/domain/accounts/record-store.ts';
import { createAccountStore } from '../../../src/domain/accounts/store.ts';
import type { Clock } from '../../../src/kernel/clock.ts';
import { systemRandomness } from '../../../src/kernel/ids.ts';
import type { Database } from '../../../src/storage/database.ts';
import { openDatabase } from '../../../src/storage/orm.ts';
import { createStoreDatabase, migrationsPath, type TestDatabase } from '../../support/postgres.ts';

describe('account password store', () => {
  let test: TestDatabase;
  let database: Database;
  let now = new Date('2026-11-23T10:00:00.000Z');
  const clock: Clock = { now: () => now };
  const accounts = () => createAccountStore(database, clock, systemRandomness);
  const store = () => createAccountPasswordStore(database, clock, systemRandomness);

  before(async () => {
    test = await createStoreDatabase();
    database = await openDatabase({
      url: test.serverUrl,
      entities: [AccountRecord, PasswordHistoryRecord],
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
    now = new Date('2026-11-23T10:00:00.000Z');
    await database.query('delete from accounts');
  });

  const create = (passwordHash?: string) =>
    accounts().create(database, {
      email: 'ada@example.org',
      name: 'Ada',
      ...(passwordHash === undefined ? {} : { passwordHash }),
    });
  const read = async ({ id }: Account) => (await accounts().findById(id)) as Account;
  const replace = (account: Account, hash: string, keep = 3) =>
    store()
      .replace(database, account, hash, keep)
      .then((changedAt) => changedAt !== undefined);

  it('replaces the hash that was there, lifts the flags and dates the change', async () => {
    const account = await create('first');
    await store().flag(database, account.id, 'must_change');
    await store().flag(database, account.id, 'compromised');
    expect(await read(account)).to.include({ passwordMustChange: true, passwordCompromised: true });
    now = new Date('2026-11-24T10:00:00.000Z');
    expect(await replace(account, 'second')).to.equal(true);
    expect(await read(account)).to.deep.include({
      passwordHash: 'second',
      passwordChangedAt: now,
      updatedAt: now,
      passwordMustChange: false,
      passwordCompromised: false,
    });
    expect(await store().former(account.id, 10)).to.deep.equal(['first']);
  });

  it('keeps so many former ones, the latest first', async () => {
    let account = await create('p0');
    for (const hash of ['p1', 'p2', 'p3', 'p4', 'p5']) {
      now = new Date(now.getTime() + 1_000);
      await replace(account, hash);
      account = await read(account);
    }
    expect(await store().former(account.id, 10)).to.deep.equal(['p4', 'p3', 'p2']);
    expect(await store().former(account.id, 2)).to.deep.equal(['p4', 'p3']);
    expect(await store().former(account.id, 0)).to.deep.equal([]);
    now = new Date(now.getTime() + 1_000);
    await replace(account, 'p6', 0);
    expect(await store().former(account.id, 10)).to.deep.equal([]);
  });

  it('sets a first password, which has no former one', async () => {
    const account = await create();
    expect(await replace(account, 'first')).to.equal(true);
    expect(await replace(account, 'another')).to.equal(false);
    expect(await store().former(account.id, 10)).to.deep.equal([]);
  });

  it('lets one of parallel changes win, and keeps nothing of the others', async () => {
    const account = await create('first');
    const won = await Promise.all(
      Array.from({ length: 8 }, (_, turn) => replace(account, `changed ${turn}`)),
    );
    expect(won.filter(Boolean)).to.have.length(1);
    expect((await read(account)).passwordHash).to.equal(`changed ${won.indexOf(true)}`);
    expect(await store().former(account.id, 10)).to.deep.equal(['first']);
  });

  it('changes nothing of an account that was disabled meanwhile', async () => {
    const account = await create('first');
    await accounts().setStatus(database, account.id, 'disabled');
    expect(await replace(account, 'second')).to.equal(false);
    expect(await store().former(account.id, 10)).to.deep.equal([]);
  });

  it('flags once, and only where there is a password', async () => {
    const account = await create('first');
    for (const flag of ['must_change', 'compromised'] as const) {
      expect(await store().flag(database, account.id, flag)).to.include({
        passwordMustChange: true,
        passwordCompromised: flag === 'compromised',
      });
      expect(await store().flag(database, account.id, flag)).to.equal(undefined);
    }
    await database.query('delete from accounts');
    expect(await store().flag(database, (await create()).id, 'must_change')).to.equal(undefined);
  });

  it('forgets former passwords with the account', async () => {
    const account = await create('first');
    await replace(account, 'second');
    await database.query('delete from accounts');
    expect(await database.query('select 1 from password_history')).to.deep.equal([]);
  });
});
