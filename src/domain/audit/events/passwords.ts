import {
  count,
  defineEvents,
  details,
  EITHER,
  FAILURE,
  flag,
  identifierDigest,
  oneOf,
  SUCCESS,
  text,
  texts,
  time,
} from './define.ts';

/** Passwords: never one of them nor a hash, only what is true of them. */

const operators = ['person', 'client', 'command', 'system'] as const;

const facts = (meaning: string) =>
  details({
    changedAt: time('When the password was set; left out where there is none.').exactOptional(),
    mustChange: flag('Another one has to be chosen at the next sign-in, as an operator has asked.'),
    compromised: flag('It is known to others, or may be.'),
  }).describe(meaning);

const beforeAndAfter = {
  before: facts('What was true of the password before.'),
  after: facts('What is true of it now.'),
};

const judged = {
  ...beforeAndAfter,
  policy: details({
    minLength: count('The least number of characters.'),
    minScore: count('The least estimate of strength, 0 (not estimated) to 4.'),
    history: count('How many of the last passwords may not come again.'),
    expiryDays: count('Days after which it has to be changed; 0: never.'),
    requiredCharacters: texts('Kinds of characters that it needs.'),
  }).describe('The policy of the person by which the password was judged.'),
};

const changed = details({
  by: oneOf(
    ['person', 'demand', 'link', 'administrator'],
    'person: on their own page; demand: at a sign-in that asked for it; link: by a mailed link; administrator.',
  ),
  sessionsEnded: flag('Other sessions have ended with it.'),
});
const changeRequired = details({
  reason: oneOf(['must_change', 'compromised'], 'An operator asks for it, or others know the password.'),
});
const resetCompleted = details({});
const verified = (meaning: string) =>
  details({ emailVerified: flag('Mail to the address is known to reach its owner.') }).describe(meaning);

export const PASSWORD_EVENTS = defineEvents({
  'password_reset.requested': {
    about: 'people',
    when: 'A link to choose a new password was asked for, for whatever was typed; failure: none was mailed.',
    outcomes: EITHER,
    actors: ['person', 'client', 'command', 'system', 'nobody'],
    versions: [
      details({
        identifierDigest: identifierDigest(),
        reason: text('Why no link was mailed, as a code.').exactOptional(),
      }),
    ],
  },
  'password_reset.completed': {
    about: 'people',
    when: 'A new password was chosen by a mailed link.',
    outcomes: SUCCESS,
    actors: ['person'],
    versions: [
      resetCompleted,
      resetCompleted.extend({
        before: verified('The address was not known to be theirs.').exactOptional(),
        after: verified('By the link it is. Left out where it was before.').exactOptional(),
      }),
    ],
  },
  'password.changed': {
    about: 'people',
    when: 'An account has another password.',
    outcomes: SUCCESS,
    actors: operators,
    versions: [changed, changed.extend(judged)],
  },
  'password.change_required': {
    about: 'people',
    when: 'Another password has to be chosen at the next sign-in.',
    outcomes: SUCCESS,
    actors: operators,
    versions: [
      changeRequired,
      changeRequired.extend({
        before: facts(
          'What was true of the password before; left out where this was asked for already.',
        ).exactOptional(),
        after: facts('What is true of it now.').exactOptional(),
      }),
    ],
  },
  'password.change_demanded': {
    about: 'people',
    when: 'The password was right, and the person was asked to choose another one first.',
    outcomes: SUCCESS,
    actors: ['person'],
    versions: [
      details({
        reason: oneOf(
          ['must_change', 'compromised', 'expired'],
          'An operator asks for it, others know the password, or it is too old.',
        ),
      }),
    ],
  },
  'password.rehashed': {
    about: 'people',
    when: 'The password was right, and is hashed by the present settings from now on.',
    outcomes: SUCCESS,
    actors: ['system'],
    versions: [details({ from: text('The algorithm that it was hashed with until now.') })],
  },
  'password.disabled': {
    about: 'people',
    when: 'Too many failures in a row: the password works again when it was reset.',
    outcomes: FAILURE,
    actors: ['system'],
    versions: [details({ failures: count('Failures in a row.') })],
  },
});
