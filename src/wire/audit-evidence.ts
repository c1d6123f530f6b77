import { type CheckDependencies, checkTrail } from '../domain/audit/bundle/check.ts';
import { createCheckStore } from '../domain/audit/bundle/check-store.ts';
import { createEvidenceStore } from '../domain/audit/bundle/evidence-store.ts';
import { createTrailExport, type TrailExport } from '../domain/audit/bundle/export.ts';
import { labelled } from '../domain/audit/bundle/labels.ts';
import type { AuditMac } from '../domain/audit/mac.ts';
import { NODE_CRYPTOGRAPHY, NODE_TREE_HASH } from '../domain/audit/node-cryptography.ts';
import type { CheckpointStore } from '../domain/audit/sealing/checkpoint-store.ts';
import type { AuditKeyStore } from '../domain/audit/sealing/key-store.ts';
import type { ProofStore } from '../domain/audit/sealing/proof-store.ts';
import type { Clock } from '../kernel/clock.ts';
import type { Database } from '../storage/database.ts';

interface EvidenceFoundation {
  readonly database: Database;
  readonly sealing: {
    readonly proofs: ProofStore;
    readonly keys: AuditKeyStore;
    readonly checkpoints: CheckpointStore;
  };
  readonly clock: Clock;
  readonly mac: AuditMac;
}

export interface AuditEvidence {
  readonly trailExport: TrailExport;
  readonly checkTrail: (given: Parameters<typeof checkTrail>[1]) => ReturnType<typeof checkTrail>;
}

/** Exporting and proving the sealed trail of a database. Keeps no state. */
export function openAuditEvidence({ database, sealing, clock, mac }: EvidenceFoundation): AuditEvidence {
  const { proofs, keys, checkpoints } = sealing;
  const store = createEvidenceStore(database, { proofs, keys });
  const checking: CheckDependencies = {
    store,
    proofs,
    check: createCheckStore(database, NODE_TREE_HASH, mac),
    cryptography: NODE_CRYPTOGRAPHY,
  };
  const trailExport = createTrailExport({
    store,
    proofs,
    checkpoints,
    clock,
    withLabels: (lines) => labelled(database, lines),
  });
  return {
    trailExport,
    checkTrail: (given) => checkTrail(checking, given),
  };
}
