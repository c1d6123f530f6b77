import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { expect } from 'chai';

const root = new URL('../', import.meta.url);
const LINES = 84;

interface Line {
  readonly number: number;
  readonly tests: readonly string[];
  readonly state: string;
}

/** The rows of the table in docs/security.md. */
async function readLines(): Promise<Line[]> {
  const text = await readFile(new URL('../docs/security.md', root), 'utf8');
  return [...text.matchAll(/^\| (\d+) \|([^|]*)\|([^|]*)\|([^|]*)\|([^|]*)\|$/gm)].map(
    ([, number, , , tests = '', state = '']) => ({
      number: Number(number),
      tests: tests.split(',').flatMap((name) => (name.trim() === '' ? [] : [name.trim()])),
      state: state.trim(),
    }),
  );
}

/** The numbers that titles of a file begin with: `line 7`, `lines 7 and 8`, `lines 7 to 9`. */
function titled(source: string): Set<number> {
  const numbers = new Set<number>();
  for (const [, first, joint, last] of source.matchAll(/['"`]lines? (\d+)(?: (and|to) (\d+))?:/g)) {
    numbers.add(Number(first));
    if (last === undefined) continue;
    const from = joint === 'to' ? Number(first) : Number(last);
    for (let number = from; number <= Number(last); number += 1) numbers.add(number);
  }
  return numbers;
}

describe('docs/security.md', () => {
  let lines: Line[];

  before(async () => {
    lines = await readLines();
  });

  it('has every line of the checklist, once and in order', () => {
    expect(lines.map(({ number }) => number)).to.deep.equal(
      Array.from({ length: LINES }, (_, index) => index + 1),
    );
  });

  it('says of each whether it holds, and why where it does not', () => {
    for (const { number, tests, state } of lines) {
      expect(state, `line ${number}`).to.match(/^(holds|(partly|open): .{10,})$/);
      if (state.startsWith('open')) expect(tests, `line ${number}`).to.deep.equal([]);
      else expect(tests, `line ${number}`).not.to.have.length(0);
    }
  });

  it('names only tests that there are, and those of test/security by their titles', async () => {
    for (const { number, tests } of lines) {
      for (const name of tests) {
        const file = new URL(name, root);
        expect(existsSync(file), `line ${number}: ${name}`).to.equal(true);
        if (!name.startsWith('security/') || name === 'security/fuzz.slow.test.ts') continue;
        expect(
          titled(await readFile(file, 'utf8')).has(number),
          `${name} has a title for line ${number}`,
        ).to.equal(true);
      }
    }
  });

  it('leaves out no test that is titled with a line', async () => {
    for (const name of await readdir(new URL('security/', root))) {
      if (!name.endsWith('.test.ts') || name === 'checklist.test.ts') continue;
      const named = titled(await readFile(new URL(`security/${name}`, root), 'utf8'));
      for (const number of named) {
        const line = lines.find((each) => each.number === number);
        expect(line?.tests, `line ${number}`).to.include(`security/${name}`);
      }
    }
  });
});
