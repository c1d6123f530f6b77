import canonicalize from 'canonicalize';

/** The bytes of a leaf: what of an audit event is sealed, as canonical JSON (RFC 8785). */

/** What the sealer found of the event's MAC. `none`: the event was written before there were any. */
export type MacState = 'valid' | 'none' | 'invalid';

/** Version of the leaf's format. */
export const LEAF_FORMAT = 1;

/** The members beside `v`, in the order of the document; which are left out where the row has null. */
export const LEAF_MEMBERS = [
  'id',
  'at',
  'told_at',
  'type',
  'version',
  'outcome',
  'actor_kind',
  'actor',
  'account',
  'client',
  'session',
  'factor',
  'ip',
  'user_agent',
  'request_id',
  'command',
  'operator',
  'reason',
  'details',
  'mac',
] as const;

/**
 * A row of `audit_events` by its columns, as a leaf takes it. Times are text, `YYYY-MM-DDTHH:MM:SS.ffffffZ` ({@link LEAF_TIME});
 * personal values stand in `details` as digests, as they do in the row.
 */
export interface LeafRow {
  readonly id: string;
  /** Null where it is infinite, which the server never writes. */
  readonly at: string | null;
  readonly told_at: string | null;
  readonly type: string;
  readonly version: number | null;
  readonly outcome: string;
  readonly actor_kind: string | null;
  readonly actor: string | null;
  readonly account: string | null;
  readonly client: string | null;
  readonly session: string | null;
  readonly factor: string | null;
  readonly ip: string | null;
  readonly user_agent: string | null;
  readonly request_id: string | null;
  readonly command: string | null;
  readonly operator: string | null;
  readonly reason: string | null;
  readonly details: unknown;
  readonly mac: MacState;
}

export type Leaf = { readonly v: typeof LEAF_FORMAT } & { readonly [Member in keyof LeafRow]?: unknown };

/** How a leaf writes its times. */
export const LEAF_TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{6}Z$/;

/** The leaf of a row: the members that it has. */
export function leafOf(row: LeafRow): Leaf {
  const leaf: Record<string, unknown> = { v: LEAF_FORMAT };
  for (const member of LEAF_MEMBERS) {
    const value = row[member];
    if (member === 'details') leaf.details = leafDetails(value);
    else if (value !== null && value !== undefined) leaf[member] = value;
  }
  return leaf as unknown as Leaf;
}

/** Nothing that the server writes is nested nearly as deep, and recursion ends long after. */
const DEEPEST = 100;

/**
 * Details as leaves and readers have them. Somebody who writes a row by hand can put anything into it: a number that canonical JSON
 * cannot write becomes text, what is nested too deep is left out, and what is no object becomes one. So such a row is sealed and
 * shown like any other, and named by its MAC, instead of standing in the way of those behind it. Idempotent.
 */
export const leafDetails = (details: unknown): Readonly<Record<string, unknown>> =>
  writable(isObject(details) ? details : { value: details ?? null }, 0) as Record<string, unknown>;

const isObject = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function writable(value: unknown, depth: number): unknown {
  if (typeof value === 'number') return Number.isFinite(value) ? value : String(value);
  if (value === null || typeof value !== 'object') return value;
  if (depth === DEEPEST) return '(nested too deep)';
  if (Array.isArray(value)) return value.map((member) => writable(member, depth + 1));
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [name, writable(member, depth + 1)]),
  );
}

const encoder = new TextEncoder();

/** Canonical JSON (RFC 8785) of a leaf. Throws on a number that is not finite and on text that is not Unicode. */
export function leafText(leaf: Leaf): string {
  return canonicalize(leaf) as string;
}

/** What is hashed of a leaf: the UTF-8 bytes of {@link leafText}. */
export const leafBytes = (leaf: Leaf): Uint8Array => encoder.encode(leafText(leaf));
