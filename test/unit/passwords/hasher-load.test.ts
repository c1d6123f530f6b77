import { expect } from 'chai';
import { type Argon2Engine, loadArgon2Engine } from '../../../src/domain/passwords/argon2.ts';
import { MATCH, make, NO_MATCH, OWASP } from './hashers.ts';

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

  it('is a second one for a password whose normal forms differ, and for no other; unknown or not', async () => {
    const engine = await counting();
    const peppers = { current: 'k1', keys: new Map([['k1', Buffer.alloc(32)]]) };
    const [plain, peppered] = [await make({ engine }), await make({ engine, peppers })];
    const cases: [password: string, hashes: number][] = [
      ['only ASCII', 1],
      ['\u{1f511} no letter that could be composed', 1],
      ['cr\u00e8me br\u00fbl\u00e9e', 2],
      ['cr\u00e8me br\u00fbl\u00e9e'.normalize('NFD'), 2],
      ['\ud55c\uad6d\uc5b4', 2],
      ['partly cre\u0300me br\u00fbl\u00e9e', 2],
    ];
    const costs = async (work: () => Promise<unknown>) => {
      engine.work.length = 0;
      await work();
      return engine.work.length;
    };
    const stored = await plain.hash('another');
    const ours = await peppered.hash('another');
    for (const [password, hashes] of cases) {
      for (const hash of [stored, undefined])
        expect(await costs(() => plain.verify(hash, password)), password).to.equal(hashes);
      expect(await costs(() => plain.verify(undefined, password, { standIns: [stored] }))).to.equal(hashes);
      // What went through a pepper was made here: of the composed form.
      expect(await costs(() => peppered.verify(ours, password))).to.equal(1);
      const right = await plain.hash(password);
      expect(await costs(() => plain.verify(right, password))).to.equal(1);
    }
  });

  it('is that of the stand-in where there is nothing to compare with, and never a match', async () => {
    const engine = await counting();
    const others: string[] = [];
    const hasher = await make({
      engine,
      computeOthers: async ({ algorithm }, bytes, password) => {
        others.push(`${algorithm} ${password}`);
        return Buffer.alloc(bytes);
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
