import { randomUUID } from 'node:crypto';
import { expect } from 'chai';
import fc from 'fast-check';
import { CODES, hashOf, newCode, parseCode } from '../../../src/domain/recovery-codes/policy.ts';
import {
  createRecoveryCodeStore,
  RecoveryCodeRecord,
  type RecoveryCodeStore,
} from '../../../src/domain/recovery-codes/store.ts';
import { systemRandomness } from '../../../src/kernel/ids.ts';
import type { Database } from '../../../src/storage/database.ts';
import { openDatabase } from '../../../src/storage/orm.ts';
import { commitWrites, type UnitConflict, type Write } from '../../../src/storage/unit-of-work.ts';
import { createTestDatabase, migrationsPath, type TestDatabase } from '../../support/postgres.ts';

describe('recovery codes', () => {
  it('have 120 random bits, in six groups of four that nobody misreads', () => {
    const codes = Array.from({ length: 2_000 }, () => newCode(systemRandomness));
    expect(new Set(codes).size).to.equal(codes.length);
    const counts = new Map<string, number>();
    for (const code of codes) {
      expect(code).to.match(/^[0-9A-HJKMNP-TV-Z]{4}(-[0-9A-HJKMNP-TV-Z]{4}){5}$/);
      for (const character of code.replaceAll('-', '')) {
        counts.set(character, (counts.get(character) ?? 0) + 1);
      }
    }
    // 48 000 characters of 32 kinds: each 1500 times, give or take eight standard deviations.
    expect(counts.size).to.equal(32);
    for (const count of counts.values()) expect(count).to.be.within(1_200, 1_800);
    // All of the bytes, in their order: of 15 bytes of zeros or ones there is one code each.
    const of = (byte: number) =>
      newCode({ ...systemRandomness, bytes: (length) => Buffer.alloc(length, byte) });
    expect([of(0), of(255)]).to.deep.equal(['0000-'.repeat(6).slice(0, -1), 'ZZZZ-'.repeat(6).slice(0, -1)]);
  });

  it('are read however they are written down', () => {
    const code = newCode(systemRandomness);
    const parsed = code.replaceAll('-', '');
    const misread = (text: string) => text.replaceAll('0', 'o').replaceAll('1', 'l');
    for (const typed of [
      code,
      code.toLowerCase(),
      parsed,
      code.replaceAll('-', ' '),
      code.replaceAll('-', '–'),
      ` ${code}\n`,
      misread(code),
      misread(code).toUpperCase(),
    ]) {
      expect(parseCode(typed), typed).to.equal(parsed);
    }
  });

  it('are nothing else', () => {
    const code = newCode(systemRandomness);
    for (const typed of ['', code.slice(1), `${code}0`, code.replace(/.$/, 'U'), '123456', 'é'.repeat(24)]) {
      expect(parseCode(typed), typed).to.equal(undefined);
    }
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (typed) => {
        const parsed = parseCode(typed);
        if (parsed !== undefined) expect(parsed).to.match(/^[0-9A-HJKMNP-TV-Z]{24}$/);
      }),
    );
  });
});

