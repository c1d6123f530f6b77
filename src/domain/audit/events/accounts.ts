import { z } from 'zod';
import {
  address,
  email,
  newAccount,
  newAccountInUnit,
  opened,
  profile,
  profileWithAttributes,
  roles,
  rolesOf,
  status,
  statusOf,
  wholeProfile,
} from './account-details.ts';

import {
  defineEvents,
  details,
  EITHER,
  flag,
  identifierDigest,
  oneOf,
  SUCCESS,
  text,
  texts,
  time,
} from './define.ts';
import { DORMANT } from './dormancy.ts';

/** The life of accounts, from the first invitation to the deletion. */

const operators = ['person', 'client', 'command', 'system'] as const;

const terms = z
  .array(
    details({
      role: text('The role.'),
      unit: text('Id of the unit to which it is limited, with all below.').exactOptional(),
      owned: flag('It is limited to the clients that its holder owns.'),
      until: time('When it ends.').exactOptional(),
    }),
  )
  .describe('The roles that have a limit or an end.');
const rolesAndTerms = (meaning: string) => details({ roles, terms }).describe(meaning);
const unitOf = (meaning: string) =>
  details({ unit: text('Id of the unit; none where the person belongs to none.').exactOptional() }).describe(
    meaning,
  );

const planOf = (meaning: string) =>
  details({
    disableAt: time('When it is to be disabled.').exactOptional(),
    enableAt: time('When it is to be enabled.').exactOptional(),
  }).describe(meaning);

const none = details({});
const statusChanged = none.extend({ before: statusOf('As it was.'), after: statusOf('As it is now.') });
const addressChanged = none.extend({
  before: address('The address that the account had.'),
  after: address('The address that it has now.'),
});

const source = oneOf(
  ['setup', 'import', 'command', 'administrator', 'api', 'system', 'invitation', 'registration'],
  'How it came to be: as the first administrator, by an import, at the command line, by an administrator at a page, by a program, by Gatehouse itself, by an invitation, or by its owner.',
);

const created = details({
  source: oneOf(
    ['setup', 'import', 'command', 'invitation', 'registration'],
    'How it came to be: as the first administrator, by an import, by an operator, by an invitation, or by its owner.',
  ),
  disabled: flag('Nobody signs in with it before it is enabled.').exactOptional(),
});
const rolesChanged = details({
  added: texts('Roles that it did not have.'),
  removed: texts('Roles that it has no more.'),
});
const profileChanged = details({ fields: texts('The names of the fields that have changed.') });
const FIELDS_BEFORE = 'The fields that have changed, as they were; without those that were empty.';
const FIELDS_AFTER = 'The same as they are now; without those that are empty now.';

const belongings = {
  status,
  roles,
  terms,
  unit: text('Id of the unit that the person belonged to.').exactOptional(),
  clients: texts('The clients that they owned.'),
};
const was = <Shape extends Parameters<typeof details>[0]>(shape: Shape) =>
  details(shape).describe('What the account was; nothing that says whose.');

