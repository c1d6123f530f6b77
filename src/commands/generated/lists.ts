import type { z } from 'zod';
import type { Terminal } from '../environment.ts';
import { safeJson } from '../safe-text.ts';
import { UsageError } from '../usage.ts';
import { type Member, mostOf } from './kinds.ts';
import { createView, NOTHING } from './view.ts';

/** Acts that answer a page: `{ items, next }`, with `limit` and `cursor` in their input. */

export interface Page {
  readonly items: readonly Record<string, unknown>[];
  readonly next: string | null;
}

/** What one command prints at most. */
const MOST_LISTED = 100_000;

export const isList = (members: readonly Member[]): boolean =>
  ['limit', 'cursor'].every((name) => members.some((member) => member.name === name));

/** How many entries are asked for. Throws `limit_invalid`. */
export function countOf(text: string): number {
  const value = Number(text);
  if (/^\d{1,6}$/.test(text) && value >= 1 && value <= MOST_LISTED) return value;
  throw new UsageError('limit_invalid', `--limit: expected a whole number from 1 to ${MOST_LISTED}`);
}

export interface Listing {
  readonly terminal: Terminal;
  readonly zone: string;
  readonly json: boolean;
  readonly count: number;
  /** What the schema says of `limit`. */
  readonly pageSize: number;
  readonly read: (page: { limit: number; cursor: string | undefined }) => Promise<Page>;
}

/** Prints so many entries, however many pages that takes. Programs are told where it goes on, people how. */
export async function printList(listing: Listing, cursor: string | undefined): Promise<void> {
  const { terminal, zone, json, count, pageSize, read } = listing;
  const view = createView(terminal, zone);
  const items: Page['items'][number][] = [];
  let shown = 0;
  let next: string | null = cursor ?? null;
  do {
    const limit = Math.min(pageSize, count - shown);
    const page: Page = await read({ limit, cursor: next ?? undefined });
    // A cursor that leads to itself would be followed for ever.
    if (page.next !== null && page.next === next) throw new Error('the list goes on where it began');
    if (json) items.push(...page.items);
    else view.rows(page.items);
    shown += page.items.length;
    next = page.next;
  } while (next !== null && shown < count);
  if (json) return terminal.print(safeJson({ items, next }, 2));
  if (shown === 0) terminal.warn(NOTHING);
  if (next !== null) terminal.warn(`There are more: use a higher --limit, or --cursor ${next}`);
}

/** The most that one page has. */
export const pageSizeOf = (input: z.ZodType): number => Math.min(mostOf(input, 'limit') ?? 200, 200);