describe('recovery code store', function () {
  this.timeout(60_000);
  let test: TestDatabase;
  let database: Database;
  let recovery: RecoveryCodeStore;
  const clock = { now: () => new Date(Date.UTC(2026, 10, 23)) };
  const openPool = () =>
    openDatabase({
      url: test.serverUrl,
      entities: [RecoveryCodeRecord],
      role: 'server',
      poolSize: 10,
      migrationsPath,
    });

  before(async () => {
    test = await createTestDatabase();
    database = await openPool();
    recovery = createRecoveryCodeStore(database, clock, systemRandomness);
  });
  after(async () => {
    await database.close();
    await test.drop();
  });

  const outcome = (writes: readonly Write[], pool = database) =>
    commitWrites(pool, writes).then(
      () => 'done',
      (error: UnitConflict) => error.code,
    );

  async function generated(accountId = randomUUID()) {
    const { codes, writes } = recovery.generate(accountId);
    await commitWrites(database, writes);
    return { accountId, codes };
  }

  async function used(accountId: string, code: string): Promise<string> {
    const match = await recovery.match(accountId, code);
    return 'refused' in match ? match.refused : outcome([match.write]);
  }

  it('makes ten, and keeps none of them but as a hash that names the person', async () => {
    const { accountId, codes } = await generated();
    expect(new Set(codes).size).to.equal(CODES);
    expect(await recovery.remaining(accountId)).to.deep.equal({ createdAt: clock.now(), left: CODES });
    const rows = await database.query<{ code_hash: Buffer }>(
      'select * from recovery_codes where account_id = $1',
      [accountId],
    );
    const [code = ''] = codes;
    const text = rows.map((row) => JSON.stringify(row) + row.code_hash.toString('latin1')).join();
    expect(text).to.not.include(code).and.not.include(code.replaceAll('-', ''));
    const parsed = parseCode(code) ?? '';
    expect(rows.some((row) => row.code_hash.equals(hashOf(accountId, parsed)))).to.equal(true);
    expect(hashOf(accountId, parsed)).to.not.deep.equal(hashOf(randomUUID(), parsed));
  });

  it('takes each once, and says how many are left', async () => {
    const { accountId, codes } = await generated();
    for (const [index, code] of codes.entries()) {
      const match = await recovery.match(accountId, code.toLowerCase());
      expect(match).to.have.property('codesLeft', CODES - 1 - index);
      expect(await used(accountId, code)).to.equal('done');
      expect(await used(accountId, code)).to.equal('used');
    }
    expect((await recovery.remaining(accountId)).left).to.equal(0);
  });

  it('refuses what is no code, nobody’s, or somebody else’s', async () => {
    const [one, two] = [await generated(), await generated()];
    expect(await used(one.accountId, two.codes[0] ?? '')).to.equal('wrong');
    expect(await used(one.accountId, newCode(systemRandomness))).to.equal('wrong');
    expect(await used(randomUUID(), one.codes[0] ?? '')).to.equal('wrong');
    for (const typed of ['', '123456', (one.codes[0] ?? '').slice(1)]) {
      expect(await used(one.accountId, typed)).to.equal('malformed');
    }
  });

  it('lets one of 50 parallel uses on two pools win', async () => {
    const { accountId, codes } = await generated();
    const second = await openPool();
    try {
      const matches = await Promise.all(
        Array.from({ length: 50 }, () => recovery.match(accountId, codes[3] ?? '')),
      );
      const outcomes = await Promise.all(
        matches.map((match, index) =>
          'refused' in match ? match.refused : outcome([match.write], index % 2 ? second : database),
        ),
      );
      expect(outcomes.filter((each) => each === 'done')).to.have.length(1);
      expect(outcomes.filter((each) => each === 'factor_used')).to.have.length(49);
    } finally {
      await second.close();
    }
    expect((await recovery.remaining(accountId)).left).to.equal(CODES - 1);
  });

  it('replaces all earlier codes, used or not, also when two are made at the same time', async () => {
    const { accountId, codes } = await generated();
    await used(accountId, codes[0] ?? '');
    const sets = Array.from({ length: 8 }, () => recovery.generate(accountId));
    await Promise.all(sets.map(({ writes }) => commitWrites(database, writes)));
    expect((await recovery.remaining(accountId)).left).to.equal(CODES);
    for (const code of codes) expect(await used(accountId, code)).to.equal('wrong');
    const works = await Promise.all(
      sets.map(async (set) => 'write' in (await recovery.match(accountId, set.codes[0] ?? ''))),
    );
    expect(works.filter(Boolean)).to.have.length(1);
    const whole = sets[works.indexOf(true)]?.codes ?? [];
    for (const code of whole) expect(await used(accountId, code)).to.equal('done');
  });

  it('a code that was replaced after it was compared is not taken', async () => {
    const { accountId, codes } = await generated();
    const match = await recovery.match(accountId, codes[0] ?? '');
    await generated(accountId);
    expect('refused' in match ? '' : await outcome([match.write])).to.equal('factor_used');
  });

  it('removes all', async () => {
    const { accountId, codes } = await generated();
    await commitWrites(database, [recovery.removeAll(accountId)]);
    expect(await recovery.remaining(accountId)).to.deep.equal({ createdAt: undefined, left: 0 });
    expect(await used(accountId, codes[0] ?? '')).to.equal('wrong');
  });
});
