import type { Checkpoint } from '../tree/checkpoint.ts';
import type { Finding, SizeAt } from './report.ts';
import type { DeclaredRestore } from './tally.ts';

interface Anchored {
  readonly size: number;
  readonly restores: readonly DeclaredRestore[];
  readonly agreeing: readonly SizeAt[];
  /** Anchors of which the tree has another root, or that are larger than it. */
  readonly differing: readonly Checkpoint[];
}

/**
 * What the anchors say that do not agree with the tree: the trail was rolled back, cut off or rewritten, unless it declares that it
 * was restored from before the anchor.
 */
export function judgeAnchors({ size, restores, agreeing, differing }: Anchored): {
  readonly findings: readonly Finding[];
  readonly anchored: SizeAt | undefined;
} {
  const undeclared = differing.filter(
    (anchor) => !restores.some(({ restored, anchored }) => restored < anchor.size && anchor.size <= anchored),
  );
  return {
    findings: undeclared.map(({ size: anchor, time }) => ({
      kind: 'rolled_back',
      anchor,
      time: time?.toISOString(),
      size,
    })),
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
