import type { AnchorGate } from '../domain/audit/anchors/gate.ts';
import { strangeProblem } from '../domain/audit/anchors/policy.ts';
import type { AnchorStore } from '../domain/audit/anchors/store.ts';
import { problemOf } from '../domain/audit/anchors/target.ts';
import type { TrailStore } from '../domain/audit/anchors/trail-store.ts';
import type { AnchorFinding } from '../domain/audit/anchors/watch.ts';
import type { Logger } from '../log.ts';
import type { Job } from './runner.ts';

export interface AnchorAuditDependencies {
  readonly anchorGate: Pick<AnchorGate, 'inspect'>;
  readonly anchorStore: Pick<AnchorStore, 'lease' | 'held' | 'failed'>;
  readonly auditTrail: Pick<TrailStore, 'newest' | 'keep'>;
  readonly anchorSeconds: number;
  readonly log: Logger;
}

/** Whose turn it was has lost it by the time of the next round, however little clocks and timers agree. */
const TURN = 0.9;

/**
 * Compares the trail with every anchor, on every node; then one node at a time puts the newest checkpoint where it is missing. No
 * anchor gets anything while one of them says that the trail was put back: it would hide that. Nor does one that keeps what nobody
 * known has signed.
 */
export const createAnchorAudit = (deps: AnchorAuditDependencies): Job => ({
  name: 'anchor-audit',
  async round() {
    const milliseconds = deps.anchorSeconds * 1000;
    const began = performance.now();
    const findings = await deps.anchorGate.inspect();
    if (findings !== undefined) await Promise.all(findings.map((finding) => anchor(finding, deps)));
    return Math.max(0, milliseconds - (performance.now() - began));
  },
});

async function anchor(finding: AnchorFinding, deps: AnchorAuditDependencies): Promise<void> {
  const { anchorStore, auditTrail, anchorSeconds, log } = deps;
  const { anchor, state } = finding;
  if (state === 'unreadable') return anchorStore.failed(anchor.name, finding.problem);
  if (state === 'strange') return anchorStore.failed(anchor.name, strangeProblem(finding.kept));
  const lease = await anchorStore.lease(anchor.name, anchorSeconds * TURN);
  if (lease === undefined) return;
  const newest = await auditTrail.newest();
  const isHeld = newest === undefined || ('kept' in finding && finding.kept.note === newest.note);
  if (isHeld) {
    await anchorStore.held(anchor.name, lease);
    return;
  }
  await auditTrail.keep(newest);
  try {
    await anchor.put(newest.note, newest.size);
  } catch (error) {
    const problem = problemOf(error);
    log.error({ anchor: anchor.name, problem }, 'a checkpoint of the audit trail was not anchored');
    return anchorStore.failed(anchor.name, problem);
  }
  await anchorStore.held(anchor.name, lease, newest);
}
