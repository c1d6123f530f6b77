import { readFile } from 'node:fs/promises';

/**
 * How long the files of tests take, as a whole run has measured it: those that take long are begun first, so that at the end no
 * processor waits for a long one. `durations.json` is such a measurement: a whole run leaves a new one in `reports`, to be
 * copied here where much has changed. A file that is not in it is begun after those that are, by its length.
 */
export type Durations = Readonly<Record<string, number>>;

const FILE = new URL('./durations.json', import.meta.url);
/** Seconds; where a shorter file runs makes no difference. */
const LONG = 5;

export const readDurations = async (): Promise<Durations> =>
  JSON.parse(await readFile(FILE, 'utf8')) as Durations;

interface FileToRun {
  readonly file: string;
  readonly bytes: number;
}

/** How long a file takes goes with its length, more or less: browsers are slow, decisions are quick. */
const FACTORS: readonly [start: string, factor: number][] = [
  ['test/browser/', 20],
  ['test/flows/', 3],
  ['test/security/', 3],
  ['test/protocol/', 2],
];

const guess = ({ file, bytes }: FileToRun): number =>
  bytes * (FACTORS.find(([start]) => file.startsWith(start))?.[1] ?? 1);

/** The files, those that take longest first. */
export function longestFirst(files: readonly FileToRun[], known: Durations): string[] {
  const seconds = ({ file }: FileToRun) => known[file] ?? 0;
  return files
    .toSorted((one, other) => seconds(other) - seconds(one) || guess(other) - guess(one))
    .map(({ file }) => file);
}

/** What was known, with what was measured now in its place, longest first. Short ones are left out. */
export function measured(
  known: Durations,
  files: readonly { readonly file: string; readonly seconds: number }[],
): Durations {
  const all = { ...known, ...Object.fromEntries(files.map(({ file, seconds }) => [file, seconds])) };
  const long = Object.entries(all).filter(([, seconds]) => seconds >= LONG);
  long.sort(([, one], [, other]) => other - one);
  return Object.fromEntries(long.map(([file, seconds]) => [file, Math.round(seconds)]));
}
