import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import type { FileResult, TestResult } from './pool-worker.ts';

/** A test that has failed, with the file that it is in and what was wrong. */
export interface Failure {
  readonly file: string;
  readonly path: readonly string[];
  readonly problem: string;
}

/** What became of a file, and how long that took, in seconds. */
export type TimedFile = FileResult & {
  readonly seconds: number;
  /** What failed at the first of two tries. The result is that of the second. */
  readonly firstTry?: readonly Failure[];
};

export const failuresIn = (files: readonly TimedFile[]): Failure[] =>
  files.flatMap(({ file, tests }) =>
    tests
      .filter(({ state }) => state === 'failed')
      .map(({ path, problem = '' }) => ({ file, path, problem })),
  );

/** For the end of a run: what has failed, and what only passed at the second try. */
export function failureLines(files: readonly TimedFile[]): string[] {
  const lines = (mark: string, failures: readonly Failure[]) =>
    failures.map(({ file, path, problem }) => `\n${mark} ${file}\n  ${path.join(' › ')}\n${problem}`);
  const unsteady = files.filter(({ failures }) => failures === 0).flatMap(({ firstTry = [] }) => firstTry);
  return [...lines('⚠ unsteady, passed at the second try:', unsteady), ...lines('✖', failuresIn(files))];
}

