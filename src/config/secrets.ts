import { readDatabaseUrl } from '../kernel/database-url.ts';
import { Secret } from '../kernel/secret.ts';
import type { Given } from './sources.ts';

/** Passwords for somewhere else that may change while the process runs: those that came from files are read again. */

/** The value of a setting; a password that came from a file can be renewed from there. */
export const renewing = (value: unknown, { again }: Given): unknown =>
  value instanceof Secret && again !== undefined ? new Secret(value.value, again) : value;

/** The password of a URL of PostgreSQL, in a file that holds the whole of it, can be renewed too. */
export function renewablePasswords(values: Map<string, unknown>, given: ReadonlyMap<string, Given>): void {
  for (const [name, url] of [
    ['DATABASE_PASSWORD', 'DATABASE_URL'],
    ['DATABASE_OWNER_PASSWORD', 'DATABASE_OWNER_URL'],
  ] as const) {
    // The owner's URL is the server's where none is given.
    const { again } = given.get(url) ?? given.get('DATABASE_URL') ?? {};
    const text = values.get(url);
    if (again === undefined || typeof text !== 'string' || values.get(name) !== undefined) continue;
    const { password } = readDatabaseUrl(text);
    if (password !== undefined) {
      values.set(name, new Secret(password, () => readDatabaseUrl(again()).password));
    }
  }
}
