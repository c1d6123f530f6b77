import { readFileSync } from 'node:fs';

/**
 * The definition of a function of the database, one file a version (`NAME.vN.sql`). A version that was released is never edited,
 * because migrations that were released make it; a change is a new file, and a migration that loads it
 * (docs/decisions/0022-functions-of-the-database-in-files.md).
 */
export const sqlFunction = (name: string, version: number): string =>
  readFileSync(new URL(`${name}.v${version}.sql`, import.meta.url), 'utf8');
