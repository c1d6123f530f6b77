import { isIP } from 'node:net';
import { z } from 'zod';
import { UrlProblems } from '../kernel/connection-url.ts';
import { type Keyring, sha256 } from '../kernel/crypto.ts';
import { readDatabaseUrl, type TlsPolicy } from '../kernel/database-url.ts';
import { readRedisUrl } from '../kernel/redis-url.ts';
import { Secret } from '../kernel/secret.ts';
import { timeZone } from '../kernel/time-zones.ts';

/**
 * The kinds of value that a setting can have. Each reads the text of an environment variable or the JSON value of the
 * configuration file, and says in words what it expects. Messages never quote a secret: those of keyrings and key
 * lists speak of positions, ids and lengths only.
 */
export interface Kind<T> {
  /** Completes the sentence "expected …". */
  readonly expected: string;
  readonly schema: z.ZodType<T>;
}

const seconds = (value: number) => (value % 60 === 0 && value >= 60 ? ` (${duration(value)})` : '');

/** 43200 → `12 h`. For documentation only. */
export function duration(value: number): string {
  const units = [
    [86_400, 'd'],
    [3_600, 'h'],
    [60, 'min'],
  ] as const;
  const unit = units.find(([size]) => value >= size && value % size === 0);
  return unit === undefined ? `${value} s` : `${value / unit[0]} ${unit[1]}`;
}

/** A whole number within bounds, both included. */
export function wholeNumber(options: { min: number; max: number; unit?: string }): Kind<number> {
  const { min, max, unit } = options;
  const inSeconds = unit === 'seconds';
  const bounds = inSeconds ? `${min}${seconds(min)} to ${max}${seconds(max)}` : `${min} to ${max}`;
  return {
    expected: `a whole number${unit === undefined ? '' : ` of ${unit}`} from ${bounds}`,
    schema: z
      .union([
        z.number(),
        z
          .string()
          .regex(/^\d{1,15}$/)
          .transform(Number),
      ])
      .pipe(z.int().min(min).max(max)),
  };
}

/** `true` or `false`; nothing else, so that a typing error cannot switch something on. */
export const flag: Kind<boolean> = {
  expected: 'true or false',
  schema: z.union([z.boolean(), z.enum(['true', 'false']).transform((value) => value === 'true')]),
};

export const oneOf = <const T extends string>(...values: T[]): Kind<T> => ({
  expected: `one of ${values.join(', ')}`,
  schema: z.enum(values) as unknown as z.ZodType<T>,
});

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it refuses
const CONTROL = /[\u0000-\u001f\u007f]/;

/** One line of text. */
export const text = (max: number, expected = `text of 1 to ${max} characters`): Kind<string> => ({
  expected,
  schema: z
    .string()
    .min(1)
    .max(max)
    .refine((value) => !CONTROL.test(value)),
});

export const matching = (pattern: RegExp, expected: string): Kind<string> => ({
  expected,
  schema: z.string().max(1024).regex(pattern),
});

