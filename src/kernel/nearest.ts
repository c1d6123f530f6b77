/** What somebody probably meant: for messages about names that are not known. */

/** The least number of insertions, deletions, substitutions and swaps of neighbours that make `a` into `b`. */
function distance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i += 1) {
    const row = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const substitution = (last[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      const swap =
        i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]
          ? (beforeLast[j - 2] ?? 0) + 1
          : Number.POSITIVE_INFINITY;
      row.push(Math.min((last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, substitution, swap));
    }
    beforeLast = last;
    last = row;
  }
  return last[b.length] ?? 0;
}

const plain = (name: string) => name.toLowerCase().replace(/[^a-z0-9]/g, '');

/**
 * The known name nearest to `name`, whatever the case and the separators of its words; undefined where none is near: more
 * than a third of it would have to change.
 */
export function nearest(name: string, known: readonly string[]): string | undefined {
  const wanted = plain(name);
  const ranked = known
    .map((candidate) => ({ candidate, changes: distance(wanted, plain(candidate)) }))
    .sort((a, b) => a.changes - b.changes);
  const [best] = ranked;
  return best !== undefined && best.changes <= Math.max(1, wanted.length / 3) ? best.candidate : undefined;
}
