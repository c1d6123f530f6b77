import { readDatabaseUrl, type TlsPolicy, tlsLevel } from '../kernel/database-url.ts';
import { readRedisUrl, staysHere } from '../kernel/redis-url.ts';
import { isThisMachine } from '../kernel/this-machine.ts';
import type { Rule } from './rules.ts';

/** A password for another system stands in one place, beside its user. */
export const PASSWORD_RULES: readonly Rule[] = [
  {
    reads: ['DATABASE_PASSWORD', 'DATABASE_URL'],
    check: ({ database: { url, password } }) =>
      password !== undefined && readDatabaseUrl(url).password !== undefined
        ? inBoth('DATABASE_URL')
        : undefined,
  },
  {
    reads: ['DATABASE_OWNER_PASSWORD', 'DATABASE_OWNER_URL'],
    check: ({ database: { ownerUrl, ownerPassword, password } }) =>
      // Where it is the server's, that is told above.
      ownerPassword !== undefined &&
      ownerPassword !== password &&
      readDatabaseUrl(ownerUrl).password !== undefined
        ? inBoth('DATABASE_OWNER_URL')
        : undefined,
  },
  {
    reads: ['REDIS_PASSWORD', 'REDIS_URL'],
    check: ({ redis: { url, password } }) => {
      if (password === undefined) return undefined;
      if (url === undefined) return 'is given without REDIS_URL; expected both';
      return readRedisUrl(url).password === undefined ? undefined : inBoth('REDIS_URL');
    },
  },
  {
    reads: ['SMTP_PASSWORD', 'SMTP_URL'],
    check: ({ mail: { url, password } }) => {
      if (password === undefined) return undefined;
      const login = url === undefined ? null : URL.parse(url);
      if (login === null || login.username === '') {
        return 'is given without a user in SMTP_URL; expected smtps://user@host';
      }
      return login.password === '' ? undefined : inBoth('SMTP_URL');
    },
  },
];

/** On another machine nobody is believed unverified by accident; never in production. */
export const TLS_RULES: readonly Rule[] = [
  {
    reads: ['DATABASE_URL', 'DATABASE_TLS'],
    check: ({ environment, database: { url, tls } }) => unverifiedDatabase(url, strictly(tls, environment)),
  },
  {
    reads: ['DATABASE_OWNER_URL', 'DATABASE_TLS'],
    check: ({ environment, database: { url, ownerUrl, tls } }) =>
      ownerUrl === url ? undefined : unverifiedDatabase(ownerUrl, strictly(tls, environment)),
  },
  {
    reads: ['REDIS_URL', 'REDIS_TLS'],
    check: ({ environment, redis: { url, tls } }) => {
      if (url === undefined || strictly(tls, environment) !== 'verified') return undefined;
      const target = readRedisUrl(url);
      return target.tls || staysHere(target)
        ? undefined
        : 'reaches another machine without TLS; expected rediss:// (rediss-sentinel://), or REDIS_TLS=unverified';
    },
  },
];

const strictly = (policy: TlsPolicy, environment: string): TlsPolicy =>
  environment === 'production' && policy !== 'unverified' ? 'verified' : policy;

const inBoth = (url: string) => `is given twice, here and in ${url}; expected it in one of the two`;

/** An address that anybody on the way could take the place of. */
function unverifiedDatabase(url: string, policy: TlsPolicy): string | undefined {
  const target = readDatabaseUrl(url);
  if (policy !== 'verified' || isThisMachine(target.host)) return undefined;
  return tlsLevel(target, policy) === 'full'
    ? undefined
    : 'reaches another machine without verifying its certificate and name; expected sslmode=verify-full, or DATABASE_TLS=unverified';
}
