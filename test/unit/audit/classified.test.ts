import { expect } from 'chai';
import type { Database } from '../../../src/storage/database.ts';
import { columnsIn, hasEvidence } from '../../support/evidence/rules.ts';
import { TABLES } from '../../support/evidence/tables.ts';
import { startTestServer, type TestServer } from '../../support/server.ts';

interface Column {
  table: string;
  column: string;
}

/** A partition is part of its table. */
const COLUMNS = `
  select c.relname as table, a.attname as column
  from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
  where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition
  order by c.relname, a.attnum`;

describe('the tables whose changes are told', () => {
  let server: TestServer;
  let database: Database;
  let columns: Map<string, string[]>;

  before(async () => {
    server = await startTestServer();
    ({ database } = server.app);
    const rows = await database.query<Column>(COLUMNS);
    columns = new Map(
      [...Map.groupBy(rows, ({ table }) => table)].map(([table, of]) => [
        table,
        of.map(({ column }) => column),
      ]),
    );
  });

  after(async () => {
    await server.stop();
  });

  it('are classified, every one', () => {
    expect(Object.keys(TABLES).sort()).to.deep.equal([...columns.keys()].sort());
  });

  for (const [table, rule] of Object.entries(TABLES)) {
    if (!hasEvidence(rule)) continue;
    it(`has a rule for every column of ${table}`, () => {
      const ruled = [...Object.keys(rule.changed ?? {}), rule.fixed].flatMap(columnsIn);
      expect(ruled.sort()).to.deep.equal((columns.get(table) ?? []).toSorted());
    });
  }
});
