import { randomUUID } from 'node:crypto';
import { expect } from 'chai';
import {
  isDeviceId,
  MAX_ACCOUNTS_OF_A_DEVICE,
  MAX_DEVICES_OF_AN_ACCOUNT,
} from '../../../src/domain/devices/policy.ts';
import {
  createDeviceStore,
  type DeviceStore,
  deviceWasAdded,
  KnownDeviceRecord,
} from '../../../src/domain/devices/store.ts';
import { systemRandomness } from '../../../src/kernel/ids.ts';
import type { Database } from '../../../src/storage/database.ts';
import { openDatabase } from '../../../src/storage/orm.ts';
import { commitWrites, type Write } from '../../../src/storage/unit-of-work.ts';
import { createStoreDatabase, migrationsPath, type TestDatabase } from '../../support/postgres.ts';

describe('device store', function () {
  this.timeout(60_000);
  let test: TestDatabase;
  let database: Database;
  let devices: DeviceStore;

  before(async () => {
    test = await createStoreDatabase();
    database = await openDatabase({
      url: test.serverUrl,
      entities: [KnownDeviceRecord],
      role: 'server',
      poolSize: 10,
      migrationsPath,
    });
    devices = createDeviceStore(database, systemRandomness);
  });
  after(async () => {
    await database.close();
    await test.drop();
  });

  const at = (second: number) => new Date(Date.UTC(2026, 10, 23) + second * 1000);
  const remember = (device: string, account: string, second = 0) =>
    commitWrites(
      database,
      devices.remember(device, account, { at: at(second), ip: '192.0.2.1', userAgent: 'UA\0' }),
    );

  it('makes ids of 256 bits that a cookie can carry', () => {
    const id = devices.newId();
    expect(isDeviceId(id)).to.equal(true);
    expect(Buffer.from(id, 'base64url')).to.have.length(32);
    expect(devices.newId()).not.to.equal(id);
    for (const other of ['', id.slice(1), `${id}A`, id.replace(/./, '.'), `${id}\n`]) {
      expect(isDeviceId(other), other).to.equal(false);
    }
  });

  it('says whether a sign-in has made a device known, also one that was forgotten meanwhile', async () => {
    const [device, account] = [devices.newId(), randomUUID()];
    const isAdded = async () => {
      let added = 0;
      const told: Write = {
        sql: (parameter) => `select 1 where ${deviceWasAdded(parameter)}`,
        counted: (rows) => {
          added = rows;
        },
      };
      const sighting = { at: at(0), ip: '192.0.2.1', userAgent: 'UA' };
      await commitWrites(database, [...devices.remember(device, account, sighting), told]);
      return added === 1;
    };
    expect([await isAdded(), await isAdded()]).to.deep.equal([true, false]);
    await devices.forgetAll(database, account);
    expect(await isAdded()).to.equal(true);
  });

  it('knows a device by the accounts that it has signed in, and by its hash only', async () => {
    const [device, one, two] = [devices.newId(), randomUUID(), randomUUID()];
    expect(await devices.accountsOf(device)).to.deep.equal(new Set());
    await remember(device, one);
    await remember(device, two);
    expect(await devices.accountsOf(device)).to.deep.equal(new Set([one, two]));
    expect(await devices.accountsOf(devices.newId())).to.deep.equal(new Set());
    const [row] = await database.query<{ text: string }>(
      `select string_agg(k::text, ' ') as text from known_devices k`,
    );
    expect(row?.text).not.to.contain(device);
  });

  it('keeps when a device was seen first and last, and where', async () => {
    const [device, account] = [devices.newId(), randomUUID()];
    await remember(device, account, 1);
    await remember(device, account, 5);
    const [seen, ...more] = await devices.list(account);
    expect(more).to.deep.equal([]);
    expect(seen).to.deep.include({ since: at(1), lastSeenAt: at(5), ip: '192.0.2.1', userAgent: 'UA\uFFFD' });
  });

  it('forgets the device of an account that was not seen for longest', async () => {
    const account = randomUUID();
    const ids = Array.from({ length: MAX_DEVICES_OF_AN_ACCOUNT + 2 }, () => devices.newId());
    for (const [second, id] of ids.slice(0, -2).entries()) await remember(id, account, second);
    await remember(ids[0] as string, account, 100);
    for (const [second, id] of ids.slice(-2).entries()) await remember(id, account, 200 + second);
    expect(await devices.list(account)).to.have.length(MAX_DEVICES_OF_AN_ACCOUNT);
    const known = await Promise.all(ids.map(async (id) => (await devices.accountsOf(id)).has(account)));
    expect(known.flatMap((is, index) => (is ? [] : [index]))).to.deep.equal([1, 2]);
  });

  it('forgets the account of a device that was not seen for longest', async () => {
    const device = devices.newId();
    const accounts = Array.from({ length: MAX_ACCOUNTS_OF_A_DEVICE + 1 }, () => randomUUID());
    for (const [second, account] of accounts.entries()) await remember(device, account, second);
    const known = await devices.accountsOf(device);
    expect(known.size).to.equal(MAX_ACCOUNTS_OF_A_DEVICE);
    expect(known.has(accounts[0] as string)).to.equal(false);
  });

  it('is bounded after sign-ins in parallel as soon as another one follows', async () => {
    const account = randomUUID();
    await Promise.all(Array.from({ length: 40 }, (_, second) => remember(devices.newId(), account, second)));
    await remember(devices.newId(), account, 100);
    expect(await devices.list(account)).to.have.length(MAX_DEVICES_OF_AN_ACCOUNT);
  });

  it('forgets one device, and all of them', async () => {
    const [account, device] = [randomUUID(), devices.newId()];
    await remember(device, account, 2);
    await remember(devices.newId(), account, 1);
    const idHash = String((await devices.list(account))[0]?.idHash);
    expect(await devices.forget(database, randomUUID(), idHash)).to.equal(false);
    expect(await devices.forget(database, account, idHash)).to.equal(true);
    expect(await devices.forget(database, account, idHash)).to.equal(false);
    expect(await devices.accountsOf(device)).to.deep.equal(new Set());
    await devices.forgetAll(database, account);
    expect(await devices.list(account)).to.deep.equal([]);
  });
});
