// biome-ignore-all lint/suspicious/noExplicitAny: what was thrown is looked at.
import { expect } from 'chai';
import { takingPart } from '../../../src/administration/taking-part.ts';
import {
  createIdempotencyKeys,
  IdempotencyKeyRecord,
  type IdempotencyKeys,
  type KeyedRequest,
} from '../../../src/domain/idempotency-keys/store.ts';
import { addSeconds } from '../../../src/kernel/clock.ts';
import type { Keyring } from '../../../src/kernel/crypto.ts';
import { systemRandomness } from '../../../src/kernel/ids.ts';
import type { Database } from '../../../src/storage/database.ts';
import { openDatabase } from '../../../src/storage/orm.ts';
import { createStoreDatabase, migrationsPath, type TestDatabase } from '../../support/postgres.ts';

describe('idempotency keys', () => {
  let test: TestDatabase;
  let nodes: Database[];
  let now: Date;
  let keyring: Keyring;

  before(async () => {
    test = await createStoreDatabase();
    nodes = await Promise.all(
      [1, 2].map(() =>
        openDatabase({
          url: test.serverUrl,
          entities: [IdempotencyKeyRecord],
          role: 'server',
          poolSize: 5,
          migrationsPath,
        }),
      ),
    );
  });
  after(async () => {
    await Promise.all(nodes.map((node) => node.close()));
    await test.drop();
  });
  beforeEach(() => {
    now = new Date('2026-12-02T10:00:00Z');
    keyring = { current: 'a', keys: new Map([['a', Buffer.alloc(32, 1)]]) };
  });

  const nodeOf = (index: number) => nodes[index % nodes.length] as Database;
  const keysOf = (database: Database): IdempotencyKeys =>
    createIdempotencyKeys({
      database,
      keyring,
      digestKey: Buffer.alloc(32, 7),
      clock: { now: () => now },
      random: systemRandomness,
    });
  const request = (key: string, more: Partial<KeyedRequest> = {}): KeyedRequest => ({
    actor: 'client a',
    act: 'people.create',
    key,
    content: '{"password":"hunter2"}',
    ...more,
  });

  /** Does `work` once for the request; resolves to what it answered, or what was answered before. */
  async function once(database: Database, asked: KeyedRequest, work: () => Promise<unknown>): Promise<any> {
    const keys = keysOf(database);
    return database.transaction(async (tx) => {
      const known = await keys.begin(tx, asked);
      if (known !== undefined) return known.body;
      const body = await work();
      await keys.keep(tx, asked, { status: 200, body });
      return body;
    });
  }

  it('keep what was answered, for the same caller, act and content', async () => {
    const [database] = nodes as [Database];
    let runs = 0;
    const work = async () => {
      runs += 1;
      return { made: runs };
    };
    for (const node of [0, 1, 0])
      expect(await once(nodeOf(node), request('k1'), work)).to.deep.equal({ made: 1 });
    expect(await once(database, request('k1', { actor: 'client b' }), work)).to.deep.equal({ made: 2 });
    expect(await once(database, request('k1', { act: 'people.delete' }), work)).to.deep.equal({ made: 3 });
    const other = await once(database, request('k1', { content: '{}' }), work).catch((error) => error);
    expect([other.code, other.status]).to.deep.equal(['idempotency_key_reused', 422]);
    expect(runs).to.equal(3);
  });

  it('keep nothing of a transaction that fails', async () => {
    const [database] = nodes as [Database];
    const fail = () => Promise.reject(new Error('power cut'));
    const error = await once(database, request('k2'), fail).catch((each) => each);
    expect(error.message).to.equal('power cut');
    expect(await keysOf(database).find(request('k2'))).to.equal(undefined);
    expect(await once(database, request('k2'), async () => 'done')).to.equal('done');
  });

  it('of fifty requests at once, on two nodes, let one happen; no other waits for it with a connection', async () => {
    let runs = 0;
    let release = () => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const work = async () => {
      runs += 1;
      await held;
      return 'done';
    };
    const all = Array.from({ length: 50 }, (_, index) =>
      once(nodeOf(index), request('k3'), work).catch((error) => error),
    );
    // All the others are told before the one that runs has ended.
    const told: { code: string; retryAfter: number }[] = [];
    await new Promise<void>((resolve) => {
      for (const each of all)
        void each.then((error) => {
          if (told.push(error as never) === 49) resolve();
        });
    });
    expect(new Set(told.map(({ code }) => code))).to.deep.equal(new Set(['idempotency_in_progress']));
    expect(told[0]?.retryAfter).to.equal(1);
    release();
    const outcomes = await Promise.all(all);
    expect(outcomes.filter((each) => each === 'done')).to.have.length(1);
    expect(runs).to.equal(1);
    expect(await once(nodeOf(1), request('k3'), work)).to.equal('done');
  });

  it('are forgotten after a day, and may be used anew before they are swept', async () => {
    const [database] = nodes as [Database];
    const keys = keysOf(database);
    await once(database, request('k4'), async () => 'first');
    now = addSeconds(now, 86_399);
    expect(await keys.find(request('k4'))).to.deep.equal({ status: 200, body: 'first' });
    now = addSeconds(now, 1);
    expect(await once(database, request('k4', { content: '{}' }), async () => 'second')).to.equal('second');
    now = addSeconds(now, 86_401);
    await keys.sweep();
    expect(await database.query('select 1 from idempotency_keys')).to.deep.equal([]);
  });

  it('leave nothing in the database that says who asked what, or what was answered', async () => {
    const [database] = nodes as [Database];
    await once(database, request('the-key'), async () => ({ email: 'pat@example.org' }));
    const [row] = await database.query<{ text: string }>('select i::text as text from idempotency_keys i');
    for (const word of ['the-key', 'client a', 'people', 'hunter2', 'pat@'])
      expect(row?.text).not.to.include(word).and.not.to.include(Buffer.from(word).toString('hex'));
  });

  it('never let a thing happen again whose answer cannot be opened any more', async () => {
    const [database] = nodes as [Database];
    await once(database, request('k5'), async () => 'done');
    keyring = { current: 'b', keys: new Map([['b', Buffer.alloc(32, 2)]]) };
    const error = await once(database, request('k5'), async () => 'again').catch((each) => each);
    expect([error.code, error.status]).to.deep.equal(['idempotency_answer_unreadable', 409]);
  });

  it('an answer that was moved to another key is not told', async () => {
    const [database] = nodes as [Database];
    await once(database, request('k6'), async () => 'of k6');
    await once(database, request('k7'), async () => 'of k7');
    await database.query(
      'update idempotency_keys set answer = (select answer from idempotency_keys order by created_at, key_hash limit 1)',
    );
    const outcomes = await Promise.all(
      ['k6', 'k7'].map((key) =>
        keysOf(database)
          .find(request(key))
          .catch((each) => each.code),
      ),
    );
    expect(outcomes).to.include('idempotency_answer_unreadable');
  });
});

describe('what takes part in the transaction of an act', () => {
  it('comes before and after its work, and ends it', async () => {
    const told: string[] = [];
    const database = {
      transaction: async <T>(work: (tx: never) => Promise<T>) => {
        told.push('begin');
        const result = await work(undefined as never);
        told.push('commit');
        return result;
      },
    };
    const part = {
      before: async () => void told.push('before'),
      after: async (_tx: unknown, result: unknown) => void told.push(`after ${result}`),
    };
    const result = await takingPart(database, part).transaction(async () => {
      told.push('work');
      return 7;
    });
    expect(result).to.equal(7);
    expect(told).to.deep.equal(['begin', 'before', 'work', 'after 7', 'commit']);
  });
});
