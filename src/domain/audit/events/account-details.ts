import { z } from 'zod';
import { details, flag, oneOf, personalText, text, texts } from './define.ts';

/** What the trail says of accounts and profiles, as events have it before and after. */

export const email = personalText('The e-mail address.');
export const emailVerified = flag('Mail to the address is known to reach its owner.');
export const name = personalText("The person's name.");
const locale = text('Preferred language (BCP 47).').exactOptional();
const zoneinfo = text('Time zone (IANA).').exactOptional();
export const roles = texts('Every role of the account.');
export const status = oneOf(['active', 'disabled'], 'Whether anybody can sign in with it.');

const attributes = z
  .record(z.string(), personalText('The value: as it is, or as JSON where it has several or parts.'))
  .describe('Attributes of the person, by name.');

export const newAccount = details({
  email,
  emailVerified,
  username: personalText('Name to sign in with, beside the address.').exactOptional(),
  name,
  givenName: personalText("The person's given name.").exactOptional(),
  familyName: personalText("The person's family name.").exactOptional(),
  sub: personalText(
    'What applications know the person by, where it is not the id of the account.',
  ).exactOptional(),
  locale,
  zoneinfo,
  roles,
  status,
  password: flag('It has a password.'),
}).describe('The account as it was made.');

export const newAccountInUnit = newAccount
  .extend({
    unit: text('Id of the unit that the person belongs to; none where it is none.').exactOptional(),
    attributes: attributes.exactOptional(),
  })
  .describe('The account as it was made.');

const username = personalText('Name to sign in with, beside the address.').exactOptional();
const givenName = personalText("The person's given name.").exactOptional();
const familyName = personalText("The person's family name.").exactOptional();
export const profile = (meaning: string) =>
  details({ name: name.exactOptional(), locale, zoneinfo }).describe(meaning);
export const wholeProfile = (meaning: string) =>
  details({ name: name.exactOptional(), username, givenName, familyName, locale, zoneinfo }).describe(
    meaning,
  );
export const profileWithAttributes = (meaning: string) =>
  wholeProfile(meaning).extend({ attributes: attributes.exactOptional() }).describe(meaning);
export const address = (meaning: string) => details({ email, emailVerified }).describe(meaning);
export const opened = (meaning: string) =>
  details({ name: name.exactOptional(), emailVerified, password: flag('It has a password.') }).describe(
    meaning,
  );
export const statusOf = (meaning: string) => details({ status }).describe(meaning);
export const rolesOf = (meaning: string) => details({ roles }).describe(meaning);
