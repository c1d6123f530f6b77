import { type Column, tableLines } from '../columns.ts';
import type { Terminal } from '../environment.ts';
import { momentWriter } from '../moments.ts';
import { safeJson, safeText, widthOf } from '../safe-text.ts';
import { inWords } from './names.ts';

/** Results of acts as people read them: lists as tables, anything else a field a line. All of it is safe text. */

type Row = Readonly<Record<string, unknown>>;

/** Prints a result. A list that is all of it is a table; `widths` keeps its pages below each other. */
export function printResult(terminal: Terminal, result: unknown, zone: string): void {
  const view = createView(terminal, zone);
  const list = listIn(result);
  if (list !== undefined) {
    view.rows(list);
    if (list.length === 0) terminal.warn(NOTHING);
    return;
  }
  if (isRow(result) && Object.keys(result).length > 0) view.fields(result);
  else terminal.print('Done.');
}

export const NOTHING = 'There is nothing of the kind.';

/** The list that a result consists of, e.g. `{ units: […] }`. */
function listIn(result: unknown): readonly Row[] | undefined {
  if (!isRow(result)) return undefined;
  const [only, ...more] = Object.values(result);
  return more.length === 0 && Array.isArray(only) && only.every(isRow) ? only : undefined;
}

export interface View {
  /** Lines of a table; called again, it goes on with the next ones. */
  rows(rows: readonly Row[]): void;
  fields(row: Row): void;
}

export function createView(terminal: Terminal, zone: string): View {
  const write = momentWriter(zone);
  const cell = (value: unknown): string => textOf(value, write);
  let table: ReturnType<typeof createTable> | undefined;
  return {
    rows(rows) {
      if (rows.length === 0) return;
      table ??= createTable(rows, terminal, cell);
      for (const line of table(rows)) terminal.print(line);
    },
    fields(row) {
      for (const line of fieldLines(row, terminal, cell, 0)) terminal.print(line);
    },
  };
}

type Cell = (value: unknown) => string;

/** What a narrow terminal leaves of a column, where it has to. */
const LEAST = 8;

/** A table, or where the terminal has no room for one, each row as fields. Columns are those of the first rows. */
function createTable(first: readonly Row[], terminal: Terminal, cell: Cell) {
  const names = [...new Set(first.flatMap((row) => Object.keys(row)))];
  const columns: Column[] = names.map((name) =>
    // An id that is cut can be given to no command.
    name === 'id' || name.endsWith('Id')
      ? { title: titleOf(name) }
      : { title: titleOf(name), least: Math.max(LEAST, widthOf(titleOf(name))) },
  );
  const widths: number[] = [];
  const heads = [columns.map(({ title }) => title)];
  const room = terminal.columns;
  const least = columns.reduce((sum, { least: kept = 36 }) => sum + kept + 2, -2);
  return (rows: readonly Row[]): string[] => {
    if (room !== undefined && least > room)
      return rows.flatMap((row) => [...fieldLines(row, terminal, cell, 0), '']);
    const cells = rows.map((row) => names.map((name) => cell(row[name])));
    return tableLines(columns, [...heads.splice(0), ...cells], widths, room);
  };
}

const titleOf = (name: string): string => safeText(inWords(name)).toUpperCase();

/** `name:  value` in lines; what has parts of its own below it. */
function fieldLines(row: Row, terminal: Terminal, cell: Cell, depth: number): string[] {
  const indent = '  '.repeat(depth);
  return Object.entries(row).flatMap(([name, value]) => {
    const label = `${indent}${safeText(inWords(name))}:`;
    if (Array.isArray(value) && value.length > 0 && value.every(isRow)) {
      const lines = createTable(value, { ...terminal, columns: roomWithin(terminal, depth) }, cell)(value);
      return [label, ...lines.map((line) => `${indent}  ${line}`.trimEnd())];
    }
    if (isRow(value) && personOrThing(value) === undefined && Object.keys(value).length > 0)
      return [label, ...fieldLines(value, terminal, cell, depth + 1)];
    return [`${label.padEnd(22)} ${cell(value)}`];
  });
}

const roomWithin = ({ columns }: Terminal, depth: number) =>
  columns === undefined ? undefined : Math.max(20, columns - 2 * (depth + 1));

function textOf(value: unknown, write: (at: string) => string): string {
  if (value === null || value === undefined || value === '') return '-';
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? '-' : write(value.toISOString());
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (typeof value === 'string') return safeText(ISO.test(value) ? write(value) : value);
  if (Array.isArray(value)) return value.map((each) => textOf(each, write)).join(', ') || '-';
  if (isRow(value)) return personOrThing(value) ?? safeJson(value);
  return safeText(String(value));
}

/** Some results tell times as text, with microseconds. */
const ISO = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d+)?Z$/;

/** Somebody or something that is only named: `pat@example.org (5b1f…)`. */
function personOrThing({ id, email, name, ...rest }: Row): string | undefined {
  if (typeof id !== 'string' || Object.keys(rest).length > 0) return undefined;
  const known = [email, name].filter((each) => typeof each === 'string' && each !== '');
  return known.length === 0 ? safeText(id) : safeText(`${known.join(', ')} (${id})`);
}

const isRow = (value: unknown): value is Row =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date);
