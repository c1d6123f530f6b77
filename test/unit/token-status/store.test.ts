import { expect } from 'chai';
import { createStatusIndexes } from '../../../src/domain/token-status/indexes.ts';
import {
  BLOCK_SECONDS,
  BLOCK_SIZE,
  LIST_SECONDS,
  LIST_SIZE,
} from '../../../src/domain/token-status/policy.ts';
import { createTokenStatusStore } from '../../../src/domain/token-status/store.ts';
import { systemRandomness } from '../../../src/kernel/ids.ts';
import { PostgresAdapter } from '../../../src/oidc/adapter.ts';
import { ArtifactChanges } from '../../../src/oidc/artifacts.ts';
import { commitWrites } from '../../../src/storage/unit-of-work.ts';
import { fixture } from '../../support/evidence/fixture.ts';
import { startTestServer, type TestServer } from '../../support/server.ts';

describe('the status of tokens', function statuses() {
  this.timeout(60_000);
  const clock = { offset: 0, now: () => new Date(Date.now() + clock.offset * 1000) };
  let server: TestServer;

  before(async () => {
    server = await startTestServer();
  });
  after(() => server.stop());
  beforeEach(async () => {
    clock.offset = 0;
    await server.app.database.query('delete from status_lists');
    await server.app.database.query('delete from revoked_tokens');
  });

  const store = () => createTokenStatusStore(server.app.database, clock);
  const node = (statuses: Pick<ReturnType<typeof store>, 'leaseBlock'> = store()) =>
    createStatusIndexes({ statuses, clock, random: systemRandomness });
  const many = (count: number, from: ReturnType<typeof node>) =>
    Promise.all(Array.from({ length: count }, () => from.take()));

  describe('an index', () => {
    it('is given once, on three nodes at once, block after block, and after each has been started again', async () => {
      const taken: number[] = [];
      for (let start = 0; start < 2; start += 1) {
        const nodes = [node(), node(), node()];
        for (const indexes of await Promise.all(nodes.map((each) => many(BLOCK_SIZE + 300, each))))
          taken.push(...indexes);
      }
      expect(new Set(taken)).to.have.property('size', 6 * (BLOCK_SIZE + 300));
    });

    it('tells nothing of its turn', async () => {
      const indexes = await many(BLOCK_SIZE, node());
      const sorted = indexes.toSorted((a, b) => a - b);
      expect(Number(sorted.at(-1)) - Number(sorted[0])).to.equal(BLOCK_SIZE - 1);
      const following = indexes.filter((index, turn) => Math.abs(index - Number(indexes[turn - 1])) === 1);
      expect(following.length).to.be.below(20);
    });

    it('costs one statement for a whole block, and the next is there before it is needed', async () => {
      let leases = 0;
      const indexes = node({
        leaseBlock: async () => {
          leases += 1;
          return leases;
        },
      });
      await many(BLOCK_SIZE / 2, indexes);
      expect(leases).to.equal(1);
      await many(BLOCK_SIZE / 2 - 1, indexes);
      expect(leases).to.equal(2);
      await many(BLOCK_SIZE / 2, indexes);
      expect(leases).to.equal(2);
    });

    it('is of no block that is older than an hour, so that lists come to an end', async () => {
      const indexes = node();
      const first = await indexes.take();
      clock.offset = BLOCK_SECONDS - 1;
      expect(Math.floor((await indexes.take()) / BLOCK_SIZE)).to.equal(Math.floor(first / BLOCK_SIZE));
      clock.offset = BLOCK_SECONDS;
      expect(Math.floor((await indexes.take()) / BLOCK_SIZE)).to.not.equal(Math.floor(first / BLOCK_SIZE));
    });

    it('is not to be had without the database once the block is used up, and again afterwards', async () => {
      let away = false;
      const { leaseBlock } = store();
      const indexes = node({
        leaseBlock: async () => {
          if (away) throw new Error('away');
          return leaseBlock();
        },
      });
      await indexes.take();
      away = true;
      const rest = await Promise.all(Array.from({ length: BLOCK_SIZE - 1 }, () => indexes.take()));
      expect(new Set(rest).size).to.equal(BLOCK_SIZE - 1);
      expect(await indexes.take().catch((error: Error) => error.message)).to.equal('away');
      away = false;
      expect(await indexes.take()).to.be.a('number');
    });
  });

  describe('a list', () => {
    it('is there from its first block on, until the last of its tokens has expired', async () => {
      const statuses = store();
      expect(await statuses.revokedOf(0)).to.equal(undefined);
      const list = Math.floor((await node().take()) / LIST_SIZE);
      expect(await statuses.lists()).to.deep.equal([list]);
      clock.offset = LIST_SECONDS - 60;
      expect(await statuses.revokedOf(list)).to.deep.equal([]);
      clock.offset = LIST_SECONDS + 1;
      expect(await statuses.revokedOf(list)).to.equal(undefined);
      expect(await statuses.lists()).to.deep.equal([]);
      await node().take();
      expect(await statuses.revokedOf(list), 'another block of it was taken').to.deep.equal([]);
    });

    it('tells its own revoked tokens, whoever asks at the same moment for whichever', async () => {
      const { database } = server.app;
      const statuses = store();
      await database.query(
        `insert into status_lists select n, now() + interval '1 day' from generate_series(5, 7) n`,
      );
      const until = new Date(Date.now() + 60_000);
      for (const index of [
        5 * LIST_SIZE - 1,
        5 * LIST_SIZE,
        6 * LIST_SIZE - 1,
        7 * LIST_SIZE + 9,
        7 * LIST_SIZE + 3,
      ])
        await commitWrites(database, [statuses.revoke(index, until, 'revoked')]);
      const asked = [5, 7, 6, 8, 5, 5];
      expect(await Promise.all(asked.map((list) => statuses.revokedOf(list)))).to.deep.equal([
        [0, LIST_SIZE - 1],
        [3, 9],
        [],
        undefined,
        [0, LIST_SIZE - 1],
        [0, LIST_SIZE - 1],
      ]);
      expect(await Promise.all([5 * LIST_SIZE, 5 * LIST_SIZE + 1].map(statuses.isRevoked))).to.deep.equal([
        true,
        false,
      ]);
    });

    it('and its marks are swept when they are of no use', async () => {
      const { database } = server.app;
      await database.query(`insert into revoked_tokens
        select n, now() + (case when n <= 5 then -1 else 1 end) * interval '1 hour' from generate_series(1, 9) n`);
      await database.query(`insert into status_lists values (1, now() - interval '1 hour'), (2, now())`);
      const before = new Date(Date.now() - 60_000);
      expect(await store().sweep(before, 3)).to.equal(3);
      expect(await store().sweep(before, 3)).to.equal(2);
      expect(await database.query('select 1 from revoked_tokens')).to.have.length(4);
      expect(await database.query('select id from status_lists')).to.deep.equal([{ id: 2 }]);
    });
  });

  describe('a record of a token that is deleted', () => {
    const record = (id: string, statusIndex: number, minutes: number, grantId = 'a-grant') => {
      const changes = new ArtifactChanges();
      const expiresAt = new Date(Date.now() + minutes * 60_000);
      changes.upsert('JwtAccessToken', id, { grantId, statusIndex }, expiresAt);
      return commitWrites(server.app.database, changes.writes());
    };
    const marks = async () =>
      (
        await server.app.database.query<{ index: number }>(
          'select status_index::int as index from revoked_tokens order by 1',
        )
      ).map(({ index }) => index);

    it('is marked before its time, and not when it is swept', async () => {
      await record('one', 1, 10);
      await record('two', 2, -25 * 60);
      await fixture(server.app.database, `delete from oidc_artifacts where model = 'JwtAccessToken'`);
      expect(await marks()).to.deep.equal([1]);
    });

    it('goes with the access tokens of its grant, which is how the provider knows it', async () => {
      await record('one', 1, 10);
      await record('two', 2, 10, 'another-grant');
      const {
        database,
        clock: now,
        random,
        tokens: { artifacts },
        secrets: { keyring },
        sessions: { records: sessionRecords },
      } = server.app;
      const guardUserCode = <T>(find: () => Promise<T>) => find();
      const deps = { database, artifacts, keyring, clock: now, random, sessionRecords, guardUserCode };
      const adapter = (model: string) =>
        new PostgresAdapter(model, { ...deps, findClient: async () => undefined });
      await adapter('RefreshToken').revokeByGrantId('a-grant');
      expect(await marks()).to.deep.equal([]);
      await adapter('AccessToken').revokeByGrantId('a-grant');
      expect(await marks()).to.deep.equal([1]);
    });
  });
});