/** A hexadecimal sRGB colour of six digits, made lower case. */
export const colour: Kind<string> = {
  expected: 'a colour as # and six hexadecimal digits',
  schema: z
    .string()
    .regex(/^#[0-9a-f]{6}$/i)
    .transform((value) => value.toLowerCase()),
};

/** A time zone by its IANA name, in its usual spelling. */
export const zone: Kind<string> = {
  expected: 'the IANA name of a time zone, such as Europe/Lisbon',
  schema: z.string().transform((value, issues) => {
    const name = timeZone(value);
    if (name === undefined) issues.addIssue({ code: 'custom', message: 'is none' });
    return name ?? z.NEVER;
  }),
};

/** An http(s) origin. Every URL of the server is below `/`, so an issuer with a path could not be served. */
export const origin: Kind<string> = {
  expected: 'an origin such as https://id.example.org: no path, no trailing slash, no query, no credentials',
  schema: z.string().superRefine((value, issues) => {
    const problem = originProblem(value);
    if (problem !== undefined) issues.addIssue({ code: 'custom', message: problem });
  }),
};

function originProblem(value: string): string | undefined {
  const url = URL.parse(value);
  if (url === null || !/^https?:$/.test(url.protocol) || url.hostname === '') {
    return `is ${JSON.stringify(value.replace(/\/\/[^/@]*@/, '//…@').slice(0, 80))}`;
  }
  if (url.username !== '' || url.password !== '') return 'holds credentials';
  if (url.pathname.length > 1) {
    // OpenID Connect allows it, but our pages, cookies and well-known addresses are made for the root of a host.
    return (
      `has the path ${JSON.stringify(url.pathname.slice(0, 80))}, and Gatehouse is not served below a path: give it a host ` +
      'name of its own, and let the proxy pass that whole host on without taking a prefix off'
    );
  }
  if (url.origin === value) return undefined;
  if (value === `${url.origin}/`) return `ends in a slash: write ${url.origin}`;
  return `is ${JSON.stringify(value.slice(0, 80))}: write ${url.origin}`;
}

/** What a URL says is wrong with it, each in words without a value. */
function readable(read: (url: string) => unknown): z.ZodType<string> {
  return z.string().superRefine((value, issues) => {
    try {
      read(value);
    } catch (error) {
      if (!(error instanceof UrlProblems)) throw error;
      for (const message of error.problems) issues.addIssue({ code: 'custom', message });
    }
  });
}

/** A connection URL, every parameter of which is known. Reaching the server is for the start. */
export const postgresUrl: Kind<string> = {
  expected: 'a URL such as postgres://user:password@host:5432/database',
  schema: readable(readDatabaseUrl),
};

/** A URL of ioredis, or one that names sentinels. */
export const redisUrl: Kind<string> = {
  expected:
    'a URL such as rediss://user:password@redis.example.org:6379/0, or ' +
    'redis-sentinel://sentinel-1:26379,sentinel-2:26379/0?name=mymaster',
  schema: readable(readRedisUrl),
};

/** A password for somewhere else. In a file, it is read again when a login fails. */
export const password: Kind<Secret> = {
  expected: 'a password of 1 to 1024 characters on one line',
  schema: z
    .string()
    .min(1)
    .max(1024)
    .refine((value) => !CONTROL.test(value))
    .transform((value) => new Secret(value)) as unknown as z.ZodType<Secret>,
};

/** How a connection to another machine is protected; `as-url`, the default outside production, cannot be asked for. */
export const tlsPolicy: Kind<TlsPolicy> = {
  expected: 'one of verified, unverified',
  schema: z.enum(['verified', 'unverified']) as unknown as z.ZodType<TlsPolicy>,
};

const splitList = (value: string) =>
  value
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');

const listOf = (item: z.ZodType<string, string>) =>
  z.union([z.array(z.string()), z.string().transform(splitList)]).pipe(z.array(item));

/** Several texts, separated by commas or as a list of the configuration file, each matching the pattern, none twice. */
export const listMatching = <T extends string>(pattern: RegExp, expected: string): Kind<T[]> => ({
  expected,
  schema: listOf(
    z.string().superRefine((value, issues) => {
      if (!pattern.test(value))
        issues.addIssue({ code: 'custom', message: `${JSON.stringify(value.slice(0, 80))} is none` });
    }),
  ).transform((values) => [...new Set(values)] as T[]),
});

/** IP addresses and CIDR ranges, IPv4 and IPv6. */
export const networks: Kind<string[]> = {
  expected: 'IP addresses or CIDR ranges, separated by commas, such as 10.0.0.5, 192.168.0.0/16, fd00::/8',
  schema: listOf(
    z.string().superRefine((value, issues) => {
      if (!isNetwork(value))
        issues.addIssue({ code: 'custom', message: `"${value}" is no address or range` });
    }),
  ),
};

function isNetwork(value: string): boolean {
  const [address = '', prefix, ...rest] = value.split('/');
  const family = isIP(address);
  if (family === 0 || rest.length > 0 || address.includes('%')) return false;
  if (prefix === undefined) return true;
  return /^\d{1,3}$/.test(prefix) && Number(prefix) <= (family === 4 ? 32 : 128);
}

/** Bytes of a key of {@link keyring}: AES-256 and HMAC-SHA-256 both take 32. */
const KEY_BYTES = 32;
const KEY_ID = /^[A-Za-z0-9_-]{1,32}$/;

/** `id:64hex[,id:64hex]`; the first key is the current one. Ids must not hold a dot: they are part of sealed values. */
export const keyring: Kind<Keyring> = {
  expected: `keys as id:${KEY_BYTES * 2} hexadecimal digits, separated by commas, the current one first`,
  schema: z.string().transform(splitList).transform(readKeyring),
};

function readKeyring(entries: readonly string[], issues: z.RefinementCtx): Keyring {
  const keys = new Map<string, Buffer>();
  for (const [index, entry] of entries.entries()) {
    const problem = addKey(keys, entry);
    if (problem !== undefined) issues.addIssue({ code: 'custom', message: `key ${index + 1} ${problem}` });
  }
  const [current] = keys.keys();
  if (current !== undefined) return { current, keys };
  if (issues.issues.length === 0) issues.addIssue({ code: 'custom', message: 'it holds no key' });
  return z.NEVER;
}

const BARE_KEY = new RegExp(`^[0-9a-f]{${KEY_BYTES * 2}}$`, 'i');

/**
 * The same, where a key may also stand without an id. It then has one that follows from the key, so that it keeps it when
 * another key is put in front of it.
 */
export const keyringOrKey: Kind<Keyring> = {
  expected: `${KEY_BYTES * 2} hexadecimal digits, or ${keyring.expected}`,
  schema: z
    .string()
    .transform((value) =>
      splitList(value).map((entry) => (BARE_KEY.test(entry) ? `${idOf(entry)}:${entry}` : entry)),
    )
    .transform(readKeyring),
};

const idOf = (hex: string) => sha256(Buffer.from(hex, 'hex')).toString('hex').slice(0, 8);

/** A day, all of it in UTC: the moment at which it is over. */
export const lastDay: Kind<Date> = {
  expected: 'a day such as 2027-01-31',
  schema: z.iso.date().transform((day) => new Date(Date.parse(day) + 86_400_000)),
};

/**
 * What is wrong with an entry of a keyring; undefined when it was added. Not even the id is quoted: in a malformed
 * entry it may be part of the secret.
 */
function addKey(keys: Map<string, Buffer>, entry: string): string | undefined {
  const colon = entry.indexOf(':');
  if (colon < 1) return 'has no id (id:key)';
  const id = entry.slice(0, colon);
  const hex = entry.slice(colon + 1);
  if (!KEY_ID.test(id)) return 'has an id of other than 1 to 32 letters, digits, - or _';
  if (keys.has(id)) return 'has the id of an earlier key';
  if (!/^[0-9a-f]*$/i.test(hex)) return 'has characters that are not hexadecimal digits';
  if (hex.length !== KEY_BYTES * 2) return `has ${hex.length} hexadecimal digits instead of ${KEY_BYTES * 2}`;
  keys.set(id, Buffer.from(hex, 'hex'));
  return undefined;
}

/** Secrets separated by commas, the first one in use, the others still accepted. */
export const secretList = (minLength: number): Kind<string[]> => ({
  expected: `secrets of ${minLength} characters or more, separated by commas, the one that signs first`,
  schema: z
    .string()
    .transform(splitList)
    .superRefine((values, issues) => {
      if (values.length === 0) issues.addIssue({ code: 'custom', message: 'it holds no secret' });
      for (const [index, value] of values.entries()) {
        if (value.length < minLength) {
          issues.addIssue({ code: 'custom', message: `secret ${index + 1} has ${value.length} characters` });
        }
        if (values.indexOf(value) < index) {
          issues.addIssue({ code: 'custom', message: `secret ${index + 1} repeats an earlier one` });
        }
      }
    }),
});
