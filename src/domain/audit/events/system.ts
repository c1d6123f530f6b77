import { count, defineEvents, details, FAILURE, flag, personalText, SUCCESS, text } from './define.ts';

/** The server itself: its keys, and mails that nobody gets. */

const operators = ['person', 'client', 'command', 'system'] as const;

const mail = { mail: text('Id of the mail.'), kind: text('Kind of the mail.') };
const resealed = {
  resealed: count('How many were brought under the key.'),
  failed: count('How many no configured key opens.'),
};

export const SYSTEM_EVENTS = defineEvents({
  'mail.given_up': {
    about: 'people',
    when: 'A mail was not delivered and is not tried any more: somebody was not told what they should have been told.',
    outcomes: FAILURE,
    actors: ['system'],
    versions: [details({ ...mail, reason: text('Why, as a code.') })],
  },
  'mail.retried': {
    about: 'people',
    when: 'An operator has a mail tried again that was given up.',
    outcomes: SUCCESS,
    actors: operators,
    versions: [details(mail)],
  },
  'mail.bounced': {
    about: 'people',
    when: 'A mail came back after it was sent, as an operator or a program has reported.',
    outcomes: SUCCESS,
    actors: operators,
    versions: [
      details({
        ...mail,
        permanent: flag('No mail to that address arrives; else another may.'),
        reason: personalText(
          'Why, in the words of the report; of a mail to somebody with an account.',
        ).exactOptional(),
      }),
    ],
  },
  'key.published': {
    about: 'system',
    when: 'A key that signs tokens was published; it signs from its time on.',
    outcomes: SUCCESS,
    actors: operators,
    versions: [details({ kid: text('Id of the key.'), algorithm: text('Its algorithm.') })],
  },
  'key.retired': {
    about: 'system',
    when: 'A key that signed tokens was removed.',
    outcomes: SUCCESS,
    actors: operators,
    versions: [details({ kid: text('Id of the key.') })],
  },
  'identifier_key.created': {
    about: 'system',
    when: 'The key was made under which identifiers are digested.',
    outcomes: SUCCESS,
    actors: ['system'],
    versions: [
      details({ adopted: flag('It is the one that an earlier version has derived from COOKIE_KEYS.') }),
    ],
  },
  'wrapping_key.created': {
    about: 'system',
    when: 'The key was made through which weak password hashes are wrapped.',
    outcomes: SUCCESS,
    actors: ['system'],
    versions: [details({})],
  },
  'encryption_key.rotated': {
    about: 'system',
    when: 'What is sealed was brought under another key of ENCRYPTION_KEYS.',
    outcomes: SUCCESS,
    actors: operators,
    versions: [
      details({ keyId: text('Id of the key.'), of: text('The table that was resealed.'), ...resealed }),
    ],
  },
  'mfa_key.rotated': {
    about: 'system',
    when: 'The seeds of authenticator apps were brought under another key of MFA_ENCRYPTION_KEY.',
    outcomes: SUCCESS,
    actors: operators,
    versions: [details({ keyId: text('Id of the key.'), ...resealed })],
  },
  'password_hashes.wrapped': {
    about: 'system',
    when: 'Weak password hashes from before there was wrapping were wrapped.',
    outcomes: SUCCESS,
    actors: operators,
    versions: [
      details({
        accounts: count('How many present passwords.'),
        former: count('How many former passwords.'),
      }),
    ],
  },
  'signer_key.added': {
    about: 'system',
    when: 'The signer key of a Firebase project was stored, for password hashes that come from there.',
    outcomes: SUCCESS,
    actors: operators,
    versions: [details({ name: text('Name of the key.'), replaced: flag('Another one had that name.') })],
  },
});