/** The categories of the page, by what the path of a file says. The first that fits. */
const CATEGORIES: readonly [name: string, pattern: RegExp][] = [
  ['browser', /^test\/browser\//],
  ['lockout', /lockout|guessing|limits|rate|failed-attempts/],
  ['passwords', /password|blocklist/],
  ['factors', /factor|totp|passkey|recovery|authenticator|evidence|enrol|trusted-device|one-time-codes/],
  ['sessions', /session|sign-out|logout|idle|shared-workstation/],
  ['authentication', /sign-in|step|invitation|registration|account|setup|consent/],
  ['protocol', /^test\/protocol\/|token|grants|clients|keys|redirects|resources/],
  ['security', /^test\/security\//],
  ['unit', /^test\/unit\//],
  ['operation', /./],
];

export const categoryOf = (file: string): string =>
  CATEGORIES.find(([, pattern]) => pattern.test(file))?.[0] ?? 'operation';

interface Share {
  readonly covered: number;
  readonly total: number;
}

/** Of what was run in `src`: the whole, and each folder. */
export interface Coverage {
  readonly name: string;
  readonly lines: Share;
  readonly branches: Share;
  readonly functions: Share;
}

const MEASURES = ['lines', 'branches', 'functions'] as const;

/** From what c8 left in the folder; undefined where there is nothing. */
export async function coverageIn(folder: string, root: string): Promise<readonly Coverage[] | undefined> {
  const text = await readFile(join(folder, 'coverage-summary.json'), 'utf8').catch(() => undefined);
  return text === undefined ? undefined : coverageBy(JSON.parse(text), root);
}

/** Istanbul's summary, which has the whole and each file, by the folders of `src` (of `src/domain`: by its folders). */
export function coverageBy(summary: Record<string, Omit<Coverage, 'name'>>, root: string): Coverage[] {
  const { total, ...files } = summary;
  const folders = Map.groupBy(Object.entries(files), ([file]) => {
    const parts = dirname(relative(root, file)).split('/');
    return parts.slice(0, parts[1] === 'domain' ? 3 : 2).join('/');
  });
  const sum = (entries: readonly [string, Omit<Coverage, 'name'>][], measure: (typeof MEASURES)[number]) => ({
    covered: entries.reduce((all, [, each]) => all + each[measure].covered, 0),
    total: entries.reduce((all, [, each]) => all + each[measure].total, 0),
  });
  const found = [...folders].toSorted(([one], [other]) => one.localeCompare(other));
  return [
    ...(total === undefined ? [] : [{ ...total, name: 'all' }]),
    ...found.map(([name, entries]) => ({
      name,
      lines: sum(entries, 'lines'),
      branches: sum(entries, 'branches'),
      functions: sum(entries, 'functions'),
    })),
  ];
}

/** Text for XML and HTML; control characters, which XML 1.0 has no way to write, are replaced. */
const escaped = (text: string): string =>
  text
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what it is about.
    .replace(/[\u0000-\u0008\u000B\u000C\u000E-\u001F\uFFFE\uFFFF]/g, '\uFFFD')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');

const count = (tests: readonly TestResult[], state: TestResult['state']): number =>
  tests.filter((test) => test.state === state).length;

/** Writes `junit.xml`, for build servers, and `index.html`, for people, into the folder. */
export async function writeReports(
  folder: string,
  files: readonly TimedFile[],
  coverage?: readonly Coverage[],
): Promise<void> {
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'junit.xml'), junit(files));
  await writeFile(join(folder, 'index.html'), page(files, coverage));
}

function junit(files: readonly TimedFile[]): string {
  const suites = files.map(({ file, tests, seconds }) => {
    const cases = tests.map(({ path, seconds: took, state, problem = '' }) => {
      const outcome =
        state === 'failed'
          ? `<failure message="${escaped(problem.split('\n')[0] ?? '')}">${escaped(problem)}</failure>`
          : state === 'pending'
            ? '<skipped/>'
            : '';
      const name = escaped(path.join(' › '));
      return `    <testcase classname="${escaped(file)}" name="${name}" time="${took.toFixed(3)}">${outcome}</testcase>`;
    });
    const counts = `tests="${tests.length}" failures="${count(tests, 'failed')}" skipped="${count(tests, 'pending')}"`;
    return `  <testsuite name="${escaped(file)}" ${counts} time="${seconds.toFixed(3)}">\n${cases.join('\n')}\n  </testsuite>`;
  });
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites name="gatehouse">\n${suites.join('\n')}\n</testsuites>\n`;
}

/** What the page says of some files in a row of numbers. */
const numbersOf = (files: readonly TimedFile[]): string[] => {
  const tests = files.flatMap((each) => each.tests);
  const seconds = files.reduce((sum, each) => sum + each.seconds, 0);
  return [
    ...(['passed', 'failed', 'pending'] as const).map((state) => count(tests, state)),
    seconds.toFixed(0),
  ].map(String);
};

const percent = ({ covered, total }: Share): string =>
  `${(total === 0 ? 100 : (covered / total) * 100).toFixed(1)} % (${covered} of ${total})`;

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const row = (cells: readonly string[], tag: string) =>
    `<tr>${cells.map((cell) => `<${tag}>${cell}</${tag}>`).join('')}</tr>`;
  return `<table>${row(head, 'th')}\n${rows.map((cells) => row(cells, 'td')).join('\n')}</table>`;
}

const coverageTable = (coverage: readonly Coverage[]): string =>
  `<h2>Coverage</h2><p>Of the fast tests. <a href="../coverage/index.html">Line by line</a>.</p>\n${table(
    ['', ...MEASURES],
    coverage.map((each) => [escaped(each.name), ...MEASURES.map((measure) => percent(each[measure]))]),
  )}`;

const testsOf = ({ tests }: TimedFile): string =>
  tests
    .map(({ path, state, problem }) => {
      const mark = state === 'passed' ? '✔' : state === 'failed' ? '✖' : '–';
      const why = problem === undefined ? '' : `<pre>${escaped(problem)}</pre>`;
      return `<li>${mark} ${escaped(path.join(' › '))}${why}</li>`;
    })
    .join('');

const section = (name: string, files: readonly TimedFile[]): string => {
  const details = files
    .toSorted((one, other) => one.file.localeCompare(other.file))
    .map((each) => {
      const [passed, failed] = numbersOf([each]);
      const open = failed === '0' ? '' : ' open';
      const unsteady = each.firstTry === undefined ? '' : ', at the second try';
      return `<details${open}><summary>${escaped(each.file)}: ${passed} passed, ${failed} failed${unsteady}, ${each.seconds.toFixed(1)} s</summary><ul>${testsOf(each)}</ul></details>`;
    });
  return `<h2 id="${name}">${name}</h2>\n${details.join('\n')}`;
};

function page(files: readonly TimedFile[], coverage: readonly Coverage[] | undefined): string {
  const categories = CATEGORIES.map(([name]) => ({
    name,
    own: files.filter(({ file }) => categoryOf(file) === name),
  })).filter(({ own }) => own.length > 0);
  const counts = table(
    ['', 'passed', 'failed', 'pending', 'seconds'],
    [
      ['all', ...numbersOf(files)],
      ...categories.map(({ name, own }) => [`<a href="#${name}">${name}</a>`, ...numbersOf(own)]),
    ],
  );
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Gatehouse: tests</title>
<style>body{font:1rem/1.5 system-ui,sans-serif;max-width:70rem;margin:2rem auto;padding:0 1rem;color-scheme:light dark}pre{overflow-x:auto}ul{list-style:none}td,th{padding:0 1rem 0 0;text-align:left}</style>
</head><body><h1>Tests</h1>
${counts}
${coverage === undefined ? '' : coverageTable(coverage)}
${categories.map(({ name, own }) => section(name, own)).join('\n')}
</body></html>
`;
}
