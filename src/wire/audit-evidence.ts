import { type CheckDependencies, checkTrail } from '../domain/audit/bundle/check.ts';
import { createCheckStore } from '../domain/audit/bundle/check-store.ts';
import { createEvidenceStore } from '../domain/audit/bundle/evidence-store.ts';
import { createTrailExport, type TrailExport } from '../domain/audit/bundle/export.ts';
import { labelled } from '../domain/audit/bundle/labels.ts';
import type { AuditMac } from '../domain/audit/mac.ts';
import { NODE_CRYPTOGRAPHY, NODE_TREE_HASH } from '../domain/audit/node-cryptography.ts';
import { createCheckpointStore } from '../domain/audit/sealing/checkpoint-store.ts';
import { createAuditKeyStore } from '../domain/audit/sealing/key-store.ts';
import { createProofStore } from '../domain/audit/sealing/proof-store.ts';
import type { Clock } from '../kernel/clock.ts';
import type { Keyring } from '../kernel/crypto.ts';
import type { Randomness } from '../kernel/ids.ts';
import type { Database } from '../storage/database.ts';

interface EvidenceFoundation {
  readonly database: Database;
  readonly keyring: Keyring;
  readonly random: Randomness;
  readonly clock: Clock;
  readonly mac: AuditMac;
}

export interface AuditEvidence {
  readonly trailExport: TrailExport;
  readonly checkTrail: (given: Parameters<typeof checkTrail>[1]) => ReturnType<typeof checkTrail>;
}

/** Exporting and proving the sealed trail of a database. Keeps no state. */
export function openAuditEvidence({
  database,
  keyring,
  random,
  clock,
  mac,
}: EvidenceFoundation): AuditEvidence {
  const proofs = createProofStore(database, NODE_TREE_HASH);
  const store = createEvidenceStore(database, {
    proofs,
    keys: createAuditKeyStore(database, keyring, random),
  });
  const checking: CheckDependencies = {
    store,
    proofs,
    check: createCheckStore(database, NODE_TREE_HASH, mac),
    cryptography: NODE_CRYPTOGRAPHY,
  };
  return {
    trailExport: createTrailExport({
      store,
      proofs,
      checkpoints: createCheckpointStore(database),
      clock,
      withLabels: (lines) => labelled(database, lines),
    }),
    checkTrail: (given) => checkTrail(checking, given),
  };
}
