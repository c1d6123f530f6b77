import { covers, type DeclaredRestore } from '../anchors/policy.ts';
import { type Checkpoint, parseCheckpoint } from '../tree/checkpoint.ts';
import { sameBytes } from '../tree/hashing.ts';
import { parseNote } from '../tree/note.ts';
import type { Evidence } from './evidence.ts';
import type { Finding, SizeAt } from './report.ts';

interface Anchored {
  readonly size: number;
  readonly restores: readonly DeclaredRestore[];
  readonly agreeing: readonly SizeAt[];
  /** Anchors of which the tree has another root, or that are larger than it. */
  readonly differing: readonly Checkpoint[];
  /** Anchors that none of the trail's keys has signed, as signed notes. */
  readonly foreign: readonly string[];
}

export function checkpointIn(note: string): Checkpoint | undefined {
  const parsed = parseNote(note);
  return parsed && parseCheckpoint(parsed.text);
}

/** How an anchor stands of a tree that is smaller than the first event that is verified: of a bundle, nothing tells its root. */
export async function standingBefore(
  { size, root }: Checkpoint,
  { rootBefore }: Evidence,
): Promise<'agrees' | 'differs' | 'outside'> {
  const actual = await rootBefore?.(size);
  if (actual === undefined) return 'outside';
  return actual !== 'damaged' && sameBytes(actual, root) ? 'agrees' : 'differs';
}

/**
 * What the anchors say that do not agree with the tree: the trail was rolled back, cut off or rewritten, unless a restore that it
 * declares covers the anchor, by its root and its time as well as by its size: nothing is excused because it lies between two sizes.
 */
export function judgeAnchors({ size, restores, agreeing, differing, foreign }: Anchored): {
  readonly findings: readonly Finding[];
  readonly anchored: SizeAt | undefined;
} {
  const isDeclared = (anchor: Checkpoint, signed: boolean) =>
    restores.some((restore) => covers(restore, { ...anchor, signed }));
  const undeclared = differing.filter((anchor) => !isDeclared(anchor, true));
  // A restore may have taken the key away that had signed it: then the event of the restore names it.
  const strange = foreign.filter((note) => {
    const anchor = checkpointIn(note);
    return anchor === undefined || !isDeclared(anchor, false);
  });
  return {
    findings: [
      ...undeclared.map(({ size: anchor, time }): Finding => {
        return { kind: 'rolled_back', anchor, time: time?.toISOString(), size };
      }),
      ...strange.map((): Finding => ({ kind: 'foreign_key', what: 'anchor' })),
    ],
    anchored: agreeing.toSorted((one, other) => one.size - other.size).at(-1),
  };
}

function placeOf(finding: Finding): number {
  switch (finding.kind) {
    case 'unknown_key':
    case 'key_change':
      return -1;
    case 'rewritten':
    case 'cut_off':
      return finding.from;
    case 'foreign_key':
      return finding.size ?? Number.MAX_SAFE_INTEGER;
    case 'rolled_back':
      return Math.min(finding.anchor, finding.size);
    case 'file':
    case 'sealing_state':
    case 'node':
    case 'never_sealed':
    case 'unsealed_forged':
      return Number.MAX_SAFE_INTEGER;
    default:
      return finding.index;
  }
}

/** The first bad event first; a cut tail is one finding, not one for each of its events. */
export function inOrder(findings: readonly Finding[]): Finding[] {
  const cut = findings.find((finding) => finding.kind === 'cut_off');
  return findings
    .filter((finding) => !(cut && finding.kind === 'removed' && finding.index >= cut.from))
    .sort((one, other) => placeOf(one) - placeOf(other));
}
