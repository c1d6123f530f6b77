import { GatehouseError } from '../../../kernel/errors.ts';
import { NODE_CRYPTOGRAPHY } from '../node-cryptography.ts';
import { openCheckpoint } from '../tree/checkpoint.ts';
import type { CompactRange } from '../tree/compact-range.ts';
import { sameBytes } from '../tree/hashing.ts';
import type { VerifierKey } from '../tree/note.ts';
import type { StoredCheckpoint } from './checkpoint-store.ts';

/**
 * Whether the tree, as far as it is kept to go on with, is the one that was signed last. Every round signs what it has sealed
 * in the same transaction, by the key that signs next; so anything else was changed by somebody who is not the server.
 */
export class TreeMisfit extends GatehouseError {
  constructor(what: string) {
    super('audit_tree_misfit', {
      message:
        `The audit trail is not sealed any further: ${what}. Somebody has changed its tables by hand, or restored a part of them; ` +
        'see docs/audit.md.',
    });
  }
}

/** What of the newest checkpoint counts here. */
export type SignedTree = Pick<StoredCheckpoint, 'size' | 'note'>;

/**
 * The kept tree, to go on with. Throws {@link TreeMisfit} where it is not that of the newest checkpoint, or another key has signed
 * that.
 */
export function fittingTree(
  { size, frontier }: { readonly size: number; readonly frontier: CompactRange | undefined },
  newest: SignedTree | undefined,
  key: VerifierKey,
): CompactRange {
  if (frontier === undefined)
    throw new TreeMisfit(`audit_sealing.frontier is not that of a tree of ${size} leaves`);
  const problem = misfitOf(size, frontier, newest, key);
  if (problem !== undefined) throw new TreeMisfit(problem);
  return frontier;
}

function misfitOf(
  size: number,
  frontier: CompactRange,
  newest: SignedTree | undefined,
  key: VerifierKey,
): string | undefined {
  if (newest === undefined) {
    return size === 0 ? undefined : `audit_sealing tells of ${size} leaves, and there is no checkpoint`;
  }
  const checkpoint = openCheckpoint(NODE_CRYPTOGRAPHY, newest.note, [key]);
  if (checkpoint === undefined || checkpoint.size !== newest.size) {
    return `the newest checkpoint (${newest.size} leaves) is not signed by the key of this trail, ${key.id}`;
  }
  if (checkpoint.size !== size) {
    return `audit_sealing tells of ${size} leaves, and the newest checkpoint of ${checkpoint.size}`;
  }
  return sameBytes(frontier.root(), checkpoint.root)
    ? undefined
    : `audit_sealing.frontier has another root than the newest checkpoint, at ${size} leaves`;
}
