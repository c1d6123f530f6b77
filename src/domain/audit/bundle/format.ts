import type { Leaf } from '../tree/leaf.ts';

/**
 * Bundle: an excerpt of the audit trail that proves itself. This folder owns the format of a bundle (a zip file), how it is
 * written from the database, and how it is verified; the format is written down in docs/audit.md. What has no store in its name
 * is pure and runs in a browser too: hashing and signatures are handed in.
 */

export const BUNDLE_FORMAT = 'gatehouse-audit-bundle/1';

/** Lines of one file of events. */
export const SEGMENT_LINES = 100_000;

export const MANIFEST = 'manifest.json';
export const TREE = 'tree.json';
export const CHECKPOINTS = 'checkpoints.txt';
export const KEYS = 'keys.json';

/** Stands between two signed notes, as a line of its own. */
export const NOTE_SEPARATOR = '---\n';

export const LINE_FORMATS = ['ndjson', 'csv'] as const;
export type LineFormat = (typeof LINE_FORMATS)[number];

const numbered = (segment: number) => String(segment).padStart(6, '0');

/** Name of the events' file with this number, from 1. */
export const eventsFile = (segment: number, format: LineFormat): string =>
  `events-${numbered(segment)}.${format}`;

/** Name of the file with the hashes of the same leaves, 32 bytes each. */
export const hashesFile = (segment: number): string => `hashes-${numbered(segment)}.bin`;

/** What a bundle says of itself. Only what the verifier can derive from the rest is verified; `asked`, `created` and `by` are not. */
export interface Manifest {
  readonly format: typeof BUNDLE_FORMAT;
  readonly origin: string;
  readonly lines: LineFormat;
  /** The times that were asked for; null: from the beginning, to the end. */
  readonly asked: { readonly from: string | null; readonly to: string | null };
  /** Index of the first event, and of the last; the range may be empty, then `last` is `first - 1`. */
  readonly first: number;
  readonly last: number;
  /** Size of the tree that the newest checkpoint signs. */
  readonly size: number;
  /** How many events, files of events, and checkpoints. */
  readonly events: number;
  readonly segments: number;
  readonly created: string;
  readonly by: string;
}

/** A personal value beside its event: what its digest in `details` was made from. */
export interface PersonalValue {
  /** 16 bytes, base64. */
  readonly salt: string;
  readonly value: string;
}

/** One event as it stands in a bundle. `leaf` is null where the database had no row for it any more. */
export interface BundleLine {
  readonly index: number;
  readonly leaf: Leaf | null;
  /** By JSON pointer into `details`. */
  readonly personal?: Readonly<Record<string, PersonalValue>> | undefined;
  /** Names of ids, as of the day of the export, for readers. Not sealed. */
  readonly labels?: Readonly<Record<string, string>> | undefined;
}

/** How one key has followed another: the event that names both, which the key before has signed. */
export interface KeyChange {
  readonly index: number;
  readonly leaf: Leaf;
  /** Inclusion proof of the leaf in the checkpoint's tree, hexadecimal. */
  readonly path: readonly string[];
  /** Signed note of the key before. */
  readonly checkpoint: string;
}

/** A key of the trail as `keys.json` lists it; the first has no change. */
export interface BundleKey {
  readonly verifier: string;
  readonly change?: KeyChange | undefined;
}

/** What is needed of the tree left and right of the events: `tree.json`, hexadecimal. */
export interface TreeData {
  readonly left: readonly string[];
  readonly right: readonly string[];
}

/** The file cannot be read as a bundle, or is damaged: nothing can be said about what it holds. */
export class Unreadable extends Error {
  override readonly name = 'Unreadable';
}
