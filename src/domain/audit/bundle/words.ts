import type { Finding, Remark, Report } from './report.ts';

/** How a report is told to people. */
export interface ReportWords {
  readonly intact: string;
  readonly tampered: string;
  readonly unreadable: string;
  /** Lines of label and value: what was verified. */
  facts(report: Report): readonly (readonly [label: string, value: string])[];
  finding(finding: Finding): string;
  remark(remark: Remark): string;
  /** How many findings there are beyond those that are told. */
  more(count: number): string;
  /** What is proven, and what is not; and the window in which nothing would show. */
  readonly proves: string;
  window(report: Report): string;
  /** How a proof of a single event is told. */
  readonly proof: {
    included(index: number, size: number, time: string): string;
    consistent(from: number, size: number): string;
    readonly wrong: string;
    readonly foreign: string;
    readonly outside: string;
    /** How many anchors agree. */
    agreeing(count: number): string;
    /** Anchors of these sizes, of which the proof says nothing. */
    uncompared(sizes: readonly number[]): string;
  };
}

/** An event as findings name it: index, then what is known of it. */
export function naming({
  index,
  type,
  at,
  event,
}: {
  index?: number;
  type?: unknown;
  at?: unknown;
  event?: unknown;
}): string {
  const known = [type, at, event].filter((each) => typeof each === 'string');
  const place = index === undefined ? '' : `${index}`;
  return known.length === 0 ? place : `${place} (${known.join(', ')})`.trim();
}

/** Sizes in order, as ranges are told. */
export const sizes = (list: readonly number[]): string =>
  spans([...new Set(list)].sort((one, other) => one - other).map((size) => ({ from: size, to: size })));

/** Ranges as `3–7, 9`; a long list ends with an ellipsis. */
export const spans = (list: readonly { from: number; to: number }[]): string =>
  list
    .slice(0, 20)
    .map(({ from, to }) => (from === to ? `${from}` : `${from}–${to}`))
    .join(', ') + (list.length > 20 ? ', …' : '');
