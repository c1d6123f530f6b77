import { glob, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';

const ROOT = join(import.meta.dirname, '../..');
/** A file that is longer has more than one subject. */
const LINES_AT_MOST = 300;

/** The TypeScript that people write. `migrations` never change once released; what is generated, and SQL, has its own length. */
const FOLDERS = ['src', 'test', 'bench'];

const linesOf = (text: string): number => text.replace(/\n$/, '').split('\n').length;

describe('a file', () => {
  it(`of ${FOLDERS.join(', ')} has at most ${LINES_AT_MOST} lines`, async () => {
    const long: string[] = [];
    let read = 0;
    for await (const file of glob(`{${FOLDERS.join(',')}}/**/*.ts`, { cwd: ROOT })) {
      read += 1;
      const lines = linesOf(await readFile(join(ROOT, file), 'utf8'));
      if (lines > LINES_AT_MOST) long.push(`${file}: ${lines}`);
    }
    expect(read, 'files were found').to.be.above(100);
    expect(long.toSorted()).to.deep.equal([]);
  });
});
