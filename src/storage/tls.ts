import { readFileSync } from 'node:fs';
import { type ConnectionOptions, getCACertificates } from 'node:tls';
import type { DatabaseTarget, TlsLevel } from '../kernel/database-url.ts';
import { GatehouseError } from '../kernel/errors.ts';

/** Certificates of connections to PostgreSQL and Redis. Read for each connection, so that renewed ones need no restart. */

/** Reads a PEM file that a parameter names. Throws `certificate_unreadable`, with the setting and the parameter. */
export function readPem(path: string, setting: string, parameter: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw new GatehouseError('certificate_unreadable', {
      message: `${setting}: ${parameter} names ${path}, which cannot be read (${(cause as NodeJS.ErrnoException).code}).`,
      cause,
    });
  }
}

/** What the driver needs to speak TLS at this level; false for none. Throws `certificate_unreadable`. */
export function tlsOptions(
  { tls }: Pick<DatabaseTarget, 'tls'>,
  level: TlsLevel,
  setting: string,
): ConnectionOptions | false {
  if (level === 'none') return false;
  const read = (path: string | undefined, parameter: string) =>
    path === undefined ? undefined : readPem(path, setting, parameter);
  const options: Record<string, unknown> = {
    // libpq's word for the certificates that the operating system trusts.
    ca: tls.rootFile === 'system' ? getCACertificates('system') : read(tls.rootFile, 'sslrootcert'),
    cert: read(tls.certFile, 'sslcert'),
    key: read(tls.keyFile, 'sslkey'),
    crl: read(tls.crlFile, 'sslcrl'),
    passphrase: tls.keyPassword,
    minVersion: tls.minVersion ?? 'TLSv1.2',
    maxVersion: tls.maxVersion,
    rejectUnauthorized: level !== 'unverified',
    ...(level === 'authority' ? { checkServerIdentity: () => undefined } : {}),
  };
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
}
