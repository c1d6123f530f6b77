import { randomBytes } from 'node:crypto';
import { expect } from 'chai';
import pg from 'pg';
import { AccountRecord } from '../../../src/domain/accounts/record-store.ts';
import { type AccountStore, createAccountStore } from '../../../src/domain/accounts/store.ts';
import { createStandIns, type StandIns } from '../../../src/domain/passwords/stand-in-store.ts';
import { systemClock } from '../../../src/kernel/clock.ts';
import { systemRandomness } from '../../../src/kernel/ids.ts';
import type { Database } from '../../../src/storage/database.ts';
import { openDatabase } from '../../../src/storage/orm.ts';
import { MIGRATIONS_PATH } from '../../../src/wire.ts';
import { argon2Hash, bcryptHash, costOfStored, hashesOfEveryKind } from '../../support/password-hashes.ts';
import { createStoreDatabase, type TestDatabase } from '../../support/postgres.ts';

const DIGEST_KEY = Buffer.alloc(32, 7);
const IDENTIFIERS = Array.from({ length: 4_000 }, (_, index) => `nobody-${index}@example.org`);

describe('stand-ins, kept', function () {
  this.timeout(60_000);
  let test: TestDatabase;
  let database: Database;
  let accounts: AccountStore;
  let standIns: StandIns;

  beforeEach(async () => {
    test = await createStoreDatabase();
    database = await openDatabase({
      url: test.serverUrl,
      entities: [AccountRecord],
      role: 'server',
      poolSize: 4,
      migrationsPath: MIGRATIONS_PATH,
    });
    accounts = createAccountStore(database, systemClock, systemRandomness);
    standIns = anotherNode();
  });
  afterEach(async () => {
    await database.close();
    await test.drop();
  });

  const anotherNode = (digestKey = DIGEST_KEY) =>
    createStandIns({ database, digestKey, clock: systemClock, random: systemRandomness });

  const add = (...passwordHashes: (string | undefined)[]) =>
    accounts.createMany(
      database,
      passwordHashes.map((passwordHash) => ({
        email: `${randomBytes(8).toString('hex')}@example.org`,
        name: 'Pat Person',
        ...(passwordHash === undefined ? {} : { passwordHash }),
      })),
    );
  const counted = async () => {
    const rows = await database.query<{ shape: string; accounts: string }>(
      `select shape, sum(accounts) as accounts from password_hash_counts group by shape having sum(accounts) <> 0`,
    );
    return Object.fromEntries(rows.map(({ shape, accounts: number }) => [shape, Number(number)]));
  };
  const costs = (node = standIns) => {
    const found: Record<string, number> = {};
    for (const identifier of IDENTIFIERS) {
      const standIn = node.of(identifier);
      const cost = standIn === undefined ? 'none' : costOfStored(standIn);
      found[cost] = (found[cost] ?? 0) + 1;
    }
    return found;
  };

  it('are none while no account has a password', async () => {
    await add(undefined);
    await standIns.refresh();
    expect(costs()).to.deep.equal({ none: IDENTIFIERS.length });
  });

  it('come in the proportions of the hashes that there are, of every kind that is imported', async () => {
    const hashes = Object.values(await hashesOfEveryKind('a password'));
    // The first kind ten times, the others once each.
    await add(...hashes, ...Array(9).fill(hashes[0]), undefined);
    await standIns.refresh();
    const found = costs();
    expect(Object.keys(found)).to.have.members(hashes.map(costOfStored));
    const total = hashes.length + 9;
    for (const [index, hash] of hashes.entries()) {
      const share = (index === 0 ? 10 : 1) / total;
      const deviation = Math.sqrt(IDENTIFIERS.length * share * (1 - share));
      expect(found[costOfStored(hash)], hash).to.be.closeTo(IDENTIFIERS.length * share, 6 * deviation);
    }
  });

  it('are the same for an identifier each time and on each node, and others under another key', async () => {
    await add(...Object.values(await hashesOfEveryKind('a password')));
    await standIns.refresh();
    const [other, stranger] = [anotherNode(), anotherNode(Buffer.alloc(32, 8))];
    await Promise.all([other.refresh(), stranger.refresh()]);
    const costOf = (node: StandIns, identifier: string) => costOfStored(String(node.of(identifier)));
    let same = 0;
    for (const identifier of IDENTIFIERS) {
      const cost = costOf(standIns, identifier);
      expect(costOf(standIns, identifier)).to.equal(cost);
      expect(costOf(other, identifier)).to.equal(cost);
      if (costOf(stranger, identifier) === cost) same += 1;
    }
    expect(same).to.be.below(IDENTIFIERS.length / 4);
  });

  it('are dealt out once by nodes that notice a change together', async () => {
    const nodes = [standIns, anotherNode(), anotherNode(), anotherNode()];
    for (let round = 0; round < 5; round += 1) {
      await add(bcryptHash('a password'), await argon2Hash('a password'), bcryptHash('a password', 5));
      await Promise.all(nodes.map((node) => node.refresh()));
      const [first, ...others] = nodes.map((node) => costs(node));
      for (const each of others) expect(each).to.deep.equal(first);
    }
  });

  it('follow accounts to the hashes of today, one identifier after the other and none back', async () => {
    const [bcrypt, argon] = [bcryptHash('a password'), await argon2Hash('a password')];
    const people = await add(...Array(20).fill(bcrypt));
    await standIns.refresh();
    const kindOf = (identifier: string) => costOfStored(String(standIns.of(identifier))).split(' ')[0];
    const gone = new Set<string>();
    for (const { id } of people) {
      expect(await accounts.replacePasswordHash(database, id, { from: bcrypt, to: argon })).to.equal(true);
      await standIns.refresh();
      for (const identifier of IDENTIFIERS.slice(0, 500)) {
        if (kindOf(identifier) === 'argon2id') gone.add(identifier);
        else expect(gone.has(identifier), identifier).to.equal(false);
      }
    }
    expect(gone).to.have.property('size', 500);
  });

  describe('by counts that triggers keep', () => {
    const [BCRYPT, ARGON] = ['$2b$04', '$argon2id$v=19$m=64,t=2,p=1$22$43'];

    it('of accounts that are made, changed and deleted, in whichever statement', async () => {
      const argon = await argon2Hash('a password');
      const [one, two] = await add(
        bcryptHash('x', 4, 'a'),
        bcryptHash('x', 4, 'y'),
        argon,
        undefined,
        'unreadable',
      );
      expect(await counted()).to.deep.equal({ [BCRYPT]: 2, [ARGON]: 1 });
      await accounts.replacePasswordHash(database, String(one?.id), {
        from: String(one?.passwordHash),
        to: argon,
      });
      expect(await counted()).to.deep.equal({ [BCRYPT]: 1, [ARGON]: 2 });
      await database.query('update accounts set password_hash = null where id = $1', [two?.id]);
      expect(await counted()).to.deep.equal({ [ARGON]: 2 });
      await database.query(`update accounts set name = 'Robin'`);
      await database.query('update accounts set password_hash = $2 where id = $1', [two?.id, argon]);
      expect(await counted()).to.deep.equal({ [ARGON]: 3 });
      await database.query('delete from accounts where id = $1', [one?.id]);
      expect(await counted()).to.deep.equal({ [ARGON]: 2 });
      const undone = database.transaction(async (tx) => {
        await tx.query('delete from accounts');
        throw new Error('no');
      });
      await undone.catch(() => undefined);
      expect(await counted()).to.deep.equal({ [ARGON]: 2 });
      const owner = new pg.Client({ connectionString: test.ownerUrl });
      await owner.connect();
      await owner.query('truncate accounts cascade').finally(() => owner.end());
      expect(await counted()).to.deep.equal({});
    });

    it('that nobody waits for: neither for an import, nor for another password', async () => {
      const hash = bcryptHash('x');
      const argon = await argon2Hash('x');
      const [account] = await add(hash);
      await database.transaction(async (tx) => {
        await accounts.createMany(tx, [{ email: 'a@example.org', name: 'A', passwordHash: hash }]);
        const replaced = accounts.replacePasswordHash(database, String(account?.id), {
          from: hash,
          to: argon,
        });
        const late = new Promise((resolve) => setTimeout(resolve, 2_000, 'waited').unref());
        expect(await Promise.race([replaced, late])).to.equal(true);
      });
    });

    it('and that are folded together, without a change of what they say', async () => {
      const argon = await argon2Hash('a password');
      for (let turn = 0; turn < 30; turn += 1) await add(...Array(3).fill(argon), bcryptHash('x'));
      await database.query(
        `insert into password_hash_counts (shape, accounts) select '${BCRYPT}', 1 - 2 * (i % 2) from generate_series(1, 600) i`,
      );
      const before = await counted();
      expect(before).to.deep.equal({ [ARGON]: 90, [BCRYPT]: 30 });
      await Promise.all([standIns.refresh(), anotherNode().refresh()]);
      expect(await counted()).to.deep.equal(before);
      const [rows] = await database.query<{ n: number }>(
        'select count(*)::int as n from password_hash_counts',
      );
      expect(rows?.n).to.be.at.most(4);
    });

    it('by the shape of a hash, and of nothing that is none', async () => {
      const hashes = Object.values(await hashesOfEveryKind('a password'));
      const peppered = `{pepper=k.1}${await argon2Hash('x')}`;
      const padded = hashes.map((hash) => (hash.startsWith('$pbkdf2') ? `${hash}==` : hash));
      const shapeOf = async (hash: string) =>
        (await database.query<{ shape: string | null }>('select password_hash_shape($1) as shape', [hash]))[0]
          ?.shape;
      for (const hash of [...hashes, ...padded, peppered]) {
        const shape = String(await shapeOf(hash));
        const digest = String(hash.split('$').at(-1)).replace(/=+$/, '');
        expect(shape, hash).to.not.include(digest);
        await add(hash);
      }
      await standIns.refresh();
      expect(Object.keys(costs())).to.have.members([...new Set([...hashes, peppered].map(costOfStored))]);
      for (const none of [
        '',
        'my password',
        'my$pass$word',
        '$my$pass$word',
        '$argon2id$v=19$secret words$c2FsdHNhbHQ$ZGlnZXN0ZGlnZXN0',
        `$2b$04$${'a'.repeat(52)}`,
        `{pepper=k1}$2b$04$${'a'.repeat(53)}`,
        `$argon2id$v=19$m=8,t=1,p=1$c2FsdHNhbHQ$${'a'.repeat(600)}`,
      ]) {
        const shape = await shapeOf(none);
        expect(shape, none).to.equal(null);
      }
    });
  });
});
