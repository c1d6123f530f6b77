import { count, defineEvents, details, FAILURE, oneOf, personalText, SUCCESS, text, time } from './define.ts';

/** What people sign in with beside the password. */

const operators = ['person', 'client', 'command', 'system'] as const;

const kind = oneOf(['totp', 'passkey', 'recovery_codes'], 'Kind of the factor.');
const named = (meaning: string) =>
  details({ name: personalText('What its owner calls it.').exactOptional() }).describe(meaning);

const factor = details({ kind, id: text('Id of the factor; recovery codes have none.').exactOptional() });
const renamed = details({ kind, id: text('Id of the factor.') });

export const FACTOR_EVENTS = defineEvents({
  'factor.added': {
    about: 'people',
    when: 'A factor was set up.',
    outcomes: SUCCESS,
    actors: ['person'],
    versions: [factor, factor.extend({ after: named('The factor as it was set up.').exactOptional() })],
  },
  'factor.renamed': {
    about: 'people',
    when: 'A person has given one of their factors another name.',
    outcomes: SUCCESS,
    actors: ['person'],
    versions: [
      renamed,
      renamed.extend({
        before: named('As it was; an imported one has no name.'),
        after: named('As it is now.'),
      }),
    ],
  },
  'factor.removed': {
    about: 'people',
    when: 'A factor was removed, by its owner or by an operator.',
    outcomes: SUCCESS,
    actors: operators,
    versions: [factor, factor.extend({ before: named('The factor as it was.').exactOptional() })],
  },
  'factor.reset': {
    about: 'people',
    when: 'An operator has removed all factors of a person; the next sign-in sets one up.',
    outcomes: SUCCESS,
    actors: operators,
    versions: [
      details({
        totp: count('How many authenticator apps there were.'),
        passkeys: count('How many passkeys there were.'),
        recoveryCodes: count('How many unused recovery codes there were.'),
        trustedDevices: count('How many browsers were trusted.'),
      }),
    ],
  },
  'factor.setup_skipped': {
    about: 'people',
    when: 'A person was asked to set up a factor and has put it off, as they may.',
    outcomes: SUCCESS,
    actors: ['person'],
    versions: [
      details({
        skipsLeft: count('How often they still may.').exactOptional(),
        until: text('The day until which they still may.').exactOptional(),
      }),
    ],
  },
  'recovery_code.used': {
    about: 'people',
    when: 'A recovery code was used at a sign-in.',
    outcomes: SUCCESS,
    actors: ['person'],
    versions: [details({ left: count('How many are left.') })],
  },
  'temporary_code.issued': {
    about: 'people',
    when: 'An operator has made a temporary access code; one from before is void.',
    outcomes: SUCCESS,
    actors: operators,
    versions: [
      details({
        purpose: oneOf(
          ['enrolment', 'sign_in'],
          'To set up a first factor after a reset, or to sign in once without the factor that there is.',
        ),
        until: time('Until when it works.'),
      }),
    ],
  },
  'temporary_code.used': {
    about: 'people',
    when: 'A temporary access code was used at a sign-in.',
    outcomes: SUCCESS,
    actors: ['person'],
    versions: [details({})],
  },
  'passkey.counter_reversed': {
    about: 'people',
    when: 'A signature of a passkey was good and older than the last one: there may be a copy of the passkey.',
    outcomes: FAILURE,
    actors: ['person', 'nobody'],
    versions: [details({ id: text('Id of the passkey.') })],
  },
});
