/**
 * What never reaches a log: secrets by the name of the field that holds them, by the look of the text itself, and whole
 * requests. Two nets, since a secret in an error's message has no field, and a six-digit code has no look.
 */

const REDACTED = '[redacted]';

/** Field names, lower case and without separators, that hold a secret whatever is around the word. */
const SECRET_PART =
  /password|passwd|passphrase|pepper|secret|token|cookie|authorization|credential|verifier|assertion|privatekey|apikey|encryptionkey|mfakey|hint|seed|otp|jwk|dpop|signature|connectionstring|databaseurl|ownerurl|codes?$/;

/** Field names that hold a secret, or what a person sent, only as a whole. */
const SECRET_NAME = new Set(
  'auth body form formdata headers key keys keyring keyrings params payload pin proof query querystring rawheaders search sealed state xsrf csrf'.split(
    ' ',
  ),
);

/** Names that contain a word from above and tell nothing. */
const HARMLESS =
  /seconds$|count$|^(status|exit|error)code$|^tokentype$|^tokenendpointauthmethod$|^keyid$|id$/;

/** Every line has the same few names; one that strangers chose is judged, and not kept once there are so many. */
const judged = new Map<string, boolean>();
const MOST_JUDGED = 500;

function isSecret(name: string): boolean {
  const known = judged.get(name);
  if (known !== undefined) return known;
  const plain = name.toLowerCase().replace(/[^a-z0-9]/g, '');
  const secret = (SECRET_PART.test(plain) && !HARMLESS.test(plain)) || SECRET_NAME.has(plain);
  if (judged.size < MOST_JUDGED) judged.set(name, secret);
  return secret;
}

/** Secrets that can be told by their look, wherever they stand. Written for JSON text: none matches across a quote. */
const LOOKS: readonly [RegExp, string][] = [
  [/(?<=:\/\/)[^\s/@"\\]+@/g, `${REDACTED}@`],
  [/[?#][^\s"\\?#=]*=[^\s"\\]*/g, `?${REDACTED}`],
  [/\b(bearer|basic|dpop)\s+[\w.~+/=-]{6,}/gi, `$1 ${REDACTED}`],
  [/\beyJ[\w-]+(?:\.[\w-]*){1,4}/g, REDACTED],
  [/\$(?:argon2|scrypt|pbkdf2|2[abxy]\$)[^\s"\\]*/g, REDACTED],
  [/\bv1\.[\w-]{1,32}\.[\w-]{32,}/g, REDACTED],
  [/-----BEGIN [A-Z ]*PRIVATE KEY-----[^"]*/g, REDACTED],
];

/** One of these is in whatever a look above matches, and none in most lines. */
const SUSPECT = /:\/\/|[?#$]|bearer|basic|dpop|eyJ|v1\.|-----/i;

/** Replaces what looks like a secret in a text, e.g. a finished line of the log. */
export const scrub = (text: string): string =>
  SUSPECT.test(text)
    ? LOOKS.reduce((scrubbed, [look, replacement]) => scrubbed.replace(look, replacement), text)
    : text;

const MAX_DEPTH = 6;
const MAX_TEXT = 4_096;
const MAX_ITEMS = 50;

/** A copy of what is to be logged, without what must not be. */
export function redactFields(fields: Record<string, unknown>): Record<string, unknown> {
  return redactObject(fields, 0);
}

function redactObject(value: object, depth: number): Record<string, unknown> {
  const entries = Object.entries(value).slice(0, MAX_ITEMS);
  return Object.fromEntries(
    entries.map(([name, inner]) => [name, isSecret(name) ? presence(inner) : redact(inner, depth + 1)]),
  );
}

/** That a secret was there may be known, what it was may not. */
const presence = (value: unknown) =>
  value === undefined || value === null || value === '' ? value : REDACTED;

function redact(value: unknown, depth: number): unknown {
  if (typeof value === 'string') return value.slice(0, MAX_TEXT);
  if (typeof value === 'bigint') return String(value);
  if (typeof value !== 'object' || value === null) return value;
  if (value instanceof Error) return describeError(value, depth);
  if (value instanceof Date || value instanceof URL) return value.toJSON();
  if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`;
  if (depth > MAX_DEPTH) return '[more]';
  if (isMessage(value)) return describeMessage(value);
  if (Array.isArray(value)) return value.slice(0, MAX_ITEMS).map((item) => redact(item, depth + 1));
  return redactObject(value, depth);
}

/** Node's and Koa's requests and answers, and contexts, which hold both. */
const isMessage = (value: object): value is { method?: string; path?: string; statusCode?: number } =>
  'headers' in value || 'rawHeaders' in value || 'statusCode' in value || ('req' in value && 'res' in value);

function describeMessage(message: { method?: string; path?: string; statusCode?: number }): object {
  const { method, path, statusCode } = message;
  return {
    ...(typeof method === 'string' ? { method } : {}),
    ...(typeof path === 'string' ? { path: pathTemplate(path) } : {}),
    ...(typeof statusCode === 'number' ? { statusCode } : {}),
  };
}

/** Fields of libraries' errors that help and hold nothing that a person typed (`detail` of PostgreSQL does). */
const ERROR_FIELDS = [
  'code',
  'status',
  'error',
  'error_description',
  'constraint',
  'table',
  'syscall',
  'address',
  'port',
];

/** An error with its chain of causes, without anything that somebody hung onto it. */
function describeError(error: Error, depth: number): Record<string, unknown> {
  const fields = Object.entries(error).filter(
    ([name, value]) => ERROR_FIELDS.includes(name) && ['string', 'number'].includes(typeof value),
  );
  const inner = depth > MAX_DEPTH ? undefined : error.cause;
  const several =
    error instanceof AggregateError && depth <= MAX_DEPTH ? error.errors.slice(0, 5) : undefined;
  return {
    type: error.name,
    message: withoutStatement(error.message).slice(0, MAX_TEXT),
    ...Object.fromEntries(fields),
    stack: framesOf(error),
    ...(inner instanceof Error ? { cause: describeError(inner, depth + 1) } : {}),
    ...(several === undefined ? {} : { errors: several.map((item: unknown) => redact(item, depth + 1)) }),
  };
}

/** The ORM puts the statement, its values included, before the database's own words. */
export const withoutStatement = (message: string): string =>
  message.replace(/^\s*(?:insert|update|delete|select|with|begin|commit)\b[\s\S]* - /i, '[statement] - ');

/** Only the frames: the first line repeats the message. */
const framesOf = (error: Error): string =>
  (error.stack ?? '')
    .split('\n')
    .filter((line) => /^\s+at /.test(line))
    .map((line) => line.trim())
    .join('\n');

/** Segments that are ids of interactions, which open a sign-in for whoever has the cookie too. */
const INTERACTION = /^\/(sign-in|authorize)\/[^/]+/;
/** Other ids: long, and no words. */
const OPAQUE = /^(?=.*[A-Z0-9_%])[\w.~%+-]{16,}$/i;

/** A path as it may be logged: ids and everything that could be one replaced, no query. */
export function pathTemplate(path: string): string {
  const [bare = ''] = path.split(/[?#]/, 1);
  return bare
    .replace(INTERACTION, '/$1/:uid')
    .split('/')
    .map((segment) =>
      OPAQUE.test(segment) && !/^[a-z]+([.-][a-z]+)*$/.test(segment) && !isAsset(bare) ? ':id' : segment,
    )
    .join('/')
    .slice(0, 200);
}

const isAsset = (path: string): boolean => path.startsWith('/assets/');
