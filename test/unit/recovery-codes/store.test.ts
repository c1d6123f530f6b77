import { randomUUID } from 'node:crypto';
import { expect } from 'chai';
import fc from 'fast-check';
import type { PasswordHasher } from '../../../src/domain/passwords/hasher.ts';
import { CODES, hashOf, newCodes, parseCode } from '../../../src/domain/recovery-codes/policy.ts';
import {
  createRecoveryCodeStore,
  RecoveryCodeRecord,
  type RecoveryCodeStore,
} from '../../../src/domain/recovery-codes/store.ts';
import { writeCode } from '../../../src/kernel/crockford.ts';
import { systemRandomness } from '../../../src/kernel/ids.ts';
import type { Database } from '../../../src/storage/database.ts';
import { openDatabase } from '../../../src/storage/orm.ts';
import { commitWrites, type UnitConflict, type Write } from '../../../src/storage/unit-of-work.ts';
import { createStoreDatabase, migrationsPath, type TestDatabase } from '../../support/postgres.ts';
import { cheapHasher } from '../../support/server.ts';

/** A code as versions before made it: of 120 bits. */
const longCode = () => writeCode(systemRandomness.bytes(15), 24, 4);

const setsOf = (count: number) => Array.from({ length: count }, () => newCodes(systemRandomness));

describe('recovery codes', () => {
  it('have 80 random bits, in four groups of four that nobody misreads', () => {
    const codes = setsOf(300).flat();
    expect(new Set(codes).size).to.equal(300 * CODES);
    const counts = new Map<string, number>();
    for (const code of codes) {
      expect(code).to.match(/^[0-9A-HJKMNP-TV-Z]{4}(-[0-9A-HJKMNP-TV-Z]{4}){3}$/);
      for (const character of code.replaceAll('-', '')) {
        counts.set(character, (counts.get(character) ?? 0) + 1);
      }
    }
    // 48 000 characters of 32 kinds: each 1500 times, give or take eight standard deviations.
    expect(counts.size).to.equal(32);
    for (const count of counts.values()) expect(count).to.be.within(1_200, 1_800);
  });

  it('of one set are told apart by their first two characters', () => {
    for (const codes of setsOf(300)) {
      expect(new Set(codes.map((code) => code.slice(0, 2))).size).to.equal(CODES);
    }
    const broken = { ...systemRandomness, bytes: (length: number) => Buffer.alloc(length) };
    expect(() => newCodes(broken)).to.throw('broken');
  });

  it('are read however they are written down, those of earlier versions too', () => {
    for (const code of [...setsOf(20).flat(), longCode()]) {
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
        expect(parseCode(typed)?.code, typed).to.equal(parsed);
      }
    }
  });

  it('are nothing else', () => {
    const [code = ''] = newCodes(systemRandomness);
    for (const typed of ['', code.slice(1), `${code}0`, code.replace(/.$/, 'U'), '123456', 'é'.repeat(16)]) {
      expect(parseCode(typed), typed).to.equal(undefined);
    }
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (typed) => {
        const parsed = parseCode(typed);
        if (parsed !== undefined) expect(parsed.code).to.match(/^(?:[0-9A-HJKMNP-TV-Z]{8}){2,3}$/);
      }),
    );
  });
});

describe('recovery code store', function () {
  this.timeout(60_000);
  let test: TestDatabase;
  let database: Database;
  let recovery: RecoveryCodeStore;
  let hasher: PasswordHasher;
  const hashed: (string | undefined)[] = [];
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
    test = await createStoreDatabase();
    database = await openPool();
    hasher = await cheapHasher();
    recovery = createRecoveryCodeStore(database, clock, systemRandomness, {
      hash: (text) => hasher.hash(text),
      verify: (stored, text) => {
        hashed.push(stored);
        return hasher.verify(stored, text);
      },
    });
  });
  after(async () => {
    await database.close();
    await test.drop();
    await hasher.close();
  });

  const outcome = (writes: readonly Write[], pool = database) =>
    commitWrites(pool, writes).then(
      () => 'done',
      (error: UnitConflict) => error.code,
    );

  async function generated(accountId = randomUUID()) {
    const { codes, writes } = await recovery.generate(accountId);
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
    // Of fewer than 112 bits: hashed like a password, each with a salt of its own (OWASP ASVS 6.5.2).
    const stored = rows.map(({ code_hash: hash }) => hash.toString());
    for (const each of stored) expect(each).to.match(/^\$argon2id\$v=19\$m=/);
    expect(new Set(stored.map((each) => each.split('$')[4])).size).to.equal(CODES);
    const input = (id: string) => hashOf(id, parseCode(code)?.code ?? '').toString('base64url');
    const matches = (id: string) =>
      Promise.all(stored.map(async (each) => (await hasher.verify(each, input(id))).matches));
    expect((await matches(accountId)).filter(Boolean)).to.have.length(1);
    expect((await matches(randomUUID())).filter(Boolean)).to.have.length(0);
  });

  it('hashes once for every code that is typed, whether or not one begins like it', async () => {
    const { accountId, codes } = await generated();
    const unknown = newCodes(systemRandomness).find((each) =>
      codes.every((code) => code.slice(0, 2) !== each.slice(0, 2)),
    );
    hashed.length = 0;
    expect(await used(accountId, `${codes[0]?.slice(0, -1)}${codes[0]?.endsWith('0') ? '1' : '0'}`)).to.equal(
      'wrong',
    );
    expect(await used(accountId, String(unknown))).to.equal('wrong');
    expect(hashed).to.have.length(2);
    expect(hashed[0]).to.match(/^\$argon2id/);
    expect(hashed[1]).to.equal(undefined);
  });

  it('takes the codes of earlier versions, each once, until others are made', async () => {
    const accountId = randomUUID();
    const codes = Array.from({ length: CODES }, longCode);
    for (const [position, code] of codes.entries()) {
      await database.query(
        'insert into recovery_codes (account_id, position, code_hash, created_at) values ($1, $2, $3, $4)',
        [accountId, position + 1, hashOf(accountId, code.replaceAll('-', '')), clock.now()],
      );
    }
    expect(await used(randomUUID(), codes[0] ?? '')).to.equal('wrong');
    expect(await used(accountId, codes[0]?.toLowerCase() ?? '')).to.equal('done');
    expect(await used(accountId, codes[0] ?? '')).to.equal('used');
    expect((await recovery.remaining(accountId)).left).to.equal(CODES - 1);
    await generated(accountId);
    expect(await used(accountId, codes[1] ?? '')).to.equal('wrong');
    expect((await recovery.remaining(accountId)).left).to.equal(CODES);
  });

  it('takes those that a node of an earlier version has made in the place of shorter ones', async () => {
    const { accountId, codes } = await generated();
    const code = longCode();
    await database.query(
      `insert into recovery_codes (account_id, position, code_hash, created_at) values ($1, 1, $2, $3)
       on conflict (account_id, position) do update
         set code_hash = excluded.code_hash, created_at = excluded.created_at, used_at = null`,
      [accountId, hashOf(accountId, code.replaceAll('-', '')), clock.now()],
    );
    expect(await used(accountId, codes[0] ?? '')).to.equal('wrong');
    expect(await used(accountId, code)).to.equal('done');
    expect(await used(accountId, code)).to.equal('used');
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
    expect(await used(one.accountId, newCodes(systemRandomness)[0] ?? '')).to.equal('wrong');
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
    const sets = await Promise.all(Array.from({ length: 8 }, () => recovery.generate(accountId)));
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
