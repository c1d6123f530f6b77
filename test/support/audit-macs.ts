import { type AuditMac, macColumns, type StoredMacRow, storedMacFields } from '../../src/domain/audit/mac.ts';
import type { Executor } from '../../src/storage/database.ts';

type Row = StoredMacRow & { readonly mac: Buffer | null };

/** The events whose MAC is missing or wrong, by type and id; of those with a version, which every row of this version has. */
export async function withoutMac(database: Executor, mac: AuditMac): Promise<string[]> {
  const rows = await database.query<Row>(
    `select ${macColumns('e')}, e.mac from audit_events e where version is not null`,
  );
  return rows.flatMap(({ mac: stored, ...row }) =>
    stored !== null && mac.verify(storedMacFields(row), stored) ? [] : [`${row.type} ${row.id}`],
  );
}
