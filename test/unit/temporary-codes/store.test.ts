import { randomUUID } from 'node:crypto';
import { expect } from 'chai';
import { MAX_TRIES, newCode, parseCode } from '../../../src/domain/temporary-codes/policy.ts';
import {
  createTemporaryCodeStore,
  TemporaryCodeRecord,
  type TemporaryCodeStore,
} from '../../../src/domain/temporary-codes/store.ts';
import { addSeconds } from '../../../src/kernel/clock.ts';
import type { Keyring } from '../../../src/kernel/crypto.ts';
import { systemRandomness } from '../../../src/kernel/ids.ts';
import type { Database } from '../../../src/storage/database.ts';
import { openDatabase } from '../../../src/storage/orm.ts';
import { commitWrites, type UnitConflict, type Write } from '../../../src/storage/unit-of-work.ts';
import { createStoreDatabase, migrationsPath, type TestDatabase } from '../../support/postgres.ts';

describe('temporary codes', () => {
  it('have 50 random bits, in two groups of five that nobody misreads', () => {
    const codes = Array.from({ length: 3_000 }, () => newCode(systemRandomness));
    expect(new Set(codes).size).to.equal(codes.length);
    const counts = new Map<string, number>();
    for (const code of codes) {
      expect(code).to.match(/^[0-9A-HJKMNP-TV-Z]{5}-[0-9A-HJKMNP-TV-Z]{5}$/);
      for (const character of code.replace('-', '')) {
        counts.set(character, (counts.get(character) ?? 0) + 1);
      }
    }
    // 30 000 characters of 32 kinds: each 938 times, give or take eight standard deviations.
    expect(counts.size).to.equal(32);
    for (const count of counts.values()) expect(count).to.be.within(690, 1_190);
  });

  it('are read however they are heard and typed, and nothing else is', () => {
    const code = newCode(systemRandomness);
    const parsed = code.replace('-', '');
    const misheard = code.replaceAll('0', 'o').replaceAll('1', 'l');
    for (const typed of [code, code.toLowerCase(), parsed, code.replace('-', ' '), ` ${code}\n`, misheard]) {
      expect(parseCode(typed), typed).to.equal(parsed);
    }
    for (const typed of ['', code.slice(1), `${code}0`, code.replace(/.$/, 'U'), '123456', 'é'.repeat(10)]) {
      expect(parseCode(typed), typed).to.equal(undefined);
    }
  });

  describe('in the database', () => {
    let test: TestDatabase;
    let nodes: Database[];
    let now: Date;
    const ring: Keyring = { current: 'a', keys: new Map([['a', Buffer.alloc(32, 1)]]) };
    before(async () => {
      test = await createStoreDatabase();
      nodes = await Promise.all(
        [1, 2].map(() =>
          openDatabase({
            url: test.serverUrl,
            entities: [TemporaryCodeRecord],
            role: 'server',
            poolSize: 10,
            migrationsPath,
          }),
        ),
      );
    });
    after(async () => {
      for (const node of nodes) await node.close();
      await test.drop();
    });
    beforeEach(() => {
      now = new Date('2026-11-29T08:00:00Z');
    });

    const database = () => nodes[0] as Database;
    const store = (keyring = ring, node = 0): TemporaryCodeStore =>
      createTemporaryCodeStore(
        nodes[node] as Database,
        keyring,
        { temporaryCodeHours: 24 },
        { now: () => now },
        systemRandomness,
      );
    const issue = (account: string) => database().transaction((tx) => store().issue(tx, account));
    const spend = (write: Write) =>
      commitWrites(database(), [write]).then(
        () => 'done',
        (error: UnitConflict) => error.code,
      );
    const other = (code: string) => `${code.slice(0, -1)}${code.endsWith('0') ? '1' : '0'}`;
    async function outcome(account: string, code: string, of = store()): Promise<string> {
      const match = await of.match(account, code);
      return 'refused' in match ? match.refused : spend(match.write);
    }

    it('works once, for its account, and is stored as a digest under a key', async () => {
      const [account, somebody] = [randomUUID(), randomUUID()];
      const { code, expiresAt } = await issue(account);
      expect(expiresAt).to.deep.equal(addSeconds(now, 86_400));
      await issue(somebody);
      expect(await outcome(somebody, code)).to.equal('wrong');
      const rows = await database().query('select * from temporary_codes');
      expect(JSON.stringify(rows)).to.not.include(code).and.not.include(code.replace('-', ''));
      expect(await outcome(account, code)).to.equal('done');
      expect(await outcome(account, code)).to.equal('none');
      // The digest of one account means nothing in the row of another.
      await database().query(
        `update temporary_codes set used_at = null,
           code_digest = (select code_digest from temporary_codes where account_id = $1) where account_id = $2`,
        [account, somebody],
      );
      expect(await outcome(somebody, code)).to.equal('wrong');
    });

    it('works until its time is over', async () => {
      const account = randomUUID();
      const { code } = await issue(account);
      now = addSeconds(now, 86_399);
      const match = await store().match(account, code);
      now = addSeconds(now, 1);
      expect('write' in match && (await spend(match.write)), 'over since it was compared').to.equal(
        'factor_used',
      );
      expect(await outcome(account, code)).to.equal('none');
      await store().sweep(now, 10);
      expect(await store().sweep(addSeconds(now, 1), 10)).to.be.at.least(1);
    });

    it(`stands ${MAX_TRIES} tries, of which the last may be right; what cannot be a code is none`, async () => {
      const account = randomUUID();
      const { code } = await issue(account);
      expect(await outcome(account, '123456')).to.equal('malformed');
      for (let tries = 1; tries < MAX_TRIES; tries += 1) {
        expect(await outcome(account, other(code))).to.equal('wrong');
      }
      expect(await outcome(account, code)).to.equal('done');
      const next = await issue(account);
      for (let tries = 1; tries <= MAX_TRIES; tries += 1) await outcome(account, other(next.code));
      expect(await outcome(account, next.code)).to.equal('none');
    });

    it('counts tries before anything is compared, on all nodes', async () => {
      const account = randomUUID();
      const { code } = await issue(account);
      const outcomes = await Promise.all(
        Array.from({ length: 40 }, (_, index) => outcome(account, other(code), store(ring, index % 2))),
      );
      expect(outcomes.filter((each) => each === 'wrong')).to.have.length(MAX_TRIES);
      expect(outcomes.filter((each) => each === 'none')).to.have.length(40 - MAX_TRIES);
    });

    it('is spent once by however many at the same moment', async () => {
      const account = randomUUID();
      const { code } = await issue(account);
      const outcomes = await Promise.all(
        Array.from({ length: MAX_TRIES }, (_, index) => outcome(account, code, store(ring, index % 2))),
      );
      expect(outcomes.filter((each) => each === 'done')).to.have.length(1);
    });

    it('is void with the next one, also where it was compared already, and when it is revoked', async () => {
      const account = randomUUID();
      const first = await issue(account);
      const match = await store().match(account, first.code);
      const second = await issue(account);
      expect('write' in match && (await spend(match.write))).to.equal('factor_used');
      expect(await outcome(account, first.code)).to.equal('wrong');
      await commitWrites(database(), [store().revoke(account)]);
      expect(await outcome(account, second.code)).to.equal('none');
    });

    it('outlives a rotation of the keys as long as its key is there', async () => {
      const account = randomUUID();
      const { code } = await issue(account);
      const rotated: Keyring = { current: 'b', keys: new Map([['b', Buffer.alloc(32, 2)], ...ring.keys]) };
      const without: Keyring = { current: 'b', keys: new Map([['b', Buffer.alloc(32, 2)]]) };
      expect(await outcome(account, code, store(without))).to.equal('wrong');
      expect(await outcome(account, code, store(rotated))).to.equal('done');
    });
  });
});
