import { LEAF_MEMBERS } from '../tree/leaf.ts';
import { canonicalText } from './canonical.ts';
import type { BundleLine, LineFormat } from './format.ts';
import { isLabels, isLeaf, isPersonal } from './shape.ts';

/**
 * One event as one line of text, as NDJSON or CSV. There is exactly one line for the same content, which is what a verifier
 * compares with: nobody is shown something by a line that its leaf does not say.
 */

/** A line with the text of its leaf, which is what was hashed. */
export interface ReadLine extends BundleLine {
  readonly text: string | undefined;
}

interface Codec {
  /** The first line of a file, where it has one. */
  readonly header: string | undefined;
  write(line: BundleLine): string;
  /** Undefined where the text is not the one line of any content. */
  read(text: string): ReadLine | undefined;
}

const textOf = ({ leaf }: BundleLine) => (leaf === null ? undefined : canonicalText(leaf));

function ndjson(line: BundleLine, text: string | undefined): string {
  const personal = line.personal === undefined ? '' : `,"personal":${canonicalText(line.personal)}`;
  const labels = line.labels === undefined ? '' : `,"labels":${canonicalText(line.labels)}`;
  return `{"index":${line.index},"leaf":${text ?? 'null'}${personal}${labels}}`;
}

/** What was read, where writing it again gives the same text. */
function confirmed(
  text: string,
  value: unknown,
  write: (line: BundleLine, text: string | undefined) => string,
): ReadLine | undefined {
  const line = value as BundleLine;
  if (typeof value !== 'object' || value === null || !Number.isSafeInteger(line.index) || line.index < 0)
    return undefined;
  if (line.leaf !== null && !isLeaf(line.leaf)) return undefined;
  if (line.personal !== undefined && !isPersonal(line.personal)) return undefined;
  if (line.labels !== undefined && !isLabels(line.labels)) return undefined;
  const leaf = textOf(line);
  return write(line, leaf) === text ? { ...line, text: leaf } : undefined;
}

/** Parsing and canonical JSON both throw at what is not JSON, or not Unicode. */
function orUndefined<T>(read: () => T | undefined): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}

const NDJSON: Codec = {
  header: undefined,
  write: (line) => ndjson(line, textOf(line)),
  read: (text) => orUndefined(() => confirmed(text, JSON.parse(text), ndjson)),
};

/** Columns of a leaf, then what stands beside it, then the leaf. */
const COLUMNS = ['index', ...LEAF_MEMBERS, 'labels', 'personal', 'leaf'];

/** How a text begins that a spreadsheet may take for a formula (OWASP, CSV injection), the full-width forms included. */
const FORMULA = /^[=+\-@\t\r\uff1d\uff0b\uff0d\uff20]/;

/** A cell for readers: never a formula, and on one line, control characters being spaces. The last column has the leaf itself. */
function cell(value: unknown): string {
  const text = value === undefined ? '' : typeof value === 'object' ? canonicalText(value) : String(value);
  return quoted(`${FORMULA.test(text) ? "'" : ''}${text}`.replace(/\p{Cc}/gu, ' '));
}

const quoted = (text: string) => `"${text.replaceAll('"', '""')}"`;

function csv(line: BundleLine, text: string | undefined): string {
  const leaf = (line.leaf ?? {}) as Readonly<Record<string, unknown>>;
  const cells = LEAF_MEMBERS.map((member) => cell(leaf[member]));
  const beside = [cell(line.labels), cell(line.personal), quoted(text ?? '')];
  return [quoted(String(line.index)), ...cells, ...beside].join(',');
}

/** Cells of a line in which every one is quoted. */
function cellsOf(text: string): string[] | undefined {
  if (!text.startsWith('"') || !text.endsWith('"')) return undefined;
  const cells = [...text.matchAll(/"((?:[^"]|"")*)"(?:,|$)/g)].map(([, found]) => found ?? '');
  return cells.length === COLUMNS.length ? cells.map((each) => each.replaceAll('""', '"')) : undefined;
}

const parsed = (text: string | undefined) =>
  text === '' || text === undefined ? undefined : JSON.parse(text);

const CSV: Codec = {
  header: COLUMNS.map(quoted).join(','),
  write: (line) => csv(line, textOf(line)),
  read: (text) =>
    orUndefined(() => {
      const cells = cellsOf(text);
      if (cells === undefined) return undefined;
      const [labels, personal, leaf] = cells.slice(-3).map(parsed);
      return confirmed(text, { index: Number(cells[0]), leaf: leaf ?? null, personal, labels }, csv);
    }),
};

export const LINES: Readonly<Record<LineFormat, Codec>> = { ndjson: NDJSON, csv: CSV };
