import { fitted, widthOf } from './safe-text.ts';

export interface Column {
  readonly title: string;
  /** The least that a narrow terminal leaves of it; without one it is never cut. */
  readonly least?: number;
}

const GAP = '  ';

/**
 * Lines of a table. In a terminal of so many columns, what may be cut is, the widest first, until a line has room; without a terminal
 * nothing is cut. Texts have to be safe ones. Widths only grow, so that pages of one table stand below each other: give the same
 * `widths` again.
 */
export function tableLines(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  widths: number[],
  room: number | undefined,
): string[] {
  for (const [index, { title }] of columns.entries()) {
    const wanted = Math.max(widthOf(title), ...rows.map((row) => widthOf(row[index] ?? '')));
    widths[index] = Math.max(widths[index] ?? 0, wanted);
  }
  const given = room === undefined ? widths : narrowed(columns, widths, room);
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, index) => fitted(cell, given[index] ?? 0))
      .join(GAP)
      .trimEnd();
  return rows.map(line);
}

function narrowed(columns: readonly Column[], wanted: readonly number[], room: number): number[] {
  const widths = [...wanted];
  const total = () => widths.reduce((sum, width) => sum + width, GAP.length * (widths.length - 1));
  const over = (index: number) => (widths[index] ?? 0) - (columns[index]?.least ?? Number.POSITIVE_INFINITY);
  while (total() > room) {
    const cuttable = widths.map((_, index) => index).filter((index) => over(index) > 0);
    const [widest] = cuttable.sort((a, b) => (widths[b] ?? 0) - (widths[a] ?? 0));
    if (widest === undefined) break;
    widths[widest] = (widths[widest] ?? 0) - 1;
  }
  return widths;
}
