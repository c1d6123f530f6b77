import { expect } from 'chai';
import fc from 'fast-check';
import { codeOf, MATCH, make, NO_MATCH, OWASP } from './hashers.ts';

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
