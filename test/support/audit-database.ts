import type { Database } from '../../src/storage/database.ts';
import { openDatabase } from '../../src/storage/orm.ts';
import { ENTITIES, MIGRATIONS_PATH } from '../../src/wire.ts';
import { createTestDatabase, type TestDatabase } from './postgres.ts';

/** A database of its own, as the server uses it, without a server. */
export async function openTestDatabase(): Promise<{
  test: TestDatabase;
  database: Database;
  close: () => Promise<void>;
}> {
  const test = await createTestDatabase();
  const database = await openDatabase({
    url: test.serverUrl,
    entities: ENTITIES,
    role: 'server',
    poolSize: 5,
    migrationsPath: MIGRATIONS_PATH,
  });
  const close = async () => {
    await database.close();
    await test.drop();
  };
  return { test, database, close };
}
