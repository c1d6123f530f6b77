import { expect } from 'chai';
import fc from 'fast-check';
import { type Argon2Engine, loadArgon2Engine } from '../../../src/domain/passwords/argon2.ts';
import {
  createPasswordHasher,
  needsRehash,
  type PasswordHasherOptions,
} from '../../../src/domain/passwords/hasher.ts';
import { parsePasswordHash } from '../../../src/domain/passwords/phc.ts';
import type { Keyring } from '../../../src/kernel/crypto.ts';
import { GatehouseError } from '../../../src/kernel/errors.ts';
import { systemRandomness } from '../../../src/kernel/ids.ts';

const CHEAP = { memoryKib: 8, timeCost: 1, parallelism: 1 };
const OWASP = { memoryKib: 19_456, timeCost: 2, parallelism: 1 };

const make = (changes: Partial<PasswordHasherOptions> = {}) =>
  createPasswordHasher({
    argon2: CHEAP,
    peppers: undefined,
    maxLength: 256,
    hashConcurrency: 2,
    hashQueueLimit: 1000,
    random: systemRandomness,
    ...changes,
  });

const keyring = (...ids: string[]): Keyring => ({
  current: ids[0] ?? '',
  keys: new Map(ids.map((id) => [id, Buffer.alloc(32, id)])),
});

const MATCH = { matches: true, needsRehash: false };
const NO_MATCH = { matches: false, needsRehash: false };

const codeOf = async (work: Promise<unknown>) => {
  try {
    await work;
    return 'nothing was thrown';
  } catch (error) {
    return error instanceof GatehouseError ? error.code : String(error);
  }
};

describe('password hasher', () => {
  it('names its engine', async () => {
    expect((await make()).implementation).to.equal('@node-rs/argon2');
  });

  it('writes the parameters and a salt of its own into every hash', async () => {
    const hasher = await make({ argon2: OWASP });
    const [a, b] = await Promise.all([hasher.hash('the same'), hasher.hash('the same')]);
    expect(a).to.match(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/);
    expect(a).to.not.equal(b);
  });

  it('verifies every Unicode password that it hashed, and no other', async () => {
    const hasher = await make();
    const password = fc.string({ unit: 'binary', maxLength: 60 });
    await fc.assert(
      fc.asyncProperty(password, password, async (one, other) => {
        const stored = await hasher.hash(one);
        expect(await hasher.verify(stored, one)).to.deep.equal(MATCH);
        const same = one.normalize('NFC') === other.normalize('NFC');
        expect((await hasher.verify(stored, other)).matches).to.equal(same);
      }),
      { numRuns: 200 },
    );
  });

  it('takes the composed and the decomposed form of a password for the same', async () => {
    const hasher = await make();
    const accented = fc.string({
      unit: fc.constantFrom('é', 'e\u0301', 'Å', '\u212b', '각', 'ㅏ', 'ﬁ', 'x', ' '),
      maxLength: 20,
    });
    await fc.assert(
      fc.asyncProperty(accented, async (typed) => {
        const stored = await hasher.hash(typed.normalize('NFD'));
        expect(await hasher.verify(stored, typed.normalize('NFC'))).to.deep.equal(MATCH);
        expect(await hasher.verify(stored, typed)).to.deep.equal(MATCH);
      }),
      { numRuns: 100 },
    );
  });

  it('makes every character matter, to the last of the longest password', async () => {
    const hasher = await make();
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 73, max: 256 }),
        fc.constantFrom('a', 'ß', '🗝'),
        async (length, character) => {
          const password = character.repeat(length);
          const stored = await hasher.hash(password);
          expect(await hasher.verify(stored, password)).to.deep.equal(MATCH);
          const last = `${character.repeat(length - 1)}b`;
          expect(await hasher.verify(stored, last)).to.deep.equal(NO_MATCH);
          expect(await hasher.verify(stored, character.repeat(length - 1))).to.deep.equal(NO_MATCH);
        },
      ),
      { numRuns: 50 },
    );
  });

  it('makes case, edge spaces and NUL matter', async () => {
    const hasher = await make();
    const stored = await hasher.hash(' Pass phrase ');
    for (const other of [
      'Pass phrase ',
      ' Pass phrase',
      ' pass phrase ',
      ' Pass phrase \0',
      '\0 Pass phrase ',
      ' Pass  phrase ',
    ]) {
      expect(await hasher.verify(stored, other), JSON.stringify(other)).to.deep.equal(NO_MATCH);
    }
    expect(await hasher.verify(stored, ' Pass phrase ')).to.deep.equal(MATCH);
  });

  it('never matches without a stored hash', async () => {
    const hasher = await make();
    for (const password of ['', 'x', 'x'.repeat(10_000)]) {
      expect(await hasher.verify(undefined, password)).to.deep.equal(NO_MATCH);
    }
  });

  it('does not hash a password that is too long, and takes none for its beginning', async () => {
    const hasher = await make({ maxLength: 64 });
    const longest = '🗝'.repeat(64);
    const stored = await hasher.hash(longest);
    expect(await hasher.verify(stored, longest)).to.deep.equal(MATCH);
    expect(await hasher.verify(stored, `${longest}🗝`)).to.deep.equal(NO_MATCH);
    expect(await codeOf(hasher.hash(`${longest}x`))).to.equal('password_too_long');
    // 64 code points, though 128 as they are typed.
    expect(await hasher.verify(await hasher.hash('e\u0301'.repeat(64)), 'é'.repeat(64))).to.deep.equal(MATCH);
  });

  it('reports a stored hash that cannot be read, and matches nothing with it', async () => {
    const errors: unknown[] = [];
    const hasher = await make({ onUnusableHash: (error) => errors.push(error) });
    for (const stored of ['', 'plain', '$argon2id$v=19$m=8,t=1,p=1$$']) {
      expect(await hasher.verify(stored, stored)).to.deep.equal(NO_MATCH);
    }
    expect(errors).to.have.length(3);
  });
});

