import type { Report } from '../../src/domain/audit/bundle/report.ts';
import { verifyBundle } from '../../src/domain/audit/bundle/verify-bundle.ts';
import { NODE_CRYPTOGRAPHY } from '../../src/domain/audit/node-cryptography.ts';
import { parseVkey, type VerifierKey } from '../../src/domain/audit/tree/note.ts';
import { systemClock } from '../../src/kernel/clock.ts';
import { openAuditEvidence } from '../../src/wire/audit-evidence.ts';
import { TEST_MAC } from './audit-stamp.ts';
import { inMemory } from './audit-trail.ts';
import { useSealing } from './sealing.ts';

interface Given {
  readonly keys?: readonly VerifierKey[];
  readonly anchors?: readonly string[];
}

/** A sealed trail in a database, whose owner tampers with it, and the two ways of verifying it. Call it inside a `describe`. */
export function useEvidence() {
  const here = useSealing();
  const evidence = () =>
    openAuditEvidence({
      database: here.database,
      sealing: here.sealing,
      clock: systemClock,
      mac: TEST_MAC,
    });
  return {
    here,

    /** So many events, sealed. */
    async sealed(count: number): Promise<void> {
      await here.events(Array.from({ length: count }, (_, index) => `e${index}`));
      await here.sealAll();
    },

    /** The public keys, as an auditor has them from before. */
    async keys(): Promise<VerifierKey[]> {
      return (await here.sealing.keys.list()).map(
        ({ verifier }) => parseVkey(NODE_CRYPTOGRAPHY.sha256, verifier) as VerifierKey,
      );
    },

    async anchor(): Promise<string> {
      return (await here.sealing.checkpoints.newest())?.note ?? '';
    },

    /** What `gatehouse audit check` finds. */
    check: ({ keys = [], anchors = [] }: Given = {}): Promise<Report> =>
      evidence().checkTrail({ keys, anchors }),

    /** What an auditor finds in a bundle that is exported now. */
    async audit(
      { keys = [], anchors = [] }: Given = {},
      format: 'ndjson' | 'csv' = 'ndjson',
    ): Promise<Report> {
      const { trailExport } = evidence();
      const chunks: Uint8Array[] = [];
      const sink = new WritableStream<Uint8Array>({ write: (chunk) => void chunks.push(chunk.slice()) });
      await trailExport.write(await trailExport.plan(undefined, undefined), format, 'a test', sink);
      return verifyBundle(inMemory(Buffer.concat(chunks)), {
        cryptography: NODE_CRYPTOGRAPHY,
        keys,
        anchors,
      });
    },

    get trailExport() {
      return evidence().trailExport;
    },
  };
}

export type EvidenceOf = ReturnType<typeof useEvidence>;
