import { allSettings } from './schema.ts';

/** The least number of insertions, deletions, substitutions and swaps of neighbours that make `a` into `b`. */
export function editDistance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i += 1) {
    const row = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1;
      let cost = Math.min((last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (last[j - 1] ?? 0) + same);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        cost = Math.min(cost, (beforeLast[j - 2] ?? 0) + 1);
      }
      row.push(cost);
    }
    beforeLast = last;
    last = row;
  }
  return last[b.length] ?? 0;
}

/** Short names are near to many innocent ones (`PORT` and `PATH`), so they get no benefit of the doubt. */
const tolerance = (name: string) => (name.length < 8 ? 0 : name.length < 12 ? 1 : 2);

const ourNames = allSettings.flatMap(({ setting }) => [setting.env, `${setting.env}_FILE`]);

/** The setting that a variable's name was probably meant to be; undefined where it is one of ours or nothing like one. */
export function intendedName(name: string): string | undefined {
  if (ourNames.includes(name)) return undefined;
  const limit = tolerance(name);
  return ourNames.find(
    (ours) => Math.abs(ours.length - name.length) <= limit && editDistance(name.toUpperCase(), ours) <= limit,
  );
}
