import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { FileResult, TestResult } from './pool-worker.ts';

type Timed = FileResult & { readonly seconds: number };

/** The categories of the page, by what the path of a file says. The first that fits. */
const CATEGORIES: readonly [name: string, pattern: RegExp][] = [
  ['browser', /^test\/browser\//],
  ['lockout and rate limits', /lockout|guessing|limits|rate|failed-attempts/],
  ['passwords', /password|blocklist/],
  ['factors', /factor|totp|passkey|recovery|authenticator|evidence|enrol|trusted-device|one-time-codes/],
  ['sessions', /session|sign-out|logout|idle|shared-workstation/],
  ['authentication', /sign-in|step|invitation|registration|account|setup|consent/],
  ['protocol and tokens', /^test\/protocol\/|token|grants|clients|keys|redirects|resources/],
  ['security', /^test\/security\//],
  ['unit', /^test\/unit\//],
  ['flows', /./],
];

const categoryOf = (file: string): string =>
  CATEGORIES.find(([, pattern]) => pattern.test(file))?.[0] ?? 'flows';

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
export async function writeReports(folder: string, files: readonly Timed[]): Promise<void> {
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'junit.xml'), junit(files));
  await writeFile(join(folder, 'index.html'), page(files));
}

function junit(files: readonly Timed[]): string {
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

function page(files: readonly Timed[]): string {
  const names = [...new Set(CATEGORIES.map(([name]) => name))];
  const sections = names.flatMap((name) => {
    const own = files.filter(({ file }) => categoryOf(file) === name);
    if (own.length === 0) return [];
    const tests = own.flatMap((each) => each.tests);
    const seconds = own.reduce((sum, each) => sum + each.seconds, 0);
    const rows = own
      .toSorted((one, other) => one.file.localeCompare(other.file))
      .map(
        (each) =>
          `<details><summary>${escaped(each.file)}: ${count(each.tests, 'passed')} passed, ${count(each.tests, 'failed')} failed, ${each.seconds.toFixed(1)} s</summary><ul>${each.tests
            .map(({ path, state, problem }) => {
              const mark = state === 'passed' ? '✔' : state === 'failed' ? '✖' : '–';
              const why = problem === undefined ? '' : `<pre>${escaped(problem)}</pre>`;
              return `<li>${mark} ${escaped(path.join(' › '))}${why}</li>`;
            })
            .join('')}</ul></details>`,
      );
    return [
      `<h2>${name}</h2><p>${count(tests, 'passed')} passed, ${count(tests, 'failed')} failed, ${seconds.toFixed(0)} s</p>${rows.join('\n')}`,
    ];
  });
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Gatehouse: tests</title>
<style>body{font:1rem/1.5 system-ui,sans-serif;max-width:70rem;margin:2rem auto;padding:0 1rem;color-scheme:light dark}pre{overflow-x:auto}ul{list-style:none}</style>
</head><body><h1>Tests</h1><p>Lines covered: <a href="../coverage/index.html">coverage</a>.</p>
${sections.join('\n')}
</body></html>
`;
}
