import { expect } from 'chai';
import type { Claim, Decision, Limit } from '../../../src/domain/rate-limits/policy.ts';
import { createRateLimits, RateLimitRecord, type RateLimits } from '../../../src/domain/rate-limits/store.ts';
import { GatehouseError } from '../../../src/kernel/errors.ts';
import type { Database } from '../../../src/storage/database.ts';
import { openDatabase } from '../../../src/storage/orm.ts';
import { openRedis, type Redis } from '../../../src/storage/redis.ts';
import { createStoreDatabase, migrationsPath, type TestDatabase } from '../../support/postgres.ts';
import { eventually } from '../../support/processes.ts';
import { useRedis } from '../../support/redis.ts';

const FIVE: Limit = { name: 'five', points: 5, seconds: 60 };
const THREE: Limit = { name: 'three', points: 3, seconds: 60 };

let runs = 0;
/** A key that no other test has used. */
const fresh = () => {
  runs += 1;
  return `key ${runs}`;
};

describe('rate limits', function () {
  this.timeout(60_000);
  let test: TestDatabase;
  const databases: Database[] = [];
  let now = new Date('2026-11-23T10:00:00Z');
  const clock = { now: () => now };
  const forward = (seconds: number) => {
    now = new Date(now.getTime() + seconds * 1000);
  };

  before(async () => {
    test = await createStoreDatabase();
    for (let node = 0; node < 2; node += 1) {
      databases.push(
        await openDatabase({
          url: test.serverUrl,
          entities: [RateLimitRecord],
          role: 'server',
          poolSize: 10,
          migrationsPath,
        }),
      );
    }
  });
  after(async () => {
    for (const database of databases) await database.close();
    await test.drop();
  });

  /** A node: two of them share nothing but the database and Redis. */
  const node = (
    redis?: Redis,
    database = databases[0] as Database,
    onFallback: (error: unknown) => void = () => {},
  ) => createRateLimits({ database, redis, digestKey: Buffer.alloc(32, 3), clock, onFallback });

  const allowed = (decisions: readonly Decision[]) => decisions.filter((decision) => decision.allowed).length;
  const many = (count: number, ...nodes: RateLimits[]) => {
    const claims: Claim[] = [{ limit: FIVE, key: fresh() }];
    return Promise.all(
      Array.from({ length: count }, (_, index) => (nodes[index % nodes.length] as RateLimits).take(claims)),
    );
  };

  /** What holds wherever the counts are. */
  function contract(open: (database?: Database) => RateLimits) {
    it('lets pass as many as the budget has, and says how it stands', async () => {
      const limits = open();
      const claims = [{ limit: THREE, key: fresh() }];
      const decisions: Decision[] = [];
      for (let asked = 0; asked < 5; asked += 1) decisions.push(await limits.take(claims));
      expect(decisions.map((decision) => decision.allowed)).to.deep.equal([true, true, true, false, false]);
      expect(decisions.map(({ standings }) => standings[0]?.remaining)).to.deep.equal([2, 1, 0, 0, 0]);
      expect(decisions.map(({ first }) => first)).to.deep.equal([false, false, false, true, false]);
      expect(decisions.at(-1)?.refusedBy?.resetSeconds).to.be.within(1, 60);
    });

    it('gives back what did not count in the end, also of a budget that has refused', async () => {
      const limits = open();
      const claims = [
        { limit: THREE, key: fresh() },
        { limit: FIVE, key: fresh() },
      ];
      for (let asked = 0; asked < 3; asked += 1) {
        expect((await limits.take(claims)).allowed).to.equal(true);
        await limits.giveBack(claims);
      }
      const decisions: Decision[] = [];
      for (let asked = 0; asked < 4; asked += 1) decisions.push(await limits.take(claims));
      expect(decisions.map((decision) => decision.allowed)).to.deep.equal([true, true, true, false]);
      await limits.giveBack(claims);
      await limits.giveBack(claims);
      expect((await limits.take(claims)).allowed).to.equal(true);
      await limits.giveBack([{ limit: THREE, key: fresh() }]);
      await limits.giveBack([{ limit: { ...THREE, points: 0 }, key: fresh() }]);
    });

    it('keeps keys and limits apart', async () => {
      const limits = open();
      const key = fresh();
      for (let asked = 0; asked < 4; asked += 1) await limits.take([{ limit: THREE, key }]);
      expect((await limits.take([{ limit: THREE, key: fresh() }])).allowed).to.equal(true);
      expect((await limits.take([{ limit: FIVE, key }])).allowed).to.equal(true);
    });

    it('takes nothing from the second budget when the first refuses', async () => {
      const limits = open();
      const [address, identifier] = [fresh(), fresh()];
      const claims = [
        { limit: THREE, key: address },
        { limit: FIVE, key: identifier },
      ];
      for (let asked = 0; asked < 20; asked += 1) await open().take(claims);
      const { standings } = await limits.take([{ limit: FIVE, key: identifier }]);
      expect(standings[0]?.remaining).to.equal(5 - 3 - 1);
    });

    it('counts no limit that is off', async () => {
      const limits = open();
      const off = { limit: { name: 'off', points: 0, seconds: 60 }, key: fresh() };
      for (let asked = 0; asked < 10; asked += 1) {
        expect(await limits.take([off])).to.deep.include({ allowed: true, standings: [] });
      }
    });

    it('lets exactly five of 100 parallel requests on two nodes pass, and tells of it once', async () => {
      const decisions = await many(100, open(), open(databases[1]));
      expect(allowed(decisions)).to.equal(5);
      expect(decisions.filter(({ first }) => first)).to.have.length(1);
    });
  }

  describe('in PostgreSQL', () => {
    contract((database) => node(undefined, database));

    it('begin anew when the time is over', async () => {
      const limits = node();
      const claims = [{ limit: THREE, key: fresh() }];
      for (let asked = 0; asked < 4; asked += 1) await limits.take(claims);
      forward(59);
      expect((await limits.take(claims)).allowed).to.equal(false);
      forward(1);
      expect((await limits.take(claims)).standings[0]?.remaining).to.equal(2);
    });

    it('cost no statement while a budget is known to be exhausted', async () => {
      let statements = 0;
      const counting: Database = {
        ...(databases[0] as Database),
        query: (...given) => {
          statements += 1;
          return (databases[0] as Database).query(...given);
        },
      };
      const limits = node(undefined, counting);
      const claims = [{ limit: THREE, key: fresh() }];
      for (let asked = 0; asked < 50; asked += 1) await limits.take(claims);
      expect(statements).to.equal(4);
    });

    it('store neither address nor identifier', async () => {
      await node().take([{ limit: FIVE, key: 'amara@example.org' }]);
      const [row] = await (databases[0] as Database).query<{ text: string }>(
        `select string_agg(r::text, ' ') as text from rate_limits r`,
      );
      expect(row?.text).not.to.contain('amara').and.not.to.contain(Buffer.from('amara').toString('hex'));
    });

    it('forget what is over', async () => {
      const limits = node();
      await limits.take([{ limit: FIVE, key: fresh() }]);
      forward(61);
      await limits.sweep();
      expect(await (databases[0] as Database).query('select 1 from rate_limits')).to.deep.equal([]);
    });

    it('refuse when PostgreSQL cannot be asked', async () => {
      const away = await openDatabase({
        url: test.serverUrl,
        entities: [RateLimitRecord],
        role: 'server',
        poolSize: 1,
        migrationsPath,
      });
      await away.close();
      const broken: Database = {
        ...away,
        query: () =>
          Promise.reject(new GatehouseError('database_unavailable', { status: 503, message: 'away' })),
      };
      const error = await node(undefined, broken)
        .take([{ limit: FIVE, key: fresh() }])
        .catch((thrown: unknown) => thrown);
      expect(error).to.be.instanceOf(GatehouseError).with.property('status', 503);
    });
  });

  describe('on Redis', () => {
    const redis = useRedis();
    const clients: Redis[] = [];
    const connect = async () => {
      const client = await openRedis(redis().url, () => {});
      clients.push(client);
      await eventually('Redis is connected', async () => client.status === 'ready');
      return client;
    };
    let client: Redis;
    before(async () => {
      client = await connect();
    });
    after(() => {
      for (const each of clients) each.disconnect();
    });

    contract((database) => node(client, database));

    it('ask PostgreSQL nothing', async () => {
      const forbidden = {
        query: () => Promise.reject(new Error('PostgreSQL was asked')),
      } as unknown as Database;
      expect(allowed(await many(10, node(client, forbidden)))).to.equal(5);
    });

    it('store neither address nor identifier', async () => {
      await node(client).take([{ limit: FIVE, key: 'amara@example.org' }]);
      const keys = await client.keys('*');
      expect(keys).to.have.length.above(0);
      expect(keys.join()).not.to.contain('amara');
      expect(keys.every((key) => key.startsWith('gatehouse:limit:'))).to.equal(true);
    });

    it('let nobody through when Redis dies, nor while it is dead', async () => {
      const fallbacks: unknown[] = [];
      const limits = node(client, databases[0], (error) => fallbacks.push(error));
      const claims = [{ limit: FIVE, key: fresh() }];
      const decisions: Decision[] = [];
      for (let asked = 0; asked < 5; asked += 1) decisions.push(await limits.take(claims));
      await redis().kill();
      try {
        for (let asked = 0; asked < 20; asked += 1) decisions.push(await limits.take(claims));
        // The count of PostgreSQL begins at zero: once more the budget, and no more.
        expect(allowed(decisions)).to.equal(10);
        expect(fallbacks, 'told once, not for every request').to.have.length(1);
        expect(allowed(await many(40, node(client), node(client, databases[1])))).to.equal(5);
      } finally {
        await redis().restart();
        await eventually('Redis is connected again', async () => client.status === 'ready');
      }
      expect(allowed(await many(40, node(client), node(client)))).to.equal(5);
    });

    it('wait only briefly for a Redis that answers nothing', async () => {
      const limits = node(client);
      redis().pause();
      try {
        const began = performance.now();
        expect(allowed(await many(20, limits))).to.equal(5);
        expect(performance.now() - began).to.be.below(5_000);
        const again = performance.now();
        await many(20, limits);
        expect(performance.now() - again, 'then not at all').to.be.below(1_000);
      } finally {
        redis().resume();
      }
    });
  });
});
