import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import {
  categoryOf,
  coverageBy,
  coverageIn,
  failureLines,
  type TimedFile,
  writeReports,
} from '../support/reports.ts';
import { tierOf } from '../support/tiers.ts';

const FILES: readonly TimedFile[] = [
  {
    file: 'test/flows/lockout.test.ts',
    seconds: 2.5,
    failures: 1,
    tests: [
      { path: ['lockout', 'begins'], seconds: 1, state: 'passed' },
      {
        path: ['lockout', 'ends <soon>'],
        seconds: 1.5,
        state: 'failed',
        problem: 'Error: a "b" & \u0007\n  at c',
      },
    ],
  },
  {
    file: 'test/unit/kernel/ids.test.ts',
    seconds: 0.25,
    failures: 0,
    tests: [{ path: ['ids', 'are new'], seconds: 0.25, state: 'pending' }],
  },
];

const share = (covered: number, total: number) => ({ covered, total });
const file = (covered: number) => ({
  lines: share(covered, 10),
  branches: share(1, 2),
  functions: share(0, 0),
});
const SUMMARY = {
  total: { ...file(0), lines: share(27, 30) },
  '/root/src/app.ts': file(10),
  '/root/src/domain/keys/store.ts': file(9),
  '/root/src/domain/keys/policy.ts': file(8),
};

describe('the reports of a run', () => {
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'gatehouse-reports-'));
    await writeReports(folder, FILES, coverageBy(SUMMARY, '/root'));
  });
  after(() => rm(folder, { recursive: true }));

  it('end with what failed, and with what passed only at the second try', () => {
    const [lockout, ids] = FILES as readonly [TimedFile, TimedFile];
    const failure = { file: ids.file, path: ['ids', 'are new'], problem: 'Error: twice' };
    expect(failureLines([lockout, { ...ids, firstTry: [failure] }])).to.deep.equal([
      '\n⚠ unsteady, passed at the second try: test/unit/kernel/ids.test.ts\n  ids › are new\nError: twice',
      '\n✖ test/flows/lockout.test.ts\n  lockout › ends <soon>\nError: a "b" & \u0007\n  at c',
    ]);
  });

  it('say once that a test failed at both tries', () => {
    const [lockout] = FILES as readonly [TimedFile];
    const failure = { file: lockout.file, path: ['lockout', 'begins'], problem: 'Error: first' };
    expect(failureLines([{ ...lockout, firstTry: [failure] }])).to.have.length(1);
  });

  it('are JUnit XML for build servers', async () => {
    const xml = await readFile(join(folder, 'junit.xml'), 'utf8');
    expect(xml)
      .to.include(
        '<testsuite name="test/flows/lockout.test.ts" tests="2" failures="1" skipped="0" time="2.500">',
      )
      .and.include('name="lockout › ends &lt;soon&gt;" time="1.500">')
      .and.include('<failure message="Error: a &quot;b&quot; &amp; \uFFFD">')
      .and.include('<skipped/>');
  });

  it('are a page that counts each category, the whole, and what was covered', async () => {
    const html = await readFile(join(folder, 'index.html'), 'utf8');
    const rows = [...html.matchAll(/<tr>(.*)<\/tr>/g)].map(([, row = '']) =>
      [...row.matchAll(/<t[dh]>(.*?)<\/t[dh]>/g)].map(([, cell = '']) => cell.replace(/<[^>]+>/g, '')),
    );
    expect(rows).to.deep.equal([
      ['', 'passed', 'failed', 'pending', 'seconds'],
      ['all', '1', '1', '1', '3'],
      ['lockout', '1', '1', '0', '3'],
      ['unit', '0', '0', '1', '0'],
      ['', 'lines', 'branches', 'functions'],
      ['all', '90.0 % (27 of 30)', '50.0 % (1 of 2)', '100.0 % (0 of 0)'],
      ['src', '100.0 % (10 of 10)', '50.0 % (1 of 2)', '100.0 % (0 of 0)'],
      ['src/domain/keys', '85.0 % (17 of 20)', '50.0 % (2 of 4)', '100.0 % (0 of 0)'],
    ]);
    expect(html).to.include('<details open><summary>test/flows/lockout.test.ts: 1 passed, 1 failed, 2.5 s');
    expect(html).not.to.include('<soon>');
  });

  it('say nothing of coverage where there was none', async () => {
    expect(await coverageIn(folder, '/root')).to.equal(undefined);
    const without = await mkdtemp(join(folder, 'without-'));
    await writeReports(without, FILES);
    expect(await readFile(join(without, 'index.html'), 'utf8')).not.to.include('Coverage');
  });

  for (const [path, category] of [
    ['test/browser/session-end.slow.test.ts', 'browser'],
    ['test/unit/lockout/store.test.ts', 'lockout'],
    ['test/unit/passwords/rules.test.ts', 'passwords'],
    ['test/security/second-factors.test.ts', 'factors'],
    ['test/flows/sessions.test.ts', 'sessions'],
    ['test/flows/sign-in.test.ts', 'authentication'],
    ['test/protocol/tokens.test.ts', 'protocol'],
    ['test/security/injection.test.ts', 'security'],
    ['test/unit/kernel/ids.test.ts', 'unit'],
    ['test/flows/docker.slow.test.ts', 'operation'],
  ] as const) {
    it(`count ${path} as ${category}`, () => {
      expect(categoryOf(path)).to.equal(category);
    });
  }
});

describe('the tier of a file of tests', () => {
  it('is said by its name', () => {
    expect(tierOf('test/flows/docker.slow.test.ts')).to.equal('slow');
    expect(tierOf('test/flows/slow.test.ts')).to.equal('fast');
  });
});
