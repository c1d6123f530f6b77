import { details, flag, oneOf, personalText, text, texts } from './define.ts';

/** What events say of an account: its fields, and the whole of one as it was made. */

export const email = personalText('The e-mail address.');
export const emailVerified = flag('Mail to the address is known to reach its owner.');
export const name = personalText("The person's name.");
export const locale = text('Preferred language (BCP 47).').exactOptional();
export const zoneinfo = text('Time zone (IANA).').exactOptional();
export const roles = texts('Every role of the account.');
export const status = oneOf(['active', 'disabled'], 'Whether anybody can sign in with it.');

const made = details({
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
});
const AS_MADE = 'The account as it was made.';

/** By version, the older first. */
export const newAccount = made.describe(AS_MADE);
export const newAccountInUnit = made
  .extend({ unit: text('Id of the unit that the person belongs to; none where it is none.').exactOptional() })
  .describe(AS_MADE);
