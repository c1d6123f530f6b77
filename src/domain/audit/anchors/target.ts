/**
 * Anchors: copies of the newest checkpoint of the audit trail in places that whoever owns the database cannot change. This folder
 * owns where they are kept, the comparison of the trail with them, and what a declared restore is. It leaves making checkpoints to
 * `sealing`, and ending what must not live again after a restore to the act `audit.recover`.
 */

/** A place that keeps checkpoints. */
export interface Anchor {
  /** As `AUDIT_ANCHORS` names it, without parameters. */
  readonly name: string;
  /** A word of ours for metrics: its kind, with a number where there are several of one. */
  readonly label: string;
  /**
   * What is kept there and may be a signed checkpoint, the newest first, and not all of it; nothing where none was ever put. Throws
   * {@link AnchorProblem} where it cannot be read.
   */
  newest(): AsyncIterable<string>;
  /** Keeps a signed checkpoint over so many events, durably when it resolves. Throws {@link AnchorProblem}. */
  put(note: string, size: number): Promise<void>;
}

/** Why a target could not be reached or read, in words for operators: no secret, no answer of a stranger's in it. */
export class AnchorProblem extends Error {
  override readonly name = 'AnchorProblem';
}

/** Of libraries' messages only their codes: the rest may repeat addresses and answers. */
export function problemOf(error: unknown): string {
  if (error instanceof AnchorProblem) return error.message;
  const { code, name } = error as { code?: unknown; name?: unknown };
  const word = [code, name].find(
    (each): each is string =>
      typeof each === 'string' && /^[A-Za-z][A-Za-z_0-9]{2,63}$/.test(each) && each !== 'Error',
  );
  return word === undefined ? 'it cannot be reached' : `it cannot be reached: ${word}`;
}

/** The longest note that is read. A checkpoint of ours has some 300 bytes. */
export const MAX_NOTE_BYTES = 65_536;

/** The line between two notes of a file, as in `checkpoints.txt` of a bundle. */
const SEPARATOR = '---\n';

/** A note as it is appended to a file. */
export const separated = (note: string): string => `${note}${SEPARATOR}`;

/** The notes of a text in which each ends with a line `---`, in their order. What stands behind the last such line may be one. */
export const notesIn = (text: string): string[] =>
  text
    .split(/^---\n/m)
    .map((each) => each.replace(/^\n+/, ''))
    .filter((each) => each !== '');
