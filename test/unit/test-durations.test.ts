import { access } from 'node:fs/promises';
import { expect } from 'chai';
import { longestFirst, measured, readDurations } from '../support/durations.ts';

describe('the order in which files of tests are run', () => {
  const file = (name: string, bytes = 1) => ({ file: name, bytes });

  it('is by what they took, then by what they will take as far as their length says', () => {
    const files = [
      file('test/unit/short.test.ts', 10),
      file('test/unit/long.test.ts', 20),
      file('test/flows/short.test.ts', 10),
      file('test/unit/known.test.ts'),
      file('test/browser/known.test.ts'),
    ];
    const known = { 'test/unit/known.test.ts': 9, 'test/browser/known.test.ts': 7 };
    expect(longestFirst(files, known)).to.deep.equal([
      'test/unit/known.test.ts',
      'test/browser/known.test.ts',
      'test/flows/short.test.ts',
      'test/unit/long.test.ts',
      'test/unit/short.test.ts',
    ]);
  });

  it('is measured anew by each run, of the files that it has run and that take long', () => {
    const before = { 'test/a.test.ts': 30, 'test/b.test.ts': 20, 'test/c.test.ts': 10 };
    const now = [
      { file: 'test/b.test.ts', seconds: 40.4 },
      { file: 'test/c.test.ts', seconds: 1 },
      { file: 'test/d.test.ts', seconds: 0.1 },
    ];
    const after = measured(before, now);
    expect(Object.entries(after)).to.deep.equal([
      ['test/b.test.ts', 40],
      ['test/a.test.ts', 30],
    ]);
  });

  it('names files that are there', async () => {
    for (const name of Object.keys(await readDurations())) await access(name);
  });
});