describe('password hasher: what an attempt costs', () => {
  /** Counts the work instead of measuring time: exact, whatever else the machine does. */
  async function counting(): Promise<Argon2Engine & { work: { cost: string; bytes: number }[] }> {
    const engine = await loadArgon2Engine();
    const work: { cost: string; bytes: number }[] = [];
    return {
      ...engine,
      work,
      digest(input) {
        work.push({
          cost: `${input.memoryKib}/${input.timeCost}/${input.parallelism}`,
          bytes: input.password.length,
        });
        return engine.digest(input);
      },
    };
  }

  it('is one hash of the current parameters, whoever asks and whatever they send', async () => {
    const engine = await counting();
    const hasher = await make({ engine, argon2: { memoryKib: 128, timeCost: 2, parallelism: 1 } });
    const stored = await hasher.hash('the password');
    engine.work.length = 0;
    await hasher.verify(stored, 'the password');
    await hasher.verify(stored, 'wrong');
    await hasher.verify(undefined, 'wrong');
    await hasher.verify(stored, 'x'.repeat(1_000_000));
    await hasher.verify(undefined, 'x'.repeat(1_000_000));
    await hasher.verify('unreadable', 'wrong');
    expect(engine.work.map(({ cost }) => cost)).to.deep.equal(Array(6).fill('128/2/1'));
    expect(Math.max(...engine.work.map(({ bytes }) => bytes))).to.be.at.most(4 * 256);
  });

  it('is that of the stand-in where there is nothing to compare with, and never a match', async () => {
    const engine = await counting();
    const others: string[] = [];
    const hasher = await make({
      engine,
      verifyOthers: async (hash, password) => {
        others.push(`${hash.algorithm} ${password}`);
        return true;
      },
    });
    const own = await hasher.hash('the password');
    const bcrypt = `$2b$12$${'a'.repeat(53)}`;
    engine.work.length = 0;
    for (const [stored, standIn] of [
      [undefined, own],
      ['unreadable', own],
      [undefined, bcrypt],
      [`$2b$31$${'a'.repeat(53)}`, bcrypt],
    ] as const) {
      expect(
        await hasher.verify(stored, 'the password', { standIns: [undefined, 'unreadable', standIn] }),
      ).to.deep.equal(NO_MATCH);
    }
    expect(engine.work).to.have.length(2);
    expect(others).to.deep.equal(['bcrypt the password', 'bcrypt the password']);
    // What is stored goes before, whatever stands in; what cannot be read is replaced by a current hash.
    expect(await hasher.verify(own, 'the password', { standIns: [bcrypt] })).to.deep.equal(MATCH);
    expect(await hasher.verify(undefined, 'the password', { standIns: ['unreadable'] })).to.deep.equal(
      NO_MATCH,
    );
    expect(others).to.have.length(2);
    expect(engine.work).to.have.length(4);
  });

  it('is the same time for a known and an unknown account', async () => {
    const hasher = await make({ argon2: OWASP, hashConcurrency: 1 });
    const stored = await hasher.hash('the password of somebody');
    const timed = async (hash: string | undefined) => {
      const startedAt = performance.now();
      await hasher.verify(hash, 'a wrong password');
      return performance.now() - startedAt;
    };
    const known: number[] = [];
    const unknown: number[] = [];
    for (let i = 0; i < 25; i++) {
      known.push(await timed(stored));
      unknown.push(await timed(undefined));
    }
    const median = (values: number[]) => values.sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
    // Wide, for machines under load; a missing dummy hash would be hundreds of times off.
    expect(median(known) / median(unknown)).to.be.within(0.6, 1.6);
  });
});

