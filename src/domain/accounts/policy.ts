import { domainToASCII, domainToUnicode } from 'node:url';
import { digestName, hmacSha256 } from '../../kernel/crypto.ts';
import { isUuid } from '../../kernel/ids.ts';

/** The longest path of RFC 5321, section 4.5.3.1.3, less its angle brackets. */
const MAX_EMAIL = 254;
const MAX_LOCAL_PART = 64;
const MAX_NAME = 200;
const MAX_ROLES = 100;

/** Unquoted local part and a domain of letters, digits and hyphens, both internationalised (RFC 6531). */
const LOCAL_PART = /^[^\s\p{C}@<>()[\]\\,;:"]+$/u;
const DOMAIN =
  /^[\p{L}\p{N}](?:[\p{L}\p{M}\p{N}-]{0,61}[\p{L}\p{M}\p{N}])?(?:\.[\p{L}\p{N}](?:[\p{L}\p{M}\p{N}-]{0,61}[\p{L}\p{M}\p{N}])?)*$/u;
const ROLE = /^[a-z0-9]+(?:[-_.:][a-z0-9]+)*$/;
const MAX_ROLE = 64;

/** Spaces, and what is invisible: a zero-width space, a byte order mark, a mark of direction. Copied along, it means nothing. */
const INVISIBLE = /[\s\p{Cf}]/u;

/** The text without spaces and invisible characters around it. In linear time, whatever was sent. */
export function trimmed(text: string): string {
  let [start, end] = [0, text.length];
  while (start < end && INVISIBLE.test(text.charAt(start))) start += 1;
  while (end > start && INVISIBLE.test(text.charAt(end - 1))) end -= 1;
  return text.slice(start, end);
}

/** An address or a user name as it is kept: composed (NFC), without what was copied along. */
export const asEntered = (text: string): string => trimmed(text.normalize('NFC'));

// Composed again after: J with a caron has no composed capital, but its small letter has.
const folded = (text: string) => text.normalize('NFKC').toLowerCase().normalize('NFKC');

/**
 * The form in which an address or a user name identifies a person: NFKC, without surrounding space and invisible characters,
 * lower case, each label of the domain in Unicode (RFC 5890, section 2.3.2.1: `xn--bcher-kva` and `bücher` are one). Two
 * addresses with one form are one account.
 */
export function normaliseIdentifier(identifier: string): string {
  const text = trimmed(folded(identifier));
  const at = text.lastIndexOf('@');
  if (at === -1 || !text.includes('xn--', at)) return text;
  return `${text.slice(0, at + 1)}${text
    .slice(at + 1)
    .split('.')
    .map(unicodeLabel)
    .join('.')}`;
}

/** An A-label as its U-label; what is no valid A-label stays as it is, so that it passes for nobody else's. */
function unicodeLabel(label: string): string {
  if (!label.startsWith('xn--')) return label;
  const unicode = folded(domainToUnicode(label));
  return domainToASCII(unicode) === label ? unicode : label;
}

/** Whether what was typed, normalised, is an address; anything else is a user name. */
export const isAddressKey = (key: string): boolean => key.includes('@');

/** How what was typed is told to the audit trail: under the same name for every spelling of one address, and not itself. */
export const identifierDigest = (key: Buffer, identifier: string): string =>
  digestName(hmacSha256(key, normaliseIdentifier(identifier)));

/** Whether a normalised identifier can be that of an account at all; PostgreSQL's text, for one, has no NUL. */
export const isPossibleIdentifier = (key: string): boolean => key.length <= MAX_EMAIL && !key.includes('\0');

/** Whether this looks like an address that mail can be sent to. Only a message that arrives proves that it is one. */
export function isEmail(text: string): boolean {
  const at = text.lastIndexOf('@');
  const local = text.slice(0, Math.max(at, 0));
  return (
    text.length <= MAX_EMAIL &&
    local.length <= MAX_LOCAL_PART &&
    LOCAL_PART.test(local) &&
    !local.startsWith('.') &&
    !local.endsWith('.') &&
    !local.includes('..') &&
    DOMAIN.test(text.slice(at + 1))
  );
}

/** A name as people write it: one line, something to see in it. */
export const isPersonName = (text: string): boolean =>
  text.length <= MAX_NAME &&
  /\P{Z}/u.test(text) &&
  !/[\p{Cc}\p{Zl}\p{Zp}]/u.test(text) &&
  text.isWellFormed();

/** A role is a lower-case slug, because relying parties compare it letter by letter. */
export const isRole = (text: string): boolean => text.length <= MAX_ROLE && ROLE.test(text);

export const hasTooManyRoles = (roles: readonly string[]): boolean => roles.length > MAX_ROLES;

/** A user name has no `@`: addresses and user names are one namespace, and this tells them apart. */
const MAX_USERNAME = 128;
const USERNAME = /^[^\s\p{C}@]+$/u;

/** Whether this can be a user name: no address, no account id, and nothing that cannot be seen. */
export const isUsername = (text: string): boolean =>
  text.length <= MAX_USERNAME &&
  [text, normaliseIdentifier(text)].every((each) => USERNAME.test(each)) &&
  !isUuid(text);

/** The client of our own pages, which no registration can take. */
const RESERVED_SUBJECT = 'gatehouse';

/** OpenID Connect Core, section 2: at most 255 ASCII characters, compared letter by letter. No client of ours has that name. */
export const isSubject = (text: string): boolean =>
  /^[!-~](?:[ -~]{0,253}[!-~])?$/.test(text) && text !== RESERVED_SUBJECT;

/** A BCP 47 tag. */
export function isLocale(text: string): boolean {
  try {
    return text.length <= 35 && Intl.getCanonicalLocales(text).length === 1;
  } catch {
    return false;
  }
}

/** A name of the IANA time zone database. */
export function isTimeZone(text: string): boolean {
  try {
    return /^[A-Za-z]/.test(text) && new Intl.DateTimeFormat('en', { timeZone: text }) !== undefined;
  } catch {
    return false;
  }
}

export const isAccountId = (text: string): boolean => isUuid(text);
