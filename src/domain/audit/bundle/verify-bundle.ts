import { MANIFEST } from './format.ts';
import { openBundle } from './read-bundle.ts';
import type { Report } from './report.ts';
import { type Verifier, verifyEvidence } from './verify.ts';
import type { RandomAccess } from './zip-reading.ts';

/** Verifies a bundle. Throws `Unreadable` where it is none, or is damaged. */
export async function verifyBundle(file: RandomAccess, verifier: Verifier): Promise<Report> {
  const { manifest, evidence, close } = await openBundle(file);
  try {
    const report = await verifyEvidence(evidence, verifier);
    const { origin, events } = manifest;
    // Once something is wrong with the events, it is no news that their number is.
    if (report.tampered || (events === report.lines && origin === report.origin)) return report;
    const finding = { kind: 'file', name: MANIFEST } as const;
    return {
      ...report,
      tampered: true,
      findings: [...report.findings, finding],
      findingCount: report.findingCount + 1,
    };
  } finally {
    await close();
  }
}
