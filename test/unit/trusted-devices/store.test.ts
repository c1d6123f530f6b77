import { randomUUID } from 'node:crypto';
import { expect } from 'chai';
import {
  createTrustedDeviceStore,
  MAX_TRUSTED_DEVICES,
  TrustedDeviceRecord,
  type TrustedDeviceStore,
} from '../../../src/domain/trusted-devices/store.ts';
import { newToken, systemRandomness } from '../../../src/kernel/ids.ts';
import type { Database } from '../../../src/storage/database.ts';
import { openDatabase } from '../../../src/storage/orm.ts';
import { commitWrites, type UnitConflict, type Write } from '../../../src/storage/unit-of-work.ts';
import { createStoreDatabase, migrationsPath, type TestDatabase } from '../../support/postgres.ts';

describe('trusted device store', function () {
  this.timeout(60_000);
  let test: TestDatabase;
  let database: Database;
  let trusted: TrustedDeviceStore;
  const clock = { offset: 0, now: () => new Date(Date.UTC(2026, 10, 23) + clock.offset * 1000) };
  const DAY = 86_400;

  before(async () => {
    test = await createStoreDatabase();
    database = await openDatabase({
      url: test.serverUrl,
      entities: [TrustedDeviceRecord],
      role: 'server',
      poolSize: 5,
      migrationsPath,
    });
    trusted = createTrustedDeviceStore(database, clock);
  });
  after(async () => {
    await database.close();
    await test.drop();
  });
  beforeEach(() => {
    clock.offset = 0;
  });

  const seen = { ip: '192.0.2.1', userAgent: 'UA\0' };
  const device = () => newToken(systemRandomness);
  const trust = (account: string, id: string, days = 30) =>
    commitWrites(database, trusted.trust(account, id, days, seen));
  const outcome = (write: Write) =>
    commitWrites(database, [write]).then(
      () => 'done',
      (error: UnitConflict) => error.code,
    );

  it('trusts one device of one person, for the days that it is told', async () => {
    const [account, id] = [randomUUID(), device()];
    expect(await trusted.isTrusted(account, id)).to.equal(false);
    await trust(account, id, 7);
    expect(await trusted.isTrusted(account, id)).to.equal(true);
    expect(await trusted.isTrusted(randomUUID(), id), 'another person on it').to.equal(false);
    expect(await trusted.isTrusted(account, device()), 'another device').to.equal(false);
    clock.offset = 7 * DAY - 1;
    expect(await trusted.isTrusted(account, id)).to.equal(true);
    clock.offset = 7 * DAY;
    expect(await trusted.isTrusted(account, id)).to.equal(false);
    expect(await trusted.list(account)).to.deep.equal([]);
    expect(await trusted.sweep(clock.now(), 1_000)).to.equal(0);
    clock.offset += 1;
    expect(await trusted.sweep(clock.now(), 1_000)).to.equal(1);
  });

  it('says the same as part of a statement', async () => {
    const [account, id] = [randomUUID(), device()];
    const asked = async () => {
      const values: unknown[] = [];
      const condition = trusted.trusted(account, id)((value) => `$${values.push(value)}`);
      return (await database.query<{ yes: boolean }>(`select ${condition} as yes`, values))[0]?.yes;
    };
    expect(await asked()).to.equal(false);
    await trust(account, id);
    expect(await asked()).to.equal(true);
  });

  it('lists devices by their hash, and takes the trust back of one or of all', async () => {
    const account = randomUUID();
    const [one, two] = [device(), device()];
    await trust(account, one);
    clock.offset = 1;
    await trust(account, two);
    const list = await trusted.list(account);
    expect(list).to.have.length(2);
    expect(JSON.stringify(list)).to.not.include(one).and.not.include(two);
    expect(list[0]).to.deep.include({ since: clock.now(), ip: '192.0.2.1', userAgent: 'UA\uFFFD' });
    const [first] = list;
    expect(await outcome(trusted.revoke(randomUUID(), first?.idHash ?? ''))).to.equal('device_unknown');
    expect(await outcome(trusted.revoke(account, 'nonsense!'))).to.equal('device_unknown');
    expect(await outcome(trusted.revoke(account, first?.idHash ?? ''))).to.equal('done');
    expect([await trusted.isTrusted(account, one), await trusted.isTrusted(account, two)]).to.deep.equal([
      true,
      false,
    ]);
    expect(await outcome(trusted.revokeAll(account))).to.equal('done');
    expect(await trusted.isTrusted(account, one)).to.equal(false);
  });

  it('begins the days anew when a device is trusted again, and forgets the oldest beyond the bound', async () => {
    const account = randomUUID();
    const ids = Array.from({ length: MAX_TRUSTED_DEVICES + 1 }, device);
    for (const id of ids) {
      await trust(account, id, 1);
      clock.offset += 1;
    }
    expect(await trusted.list(account)).to.have.length(MAX_TRUSTED_DEVICES);
    expect(await trusted.isTrusted(account, ids[0] ?? '')).to.equal(false);
    await trust(account, ids[1] ?? '', 3);
    clock.offset += 2 * DAY;
    expect((await trusted.list(account)).map(({ until }) => until.getTime())).to.have.length(1);
    expect(await trusted.isTrusted(account, ids[1] ?? '')).to.equal(true);
  });
});
