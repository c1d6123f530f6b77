import { expect } from 'chai';
import { createOneTimeLinkStore, OneTimeLinkRecord } from '../../../src/domain/one-time-links/store.ts';
import { addSeconds, type Clock } from '../../../src/kernel/clock.ts';
import { sha256 } from '../../../src/kernel/crypto.ts';
import { systemRandomness } from '../../../src/kernel/ids.ts';
import type { Database } from '../../../src/storage/database.ts';
import { openDatabase } from '../../../src/storage/orm.ts';
import { createStoreDatabase, migrationsPath, type TestDatabase } from '../../support/postgres.ts';

const ADA = '0b4f2a5e-7f0e-4b86-9a53-0a4c9f5d8a11';
const BOB = '6a1d2c3b-4e5f-4a6b-8c7d-9e0f1a2b3c4d';

describe('one-time links', () => {
  let test: TestDatabase;
  let database: Database;
  const start = new Date('2026-11-23T10:00:00.000Z');
  let now = start;
  const clock: Clock = { now: () => now };
  const links = () => createOneTimeLinkStore(database, clock, systemRandomness);

  before(async () => {
    test = await createStoreDatabase();
    const options = { url: test.serverUrl, entities: [OneTimeLinkRecord], migrationsPath };
    database = await openDatabase({ ...options, role: 'server', poolSize: 20 });
  });
  after(async () => {
    await database.close();
    await test.drop();
  });
  beforeEach(async () => {
    now = start;
    await database.query('delete from one_time_links');
  });

  const issue = (purpose = 'setup', accountId?: string) =>
    links().issue(database, {
      purpose,
      lifetimeSeconds: 600,
      payload: { a: [1] },
      ...(accountId ? { accountId } : {}),
    });
  const consume = (purpose: string, token: string) =>
    database.transaction((tx) => links().consume(tx, purpose, token));

  it('issues a token of 256 bits and stores only its digest', async () => {
    const { token, expiresAt } = await issue();
    expect(token).to.match(/^[A-Za-z0-9_-]{43}$/);
    expect(expiresAt).to.deep.equal(addSeconds(start, 600));
    const [row] = await database.query<{ token_hash: Buffer }>('select * from one_time_links');
    expect(Buffer.compare(row?.token_hash ?? Buffer.alloc(0), sha256(token))).to.equal(0);
    expect(JSON.stringify(row)).to.not.include(token);
  });

  it('tells one that was used from one that was revoked, expired or never issued', async () => {
    const [used, revoked, open] = [await issue('setup', ADA), await issue('setup', BOB), await issue()];
    expect(await links().wasUsed(used.token)).to.equal(false);
    await consume('setup', used.token);
    await database.transaction((tx) => links().revokeAll(tx, 'setup', BOB));
    const told = [used, revoked, open].map(({ token }) => links().wasUsed(token));
    expect(await Promise.all(told)).to.deep.equal([true, false, false]);
    expect(await links().wasUsed('never issued')).to.equal(false);
    now = addSeconds(start, 601);
    expect(await links().wasUsed(used.token)).to.equal(false);
  });

  it('can be looked at any number of times and consumed once', async () => {
    const { token, expiresAt } = await issue('setup', ADA);
    const seen = await links().peek('setup', token);
    expect(seen).to.deep.include({ accountId: ADA, payload: { a: [1] }, expiresAt });
    expect(await links().peek('setup', token)).to.deep.equal(seen);
    expect(await consume('setup', token)).to.deep.equal(seen);
    expect(await consume('setup', token)).to.equal(undefined);
    expect(await links().peek('setup', token)).to.equal(undefined);
  });

  it('serves its purpose only', async () => {
    const { token } = await issue('setup');
    expect(await links().peek('reset', token)).to.equal(undefined);
    expect(await consume('reset', token)).to.equal(undefined);
    expect(await consume('setup', token)).to.not.equal(undefined);
  });

  it('ends with its time, to the millisecond', async () => {
    const { token, expiresAt } = await issue();
    now = new Date(expiresAt.getTime() - 1);
    expect(await links().peek('setup', token)).to.not.equal(undefined);
    now = expiresAt;
    expect(await links().peek('setup', token)).to.equal(undefined);
    expect(await consume('setup', token)).to.equal(undefined);
  });

  it('is given to one of 50 parallel consumers', async () => {
    const { token } = await issue();
    const outcomes = await Promise.all(Array.from({ length: 50 }, () => consume('setup', token)));
    expect(outcomes.filter((link) => link !== undefined)).to.have.length(1);
  });

  it('is there again when the transaction that took it failed', async () => {
    const { token } = await issue();
    const failed = database
      .transaction(async (tx) => {
        await links().consume(tx, 'setup', token);
        throw new Error('boom');
      })
      .catch((error: Error) => error.message);
    expect(await failed).to.equal('boom');
    expect(await consume('setup', token)).to.not.equal(undefined);
  });

  it('revokes what is open of a purpose, for one account or for all', async () => {
    const [ada, bob, other] = [
      await issue('reset', ADA),
      await issue('reset', BOB),
      await issue('setup', ADA),
    ];
    expect(await links().revokeAll(database, 'reset', ADA)).to.equal(1);
    expect(await links().peek('reset', ada.token)).to.equal(undefined);
    expect(await links().peek('reset', bob.token)).to.not.equal(undefined);
    expect(await links().revokeAll(database, 'reset')).to.equal(1);
    expect(await links().peek('reset', bob.token)).to.equal(undefined);
    expect(await links().peek('setup', other.token)).to.not.equal(undefined);
    expect(await links().revokeAll(database, 'reset')).to.equal(0);
  });

  it('finds nothing for what is no token', async () => {
    for (const odd of ['', 'x', '\0', '🗝'.repeat(10_000)]) {
      expect(await links().peek('setup', odd)).to.equal(undefined);
      expect(await consume('setup', odd)).to.equal(undefined);
    }
  });

  it('agrees with the migration', async () => {
    const options = { url: test.ownerUrl, entities: [OneTimeLinkRecord], migrationsPath };
    const owner = await openDatabase({ ...options, role: 'owner', poolSize: 1 });
    try {
      expect(await owner.orm.schema.getUpdateSchemaSQL({ dropTables: false })).to.not.match(/one_time/);
    } finally {
      await owner.close();
    }
  });
});
