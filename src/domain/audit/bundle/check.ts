import type { ProofStore } from '../sealing/proof-store.ts';
import { STORED_LEVELS } from '../sealing/sealing-store.ts';
import { CompactRange, type Subtree } from '../tree/compact-range.ts';
import { treeHash } from '../tree/hashing.ts';
import { leafBytes } from '../tree/leaf.ts';
import { type NoteCryptography, parseVkey, type VerifierKey } from '../tree/note.ts';
import { verifyInclusion } from '../tree/proofs.ts';
import type { CheckStore } from './check-store.ts';
import type { EvidenceStore } from './evidence-store.ts';
import { liveEvidence } from './live-evidence.ts';
import { type Finding, MAX_KEPT, type Report } from './report.ts';
import { verifyEvidence } from './verify.ts';

export interface CheckDependencies {
  readonly store: EvidenceStore;
  readonly check: CheckStore;
  readonly proofs: ProofStore;
  readonly cryptography: NoteCryptography;
}

/**
 * Verifies the live database: every sealed event against its leaf, the tree, the checkpoints and the nodes, and the MACs of what waits.
 * Without a key from elsewhere the first key of the database is taken, which its owner may have replaced.
 */
export async function checkTrail(
  { store, check, proofs, cryptography }: CheckDependencies,
  given: { readonly keys: readonly VerifierKey[]; readonly anchors: readonly string[] },
): Promise<Report> {
  const hash = treeHash(cryptography.sha256);
  const beside: Finding[] = [];
  let range: CompactRange | undefined;
  const evidence = await liveEvidence({
    store,
    proofs,
    origin: '',
    hash,
    async onLines(lines) {
      const nodes: (Subtree & { hash: Uint8Array })[] = [];
      for (const { line, hash: leaf } of lines) {
        // Behind a leaf that is missing no more of it can be told.
        if (range?.end !== line.index) range = undefined;
        range?.push(leaf, (subtree, root) => {
          if (subtree.level % STORED_LEVELS === 0) nodes.push({ ...subtree, hash: root });
        });
      }
      beside.push(...(await check.wrongNodes(nodes)).slice(0, MAX_KEPT - beside.length));
    },
  });
  range = CompactRange.of(hash, 0, evidence.first, evidence.left);
  const own = parseVkey(cryptography.sha256, evidence.keys[0]?.verifier ?? '');
  const keys = given.keys.length > 0 ? given.keys : own === undefined ? [] : [own];
  const report = await verifyEvidence(evidence, { cryptography, keys, anchors: given.anchors });
  const root = range?.end === evidence.size ? range.root() : undefined;
  beside.push(...(await check.wrongState(evidence.size, root)), ...(await check.stray()));
  /** Whether the event is in the tree as it is, though it is where the archived ones are. */
  async function isSealed(event: string): Promise<boolean> {
    const found = await store.find(event);
    if (found === undefined || found.line.leaf === null || root === undefined) return true;
    const { index, leaf } = found.line;
    const { size } = evidence;
    const path = await proofs.inclusion(index, size).catch(() => []);
    return verifyInclusion(hash, { index, size, leafHash: hash.leaf(leafBytes(leaf)), root }, path);
  }
  let count = report.findingCount + beside.length;
  for await (const finding of check.unsealed(evidence.first, isSealed)) {
    count++;
    if (beside.length < MAX_KEPT) beside.push(finding);
  }
  const archived = evidence.first === 0 ? [] : [{ kind: 'archived' as const, to: evidence.first - 1 }];
  return {
    ...report,
    tampered: count > 0,
    findings: [...report.findings, ...beside].slice(0, MAX_KEPT),
    findingCount: count,
    remarks: [...archived, ...report.remarks],
  };
}