describe('password hasher: peppers', () => {
  it('puts the pepper’s id in front, and no engine alone can verify the rest', async () => {
    const hasher = await make({ peppers: keyring('k1') });
    const stored = await hasher.hash('pass');
    expect(stored).to.match(/^\{pepper=k1\}\$argon2id\$/);
    expect(await hasher.verify(stored, 'pass')).to.deep.equal(MATCH);
    const plain = await make();
    expect(await plain.verify(stored.replace(/^\{.*\}/, ''), 'pass')).to.deep.equal(NO_MATCH);
  });

  it('verifies under an older pepper and wants the current one', async () => {
    const stored = await (await make({ peppers: keyring('k1') })).hash('pass');
    const hasher = await make({ peppers: keyring('k2', 'k1') });
    expect(await hasher.verify(stored, 'pass')).to.deep.equal({ matches: true, needsRehash: true });
    expect(await hasher.verify(stored, 'wrong')).to.deep.equal(NO_MATCH);
  });

  it('verifies a hash from before there was one, and wants it replaced', async () => {
    const stored = await (await make()).hash('pass');
    const hasher = await make({ peppers: keyring('k1') });
    expect(await hasher.verify(stored, 'pass')).to.deep.equal({ matches: true, needsRehash: true });
  });

  it('matches nothing, at the usual cost, when the pepper of a hash is gone', async () => {
    const errors: GatehouseError[] = [];
    const stored = await (await make({ peppers: keyring('k1') })).hash('pass');
    const hasher = await make({
      peppers: keyring('k2'),
      onUnusableHash: (error) => errors.push(error as GatehouseError),
    });
    expect(await hasher.verify(stored, 'pass')).to.deep.equal(NO_MATCH);
    expect(errors.map(({ code }) => code)).to.deep.equal(['unknown_pepper']);
  });

  it('refuses to start with an id that could not be written, or without the current key', async () => {
    expect(await codeOf(make({ peppers: keyring('a}b') }))).to.equal('pepper_id_invalid');
    expect(await codeOf(make({ peppers: { current: 'x', keys: new Map() } }))).to.equal('pepper_id_invalid');
  });
});

