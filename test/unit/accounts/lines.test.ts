import { expect } from 'chai';
import fc from 'fast-check';
import { type Line, readLines } from '../../../src/domain/accounts/lines.ts';

async function* chunked(bytes: Buffer, sizes: readonly number[]): AsyncGenerator<Buffer> {
  let at = 0;
  for (let i = 0; at < bytes.length; i++) {
    const size = sizes[i % sizes.length] ?? 1;
    yield bytes.subarray(at, at + size);
    at += size;
  }
}

async function read(
  text: string | Buffer,
  options: { sizes?: readonly number[]; max?: number } = {},
): Promise<Line[]> {
  const lines: Line[] = [];
  for await (const line of readLines(chunked(Buffer.from(text), options.sizes ?? [7]), options.max ?? 1000))
    lines.push(line);
  return lines;
}

describe('reading lines', () => {
  it('numbers them from 1 and knows both line ends, empty lines and an open last line', async () => {
    expect(await read('a\n\r\nbc\r\nd')).to.deep.equal([
      { number: 1, text: 'a' },
      { number: 2, text: '' },
      { number: 3, text: 'bc' },
      { number: 4, text: 'd' },
    ]);
    expect(await read('')).to.deep.equal([]);
    expect(await read('a\n')).to.deep.equal([{ number: 1, text: 'a' }]);
  });

  it('takes a byte order mark from the first line only', async () => {
    const [first, second] = await read('\ufeffa\n\ufeffb');
    expect(first).to.deep.equal({ number: 1, text: 'a' });
    expect(second).to.deep.equal({ number: 2, text: '\ufeffb' });
  });

  it('goes on after a line that is too long or not UTF-8', async () => {
    const bytes = Buffer.concat([
      Buffer.from('ok\n'),
      Buffer.alloc(50, 'x'),
      Buffer.from('\n'),
      Buffer.from([0xff, 0x0a]),
      Buffer.from('ok'),
    ]);
    expect(await read(bytes, { max: 20 })).to.deep.equal([
      { number: 1, text: 'ok' },
      { number: 2, problem: 'the line is longer than 20 bytes' },
      { number: 3, problem: 'the line is not UTF-8' },
      { number: 4, text: 'ok' },
    ]);
  });

  it('gives the same however the bytes arrive', async () => {
    const texts = fc.array(
      fc.string({ unit: fc.constantFrom('a', 'é', '🗝', ' ', '\r\n', '\n'), maxLength: 30 }),
      { maxLength: 8 },
    );
    const sizes = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 5 });
    await fc.assert(
      fc.asyncProperty(texts, sizes, async (parts, chunkSizes) => {
        const text = parts.join('\n');
        expect(await read(text, { sizes: chunkSizes })).to.deep.equal(await read(text, { sizes: [100_000] }));
      }),
    );
  });

  it('does not hold a line that is too long: one of 512 MiB passes through', async () => {
    const chunk = Buffer.alloc(64 * 1024, 'x');
    async function* endless() {
      for (let i = 0; i < 8192; i++) yield chunk;
    }
    const before = process.memoryUsage().rss;
    const lines: Line[] = [];
    for await (const line of readLines(endless(), 1000)) lines.push(line);
    expect(lines).to.deep.equal([{ number: 1, problem: 'the line is longer than 1000 bytes' }]);
    expect((process.memoryUsage().rss - before) / 2 ** 20).to.be.below(100);
  });
});
