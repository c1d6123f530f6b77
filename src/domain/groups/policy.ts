import { isUuid } from '../../kernel/ids.ts';

/** What a group may be called, and how many there may be of what. Pure. */

const MAX_NAME = 100;
const MAX_DESCRIPTION = 1_000;

/** So many roles a group gives at most. */
export const MOST_ROLES_OF_GROUP = 50;

/** Of so many groups somebody is a member at most: all of them may stand in a token. */
export const MOST_GROUPS_OF_PERSON = 200;

/**
 * A name of one line, of at most 100 characters, with something to see in it. It is no id: acts take either, and applications read the
 * name.
 */
export const isGroupName = (text: string): boolean =>
  text.length <= MAX_NAME &&
  /[^\p{Z}\p{Cf}]/u.test(text) &&
  !/[\p{Cc}\p{Cs}\p{Zl}\p{Zp}]/u.test(text) &&
  text.isWellFormed() &&
  !isUuid(text.trim());

/** What a group is for: nothing, or some lines. */
export const isGroupDescription = (text: string): boolean =>
  text.length <= MAX_DESCRIPTION && text.isWellFormed() && !/[^\P{Cc}\n]/u.test(text);

/** A name as it is kept: composed (NFC), without spaces around it. */
export const groupName = (text: string): string => text.normalize('NFC').trim();

/** Two names with one form are the same: one group has it. */
export const groupNameKey = (text: string): string =>
  groupName(text).normalize('NFKC').toLowerCase().normalize('NFKC').replace(/\s+/gu, ' ');

/** The roles that are lost with these, where others remain. */
export const lostRoles = (given: Iterable<string>, remaining: Iterable<string>): string[] => {
  const left = new Set(remaining);
  return [...new Set(given)].filter((role) => !left.has(role));
};
