import { rm } from 'node:fs/promises';
import { conflict } from '../../../kernel/errors.ts';
import type { Executor } from '../../../storage/database.ts';
import type { TrailExport } from '../bundle/export.ts';
import { openFile, writePart } from '../bundle/file.ts';
import { verifyBundle } from '../bundle/verify-bundle.ts';
import { NODE_CRYPTOGRAPHY } from '../node-cryptography.ts';
import { parseVkey } from '../tree/note.ts';
import { type ExportMonth, sha256OfFile } from './archive-file.ts';

export interface MonthExportDependencies {
  readonly trailExport: Pick<TrailExport, 'planRange' | 'write'>;
  readonly database: Executor;
}

const KEYS = 'select verifier from audit_keys order by created_at, id';
const ANCHORS = 'select note from audit_anchors where note is not null';

/**
 * Exports months as bundles and verifies each with the keys and the newest anchors of the trail: what cannot be verified is no
 * archive. Throws `archive_unverified` (409), and leaves no such file.
 */
export const createMonthExport =
  ({ trailExport, database }: MonthExportDependencies): ExportMonth =>
  async ({ first, last }, file) => {
    const plan = await trailExport.planRange(first, last);
    await writePart(file, async (sink) => {
      await trailExport.write(plan, 'ndjson', 'gatehouse audit archive', sink);
    });
    const wrong = await findingsOf(file, database);
    if (wrong.length === 0) return sha256OfFile(file);
    await rm(file);
    throw conflict(
      'archive_unverified',
      `The trail from leaf ${first} to ${last} does not verify (${wrong.join(', ')}), so it stays. See: gatehouse audit check`,
    );
  };

async function findingsOf(path: string, database: Executor): Promise<string[]> {
  const keys = (await database.query<{ verifier: string }>(KEYS)).map(({ verifier }) => verifier);
  const anchors = (await database.query<{ note: string }>(ANCHORS)).map(({ note }) => note);
  const file = await openFile(path);
  try {
    const report = await verifyBundle(file, {
      cryptography: NODE_CRYPTOGRAPHY,
      keys: keys.flatMap((key) => parseVkey(NODE_CRYPTOGRAPHY.sha256, key) ?? []),
      anchors,
    });
    // What was written past Gatehouse before it was sealed is in the trail, and in the archive, for good.
    return [...new Set(report.findings.map(({ kind }) => kind))].filter((kind) => kind !== 'forged');
  } finally {
    await file.close();
  }
}