export const ACCOUNT_EVENTS = defineEvents({
  'account.created': {
    about: 'people',
    when: 'An account was made.',
    outcomes: SUCCESS,
    actors: operators,
    versions: [
      created,
      created.extend({ source, after: newAccount }),
      created.extend({ source, after: newAccountInUnit }),
    ],
  },
  'account.disabled': {
    about: 'people',
    when: 'Nobody signs in with the account any more, and everything of it has ended.',
    outcomes: SUCCESS,
    actors: operators,
    versions: [none, statusChanged, statusChanged.extend(DORMANT)],
  },
  'account.enabled': {
    about: 'people',
    when: 'The person may sign in again.',
    outcomes: SUCCESS,
    actors: operators,
    versions: [none, statusChanged],
  },
  'account.schedule_changed': {
    about: 'people',
    when: 'Another time was set at which the account is disabled or enabled, or none any more.',
    outcomes: SUCCESS,
    actors: operators,
    versions: [
      none.extend({
        before: planOf('What was planned.'),
        after: planOf('What is planned now.'),
        refused: text('Why something that was due was not done (the code of the error).').exactOptional(),
      }),
    ],
  },
  'account.deleted': {
    about: 'people',
    when: 'An account was removed with everything personal about it. Its id is never given again.',
    outcomes: SUCCESS,
    actors: operators,
    versions: [
      none,
      none.extend({ before: was({ status, roles }) }),
      none.extend({ before: was(belongings) }),
      none.extend({ before: was({ ...belongings, groups: texts('Ids of their groups.') }) }),
    ],
  },
  'account.roles_changed': {
    about: 'people',
    when: 'An account has other roles, or its roles have another limit or end.',
    outcomes: SUCCESS,
    actors: operators,
    versions: [
      rolesChanged,
      rolesChanged.extend({ before: rolesOf('As they were.'), after: rolesOf('As they are now.') }),
      rolesChanged.extend({
        before: rolesAndTerms('As they were.'),
        after: rolesAndTerms('As they are now.'),
      }),
    ],
  },
  'account.unit_changed': {
    about: 'people',
    when: 'A person belongs to another unit, or to none.',
    outcomes: SUCCESS,
    actors: operators,
    versions: [none.extend({ before: unitOf('Where they were.'), after: unitOf('Where they are now.') })],
  },
  'account.profile_changed': {
    about: 'people',
    when: 'The names, the language, the time zone or the attributes of a person were changed, by themselves or by an operator.',
    outcomes: SUCCESS,
    actors: operators,
    versions: [
      profileChanged,
      profileChanged.extend({ before: profile(FIELDS_BEFORE), after: profile(FIELDS_AFTER) }),
      profileChanged.extend({ before: wholeProfile(FIELDS_BEFORE), after: wholeProfile(FIELDS_AFTER) }),
      profileChanged.extend({
        before: profileWithAttributes(FIELDS_BEFORE),
        after: profileWithAttributes(FIELDS_AFTER),
      }),
    ],
  },
  'address.change_requested': {
    about: 'people',
    when: 'A person has asked for another address. Nothing changes before a link is used that goes there.',
    outcomes: SUCCESS,
    actors: ['person'],
    versions: [
      none,
      none.extend({
        before: details({ email }).describe('The address that the account has.'),
        after: details({ email }).describe('The address that was asked for.'),
      }),
    ],
  },
  'address.changed': {
    about: 'people',
    when: 'An account has another address.',
    outcomes: SUCCESS,
    actors: operators,
    versions: [none, addressChanged],
  },
  'address.restored': {
    about: 'people',
    when: 'The former address has taken the account back ("this was not me").',
    outcomes: SUCCESS,
    actors: ['person'],
    versions: [none, addressChanged],
  },
  'account.invited': {
    about: 'people',
    when: 'A person was mailed a link with which they open the account that was made for them.',
    outcomes: SUCCESS,
    actors: operators,
    versions: [details({ again: flag('They were invited before and have not come yet.') })],
  },
  'invitation.accepted': {
    about: 'people',
    when: 'A person who was invited has opened their account: they have chosen a password, and their address is verified.',
    outcomes: SUCCESS,
    actors: ['person'],
    versions: [none, none.extend({ before: opened('As it was.'), after: opened('As it is now.') })],
  },
  'registration.requested': {
    about: 'people',
    when: 'Somebody has asked for an account, for whatever address was typed; failure: there is none for them.',
    outcomes: EITHER,
    actors: ['nobody'],
    versions: [
      details({
        identifierDigest: identifierDigest(),
        reason: text('Why there is none, as a code.').exactOptional(),
      }),
    ],
  },
  'registration.completed': {
    about: 'people',
    when: 'A person who asked for an account has opened it: they have chosen a password, and their address is verified.',
    outcomes: SUCCESS,
    actors: ['person'],
    versions: [
      none,
      none.extend({
        before: opened('As it was, where it was there already.').exactOptional(),
        after: opened('As it is now.'),
      }),
    ],
  },
  'account.secured': {
    about: 'people',
    when: 'The owner has said that it was somebody else: everything that was open has ended, and the password has no effect any more.',
    outcomes: SUCCESS,
    actors: ['person'],
    versions: [none],
  },
  'account.signed_out': {
    about: 'people',
    when: 'An operator has ended everything that was open of a person: sessions, links, trusted devices, sign-ins under way.',
    outcomes: SUCCESS,
    actors: operators,
    versions: [none],
  },
  'account.unlocked': {
    about: 'people',
    when: 'An operator has ended a lock before its time.',
    outcomes: SUCCESS,
    actors: operators,
    versions: [none],
  },
  'setup.link_issued': {
    about: 'system',
    when: 'A link was made with which the first administrator is set up.',
    outcomes: SUCCESS,
    actors: operators,
    versions: [none],
  },
  'setup.completed': {
    about: 'people',
    when: 'The first administrator was set up.',
    outcomes: SUCCESS,
    actors: ['system'],
    versions: [none],
  },
});
