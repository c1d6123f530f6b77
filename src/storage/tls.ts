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

const CERTIFICATE_CODES = /^(CERT_|CRL_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_|INVALID_|HOSTNAME_|ERR_TLS_CERT)/;

/**
 * What is to be said to an operator of a connection that failed over TLS; undefined where that is not why. The error itself is
 * its cause.
 */
export function tlsProblem(error: unknown, setting: string): GatehouseError | undefined {
  const { code = '', message = '' } = error as { code?: string; message?: string };
  if (CERTIFICATE_CODES.test(code)) {
    const hint =
      'Expected one for this host, from an authority that sslrootcert names or this machine trusts.';
    return new GatehouseError('certificate_refused', {
      message: `${setting}: the certificate of the server is not accepted: ${message.split('\n', 1)[0]}. ${hint}`,
      cause: error,
    });
  }
  if (/does not support SSL|establishing an SSL connection/.test(message)) {
    return new GatehouseError('tls_missing', {
      message: `${setting}: the server does not speak TLS, and the connection has to be encrypted.`,
      cause: error,
    });
  }
  return undefined;
}
