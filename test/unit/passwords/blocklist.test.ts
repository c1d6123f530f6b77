import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import fc from 'fast-check';
import { type Blocklist, openBlocklist } from '../../../src/domain/passwords/blocklist.ts';
import { buildBlocklist } from '../../../src/domain/passwords/blocklist-builder.ts';
import { GatehouseError } from '../../../src/kernel/errors.ts';
import { buildBundledBlocklist, bundledPasswords } from '../../support/build-blocklist.ts';

const BUNDLED = fileURLToPath(new URL('../../../config/password-blocklist.bin', import.meta.url));

const sha1 = (text: string) => createHash('sha1').update(text).digest('hex').toUpperCase();

async function* chunksOf(text: string | Buffer, size = 1000): AsyncGenerator<Buffer> {
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

const failure = (work: Promise<unknown>): Promise<GatehouseError> =>
  work.then(
    () => expect.fail('nothing was refused'),
    (error) => {
      expect(error).to.be.instanceOf(GatehouseError);
      return error;
    },
  );

describe('password blocklist', () => {
  let folder: string;
  let output: string;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'gatehouse-blocklist-'));
    output = join(folder, 'list.bin');
  });
  after(() => rm(folder, { recursive: true }));

  const build = (text: string | Buffer, more: { minCount?: number; size?: number } = {}) =>
    buildBlocklist({ chunks: chunksOf(text, more.size), output, sources: ['a test'], ...more });

  async function withList<T>(work: (list: Blocklist) => Promise<T>, inMemory?: number): Promise<T> {
    const list = await openBlocklist(output, inMemory);
    try {
      return await work(list);
    } finally {
      await list.close();
    }
  }

  const includes = (password: string) => withList((list) => list.includes(password));

  describe('of plain words', () => {
    it('knows each word, whatever its case and composition, and nothing else', async () => {
      const report = await build('password1\r\nCaf\u00e9Ole\n\nпароль\npassword1\nlast');
      expect(report).to.include({ lines: 6, entries: 4, kind: 'words' });
      for (const word of ['password1', 'PassWord1', 'cafe\u0301ole', 'ПАРОЛЬ', 'last']) {
        expect(await includes(word), word).to.equal(true);
      }
      for (const word of ['password', 'password1 ', ' last', '', 'a'.repeat(10_000)]) {
        expect(await includes(word), word.slice(0, 20)).to.equal(false);
      }
    });

    it('knows every word of any list, in memory and from the disk, however it came in', async () => {
      const word = fc
        .string({ unit: 'grapheme', minLength: 1, maxLength: 12 })
        .filter((text) => !/[\r\n]/.test(text));
      await fc.assert(
        fc.asyncProperty(
          fc.array(word, { minLength: 1, maxLength: 300 }),
          fc.integer({ min: 1, max: 50 }),
          async (words, size) => {
            await build(`-\n${words.join('\n')}`, { size });
            for (const inMemory of [0, undefined]) {
              await withList(async (list) => {
                for (const each of words) expect(await list.includes(each), each).to.equal(true);
              }, inMemory);
            }
          },
        ),
        { numRuns: 15 },
      );
    });
  });

  describe('of hashes', () => {
    it('knows what was typed, and it in lower case', async () => {
      await build(`${sha1('Tr0ub4dor&3')}:12\n${sha1('lowercase').toLowerCase()}:1\n`);
      expect(await includes('Tr0ub4dor&3')).to.equal(true);
      expect(await includes('tr0ub4dor&3')).to.equal(false);
      expect(await includes('LowerCase')).to.equal(true);
    });

    it('leaves out what was seen too seldom', async () => {
      const report = await build(`${sha1('often')}:100\n${sha1('seldom')}:99\n`, { minCount: 100 });
      expect(report.entries).to.equal(1);
      expect(await includes('often')).to.equal(true);
      expect(await includes('seldom')).to.equal(false);
    });
  });

  const unfit: [name: string, text: string, message: RegExp][] = [
    ['nothing', '', /empty/],
    ['empty lines', '\n\r\n\n', /empty/],
    ['an NTLM dump', `${'0'.repeat(32)}:5\n`, /line 1 is an NTLM hash/],
    ['a word among hashes', `${sha1('a')}:1\nword\n`, /line 2 is no SHA-1 hash/],
    ['a damaged hash', `${sha1('a')}:1\n${sha1('b').slice(0, 39)}X:1\n`, /line 2 is no SHA-1 hash/],
    ['a hash that was cut off', `${sha1('a')}:1\n${sha1('b').slice(0, 20)}`, /line 2 is no SHA-1 hash/],
    ['something that has no lines', 'x'.repeat(200_000), /line 1 is too long/],
  ];
  for (const [name, text, message] of unfit) {
    it(`is not made from ${name}, and what was there stays`, async () => {
      await build('before');
      const error = await failure(build(text));
      expect(error.code).to.equal('blocklist_source_invalid');
      expect(error.safeMessage).to.match(message);
      expect(await includes('before')).to.equal(true);
      expect(await readdir(folder)).to.deep.equal(['list.bin']);
    });
  }

  it('is not made from a list with a count that is none, where counts matter', async () => {
    const error = await failure(build(`${sha1('a')}:many\n`, { minCount: 2 }));
    expect(error.safeMessage).to.match(/line 1 has a count/);
  });

  describe('whose file is not whole', () => {
    const damages: [name: string, damage: (bytes: Buffer) => Buffer, message: RegExp][] = [
      ['another file', () => Buffer.from('{"json": true, "a": "blocklist"}'), /is no blocklist/],
      ['an empty file', () => Buffer.alloc(0), /not complete|is no blocklist/],
      ['a file that was cut off', (bytes) => bytes.subarray(0, -1), /not complete/],
      ['a file with something after it', (bytes) => Buffer.concat([bytes, bytes]), /not complete/],
      ['a flipped bit', (bytes) => flip(bytes, bytes.length - 1), /damaged/],
      [
        'a header that lies',
        (bytes) => Buffer.from(bytes.toString('latin1').replace('"bits":', '"bitz":'), 'latin1'),
        /damaged/,
      ],
      ['a header that is endless', (bytes) => flip(bytes, 8), /damaged/],
      ['a header that is not JSON', (bytes) => flip(bytes, 12), /damaged/],
    ];
    for (const [name, damage, message] of damages) {
      it(`${name} is refused`, async () => {
        await build('one\ntwo\nthree');
        await writeFile(output, damage(await readFile(output)));
        const error = await failure(openBlocklist(output));
        expect(error.code).to.equal('blocklist_invalid');
        expect(error.safeMessage).to.match(message);
      });
    }

    it('from the disk, a file that shrinks while it is open is an error and no false', async () => {
      await build(Array.from({ length: 5_000 }, (_, index) => `word ${index}`).join('\n'));
      await withList(async (list) => {
        await truncate(output, 1_000);
        expect((await failure(list.includes('word 1'))).code).to.equal('blocklist_invalid');
      }, 0);
    });
  });

  describe('as bundled', () => {
    let bundled: Blocklist;
    let passwords: Set<string>;
    before(async function () {
      this.timeout(30_000);
      bundled = await openBlocklist(BUNDLED);
      passwords = await bundledPasswords();
    });
    after(() => bundled.close());

    it('is what the word lists make, byte for byte', async function () {
      this.timeout(30_000);
      await buildBundledBlocklist(output, passwords);
      expect((await readFile(output)).equals(await readFile(BUNDLED))).to.equal(true);
    });

    it('holds more than 100,000 passwords in a few hundred kilobytes, and every one of them', async function () {
      this.timeout(30_000);
      expect(passwords.size).to.be.above(100_000).and.equal(bundled.header.entries);
      expect((await readFile(BUNDLED)).length).to.be.below(512 * 1024);
      for (const password of passwords) {
        if (!(await bundled.includes(password))) expect.fail(`${password} is missing`);
      }
    });

    it('knows the best known, in any case', async () => {
      for (const password of ['123456', 'Password', 'QWERTY123456', '1q2w3e4r5t6y', 'iloveyou', 'passw0rd']) {
        expect(await bundled.includes(password), password).to.equal(true);
      }
    });

    it('takes hardly anything else for listed', async function () {
      this.timeout(30_000);
      const { entries, bits } = bundled.header;
      expect(entries / 2 ** bits).to.be.below(1e-6);
      let wrong = 0;
      for (let index = 0; index < 100_000; index += 1) {
        if (await bundled.includes(`an unlisted password ${index}`)) wrong += 1;
      }
      expect(wrong).to.be.at.most(1);
    });
  });
});

function flip(bytes: Buffer, at: number): Buffer {
  const flipped = Buffer.from(bytes);
  flipped[at] = (flipped[at] ?? 0) ^ 0x40;
  return flipped;
}
