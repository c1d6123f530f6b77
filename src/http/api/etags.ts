import { GatehouseError } from '../../kernel/errors.ts';
import { InvalidRequest } from './problems.ts';

/**
 * Entity tags and conditions (RFC 9110, sections 8.8.3 and 13). A tag is what an edition of something is told apart by; here it
 * is given and taken without its quotes.
 */

/** A condition as it stands in `If-Match` or `If-None-Match`. */
export type Condition = '*' | readonly { readonly weak: boolean; readonly tag: string }[];

const ENTITY_TAG = /\s*(W\/)?"([\x21\x23-\x7e\x80-\xff]*)"\s*(?:,|$)/y;

/** What a condition header says; undefined for an empty one and for one that is malformed. */
export function parseCondition(header: string): Condition | undefined {
  if (header.trim() === '*') return '*';
  const tags: { weak: boolean; tag: string }[] = [];
  ENTITY_TAG.lastIndex = 0;
  while (ENTITY_TAG.lastIndex < header.length) {
    const [, weak, tag] = ENTITY_TAG.exec(header) ?? [];
    if (tag === undefined) return undefined;
    tags.push({ weak: weak !== undefined, tag });
  }
  return tags.length === 0 ? undefined : tags;
}

/** Whether the copy that the client has is the one that it would get (section 13.1.2: weak comparison). */
export function isUnchanged(ifNoneMatch: string, tag: string): boolean {
  const known = parseCondition(ifNoneMatch);
  return known === '*' || known?.some((each) => each.tag === tag) === true;
}

/** What a change says of the edition that it is meant for. */
export interface Precondition {
  /**
   * Refuses the change unless it is for the edition with this tag, which is read in the same transaction with the row held;
   * `undefined` where there is nothing any more. Throws `precondition_failed` (412).
   */
  check(current: string | undefined): void;
  /** Whether anybody has checked it: a route that forgets to would lose what others have changed. */
  readonly checked: boolean;
}

/**
 * The condition in `If-Match`. Throws `precondition_required` (428, RFC 6585, section 3) where a route demands one and there is
 * none; its check throws `invalid_precondition` (400) for one that is malformed, because what cannot be read must not pass as met.
 */
export function readPrecondition(ifMatch: string, required: boolean): Precondition {
  const isThere = ifMatch.trim() !== '';
  if (required && !isThere) {
    throw new GatehouseError('precondition_required', {
      status: 428,
      message: 'Say with If-Match which edition this is meant for: its ETag.',
    });
  }
  let checked = false;
  return {
    check(current) {
      checked = true;
      if (isThere) refuseOthers(ifMatch, current);
    },
    get checked() {
      return checked;
    },
  };
}

function refuseOthers(ifMatch: string, current: string | undefined): void {
  const condition = parseCondition(ifMatch);
  if (condition === undefined) {
    throw new InvalidRequest('invalid_precondition', 'If-Match is malformed.', [
      { header: 'If-Match', detail: 'expected entity tags in double quotes, or *' },
    ]);
  }
  if (current !== undefined && (condition === '*' || condition.some((each) => isSame(each, current)))) return;
  throw new GatehouseError('precondition_failed', {
    status: 412,
    message: 'This was changed meanwhile. Read it again.',
  });
}

/** Strong comparison (section 8.8.3.2): a weak tag does not say that everything is the same. */
const isSame = ({ weak, tag }: { weak: boolean; tag: string }, current: string) => !weak && tag === current;
