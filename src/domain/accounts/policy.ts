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

/**
 * The form in which an address identifies a person: NFKC, without surrounding space, lower case. Two addresses with one
 * form are one account.
 */
export const normaliseIdentifier = (identifier: string): string =>
  // Composed again after: J with a caron has no composed capital, but its small letter has.
  identifier.normalize('NFKC').toLowerCase().normalize('NFKC').trim();

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

export const isAccountId = (text: string): boolean => isUuid(text);
