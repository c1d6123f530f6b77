import { GatehouseError } from '../../../kernel/errors.ts';
import { NODE_CRYPTOGRAPHY } from '../node-cryptography.ts';
import {
  behindMessage,
  isBehind,
  type Judged,
  judged,
  type KeptCheckpoint,
  newestKept,
  type Standing,
} from './policy.ts';
import type { RestoreStore } from './restore-store.ts';
import { type Anchor, problemOf } from './target.ts';
import type { TrailStore } from './trail-store.ts';

/** What was found at one anchor: why it could not be read, or how the trail stands to what it keeps. */
export type AnchorFinding =
  | { readonly anchor: Anchor; readonly state: 'unreadable'; readonly problem: string }
  | { readonly anchor: Anchor; readonly state: 'empty' }
  | {
      readonly anchor: Anchor;
      readonly state: Standing;
      readonly kept: KeptCheckpoint;
      /** What the anchor keeps and the trail does not hold. */
      readonly missing: readonly Judged[];
      readonly size: number;
    };

/** Compares the trail with its anchors. */
export interface AnchorWatch {
  readonly anchors: readonly Anchor[];
  /** Looks at every anchor, all at the same time. Throws only where the database cannot be asked. */
  look(): Promise<AnchorFinding[]>;
}

export interface AnchorWatchDependencies {
  readonly anchors: readonly Anchor[];
  readonly trail: Pick<TrailStore, 'state' | 'rootAt'>;
  readonly restores: Pick<RestoreStore, 'declared'>;
  /** Of the checkpoints. */
  readonly origin: string;
}

export function createAnchorWatch({
  anchors,
  trail,
  restores,
  origin,
}: AnchorWatchDependencies): AnchorWatch {
  async function lookAt(anchor: Anchor): Promise<AnchorFinding> {
    const { keys } = await trail.state();
    const judging = { cryptography: NODE_CRYPTOGRAPHY, origin, keys };
    const found = await newestKept(anchor.newest(), judging).then(
      (kept) => ({ kept }),
      (error) => ({ problem: problemOf(error) }),
    );
    if ('problem' in found) return { anchor, state: 'unreadable', problem: found.problem };
    const { kept } = found;
    if (kept === undefined) return { anchor, state: 'empty' };
    // After the anchor was read: what it keeps was sealed before.
    const [{ size }, declared] = await Promise.all([trail.state(), restores.declared()]);
    return { anchor, size, ...(await judged(kept, { size, restores: declared, rootAt: trail.rootAt })) };
  }

  return { anchors, look: () => Promise.all(anchors.map(lookAt)) };
}

/**
 * What stands in the way of serving: `audit_behind_anchor` (503), where the trail is behind an anchor and no restore declares it;
 * undefined where nothing does.
 */
export function obstacleOf(findings: readonly AnchorFinding[]): GatehouseError | undefined {
  for (const finding of findings) {
    if (!('kept' in finding) || !isBehind(finding.state)) continue;
    const { anchor, state, kept, size } = finding;
    const message = behindMessage(anchor.name, kept, state, size);
    return new GatehouseError('audit_behind_anchor', { status: 503, message });
  }
  return undefined;
}
