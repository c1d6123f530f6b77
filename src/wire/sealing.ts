import { NODE_TREE_HASH } from '../domain/audit/node-cryptography.ts';
import { createCheckpointStore } from '../domain/audit/sealing/checkpoint-store.ts';
import { createAuditKeyStore } from '../domain/audit/sealing/key-store.ts';
import { createProofStore } from '../domain/audit/sealing/proof-store.ts';
import { createSealer } from '../domain/audit/sealing/sealer.ts';
import { createSealingStore } from '../domain/audit/sealing/sealing-store.ts';
import { createSealingStandingStore } from '../domain/audit/sealing/standing-store.ts';
import type { AuditLog } from '../domain/audit/store.ts';
import type { Foundation } from './foundation.ts';

/** An alert has room for so many; all of them are in `audit_leaves`. */
const NAMED = 20;

/** What seals the audit trail, and proves what is sealed. */
export function createSealing({ database, secrets, random, auditStamp, log }: Foundation, audit: AuditLog) {
  const keys = createAuditKeyStore(database, secrets.keyring, random);
  const checkpoints = createCheckpointStore(database);
  return {
    keys,
    checkpoints,
    proofs: createProofStore(database, NODE_TREE_HASH),
    standing: createSealingStandingStore(database),
    sealer: createSealer({
      database,
      mac: auditStamp.mac,
      store: createSealingStore(database, NODE_TREE_HASH),
      keys,
      checkpoints,
      record: audit.record,
      onInvalid: (events) =>
        log.error(
          { events: events.slice(0, NAMED), count: events.length },
          'audit events were changed, or written by somebody else, before they were sealed: they are marked as invalid',
        ),
    }),
  };
}