describe('password hasher: when a hash is behind', () => {
  const hash = (changes: { head?: string; salt?: number; digest?: number } = {}) => {
    const { head = '$argon2id$v=19$m=19456,t=2,p=1', salt = 16, digest = 32 } = changes;
    const text = (length: number) => Buffer.alloc(length, 1).toString('base64').replace(/=+$/, '');
    return parsePasswordHash(`${head}$${text(salt)}$${text(digest)}`);
  };
  const table: [
    name: string,
    stored: ReturnType<typeof hash>,
    pepper: string | undefined,
    behind: boolean,
  ][] = [
    ['as made today', hash(), undefined, false],
    ['longer salt and digest than today’s', hash({ salt: 32, digest: 64 }), undefined, false],
    ['less memory', hash({ head: '$argon2id$v=19$m=19455,t=2,p=1' }), undefined, true],
    ['more memory', hash({ head: '$argon2id$v=19$m=65536,t=2,p=1' }), undefined, true],
    ['fewer passes', hash({ head: '$argon2id$v=19$m=19456,t=1,p=1' }), undefined, true],
    ['more lanes', hash({ head: '$argon2id$v=19$m=19456,t=2,p=2' }), undefined, true],
    ['argon2i', hash({ head: '$argon2i$v=19$m=19456,t=2,p=1' }), undefined, true],
    ['the version before', hash({ head: '$argon2id$v=16$m=19456,t=2,p=1' }), undefined, true],
    ['a short salt', hash({ salt: 8 }), undefined, true],
    ['a short digest', hash({ digest: 16 }), undefined, true],
    ['scrypt', hash({ head: '$scrypt$ln=17,r=8,p=1' }), undefined, true],
    ['PBKDF2', hash({ head: '$pbkdf2-sha256$i=600000' }), undefined, true],
    ['no pepper where there is one', hash(), 'k1', true],
    ['the current pepper', hash({ head: '{pepper=k1}$argon2id$v=19$m=19456,t=2,p=1' }), 'k1', false],
    ['an older pepper', hash({ head: '{pepper=k0}$argon2id$v=19$m=19456,t=2,p=1' }), 'k1', true],
    [
      'a pepper where there is none any more',
      hash({ head: '{pepper=k0}$argon2id$v=19$m=19456,t=2,p=1' }),
      undefined,
      true,
    ],
  ];
  for (const [name, stored, pepper, behind] of table) {
    it(`${name}: ${behind ? 'replace' : 'keep'}`, () => {
      expect(needsRehash(stored, OWASP, pepper)).to.equal(behind);
    });
  }
});

describe('password hasher: a storm', () => {
  it('answers 503 at once past its queue, keeps the order, and its memory stays flat', async () => {
    const engine = await loadArgon2Engine();
    const begun: number[] = [];
    const hasher = await make({
      argon2: OWASP,
      hashConcurrency: 2,
      hashQueueLimit: 30,
      engine: {
        ...engine,
        digest(input) {
          begun.push(Number.parseInt(input.password.toString(), 10));
          return engine.digest(input);
        },
      },
    });
    await hasher.verify(undefined, 'warm up');
    begun.length = 0;
    const before = process.memoryUsage().rss;
    let peak = before;
    const sampling = setInterval(() => {
      peak = Math.max(peak, process.memoryUsage().rss);
    }, 5);
    const startedAt = performance.now();
    const refusedAfter: number[] = [];
    const attempts = Array.from({ length: 500 }, async (_, i) => {
      try {
        await hasher.verify(undefined, `${i} ${'x'.repeat(200)}`);
      } catch (error) {
        refusedAfter.push(performance.now() - startedAt);
        expect(error)
          .to.include({ code: 'hashing_busy', status: 503 })
          .and.have.property('retryAfter')
          .that.is.at.least(1);
      }
    });
    const other = performance.now();
    await new Promise((resolve) => setImmediate(resolve));
    const otherMs = performance.now() - other;
    await Promise.all(attempts);
    clearInterval(sampling);

    expect(begun).to.deep.equal(Array.from({ length: 32 }, (_, i) => i));
    expect(refusedAfter).to.have.length(468);
    expect(Math.max(...refusedAfter)).to.be.below((performance.now() - startedAt) / 2 + 100);
    // As a share of the storm: an absolute time would measure what else the machine does.
    expect(otherMs).to.be.below((performance.now() - startedAt) / 2 + 100);
    // 500 hashes at once would be 9500 MiB; two at a time are 38.
    expect((peak - before) / 2 ** 20).to.be.below(150);
  });

  it('forgets those who have gone', async () => {
    const hasher = await make({ argon2: OWASP, hashConcurrency: 1, hashQueueLimit: 5 });
    const gone = new AbortController();
    const first = hasher.verify(undefined, 'x');
    const second = hasher.verify(undefined, 'x', { signal: gone.signal }).catch((error: Error) => error.name);
    expect(hasher.waiting).to.equal(1);
    gone.abort();
    expect(hasher.waiting).to.equal(0);
    expect(await second).to.equal('AbortError');
    await first;
  });
});
