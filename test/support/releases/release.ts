import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';

/** What a release was: its database with data in it, and what is needed to use that. Nothing of it is ever changed. */
export const releaseSchema = z.strictObject({
  version: z.string(),
  /** When the data were made: tests that use them go back to then. */
  takenAt: z.iso.datetime(),
  /** Of each migration of the release, the digest of what it has PostgreSQL do. */
  migrations: z.record(z.string(), z.string()),
  /** Somebody who signs in with a password and an authenticator app. */
  person: z.strictObject({
    email: z.string(),
    password: z.string(),
    totpSecret: z.string(),
    refreshToken: z.string(),
  }),
  /** The password of everybody else, and who has a hash of which kind. */
  others: z.strictObject({ password: z.string(), emails: z.record(z.string(), z.string()) }),
  client: z.record(z.string(), z.unknown()),
});
export type Release = z.infer<typeof releaseSchema>;

/** The releases that are kept, the oldest first. */
export const RELEASES = ['v0.1.0'] as const;

export const sqlPath = (version: string): string => join(import.meta.dirname, `${version}.sql`);
export const jsonPath = (version: string): string => join(import.meta.dirname, `${version}.json`);

export const readRelease = async (version: string): Promise<Release> =>
  releaseSchema.parse(JSON.parse(await readFile(jsonPath(version), 'utf8')));

export const readReleaseSql = (version: string): Promise<string> => readFile(sqlPath(version), 'utf8');
