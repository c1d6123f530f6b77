import type { Database } from '../../../src/storage/database.ts';
import { openDatabase } from '../../../src/storage/orm.ts';
import type { UnitConflict } from '../../../src/storage/unit-of-work.ts';
import { ENTITIES, MIGRATIONS_PATH } from '../../../src/wire.ts';
import { createStoreDatabase, type TestDatabase } from '../../support/postgres.ts';

/** A database for the tests of a `describe`: call it inside. */
export function useDatabase(): { readonly database: Database } {
  let files: TestDatabase;
  let database: Database;

  before(async () => {
    files = await createStoreDatabase();
    database = await openDatabase({
      url: files.serverUrl,
      entities: ENTITIES,
      role: 'server',
      poolSize: 5,
      migrationsPath: MIGRATIONS_PATH,
    });
  });
  after(async () => {
    await database.close();
    await files.drop();
  });

  return {
    get database() {
      return database;
    },
  };
}

/** What became of the work: `done`, or the code of the conflict that it ended with. */
export const codeOf = (work: Promise<unknown>) =>
  work.then(
    () => 'done',
    (error: UnitConflict) => error.code,
  );
