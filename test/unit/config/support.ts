import { randomBytes } from 'node:crypto';
import { ConfigurationError, type LoadOptions, loadConfig } from '../../../src/config/load.ts';

/** A production environment with which nothing is wrong. */
export const production = (): Record<string, string> => ({
  NODE_ENV: 'production',
  ISSUER: 'https://id.example.org',
  TRUSTED_PROXIES: '10.0.0.5',
  DATABASE_URL: 'postgres://gatehouse:correct-horse@db.example.org:5432/gatehouse',
  ENCRYPTION_KEYS: `k1:${randomBytes(32).toString('hex')}`,
  MFA_ENCRYPTION_KEY: randomBytes(32).toString('hex'),
  COOKIE_KEYS: randomBytes(32).toString('hex'),
  SMTP_URL: 'smtps://gatehouse:correct-horse@smtp.example.org',
  MAIL_FROM: 'Example Hospital <no-reply@example.org>',
});

/** Loads without any configuration file, whatever stands in the checkout. */
export const load = (env: Record<string, string>, more: Partial<LoadOptions> = {}) =>
  loadConfig({ env, configFile: false, ...more });

/** The problems that a configuration has; none when it is valid. */
export function problemsOf(env: Record<string, string>, more: Partial<LoadOptions> = {}): readonly string[] {
  try {
    load(env, more);
    return [];
  } catch (error) {
    if (error instanceof ConfigurationError) return error.problems;
    throw error;
  }
}

/** A file system of a few files. */
export const files = (content: Record<string, string>) => (path: string) => {
  const found = content[path];
  if (found === undefined) throw Object.assign(new Error(`no such file: ${path}`), { code: 'ENOENT' });
  return found;
};
