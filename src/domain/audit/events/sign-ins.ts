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

/** Signing in: what was shown, what was asked for, and what stands in the way of guessing. */

const edition = {
  document: oneOf(['notice', 'terms'], 'The system-use notice, or the terms.'),
  version: text('Version of the document.'),
};

export const SIGN_IN_EVENTS = defineEvents({
  'sign_in.succeeded': {
    about: 'people',
    when: 'A person has shown everything that the sign-in asked for.',
    outcomes: SUCCESS,
    actors: ['person'],
    versions: [
      details({
        amr: texts('What was shown (RFC 8176).'),
        acr: text('The authentication level that was reached: aal1, aal2 or phr.'),
      }),
    ],
  },
  'sign_in.failed': {
    about: 'people',
    when: 'Something that was shown at a sign-in was refused. The page has one answer for most reasons; the trail has the real one.',
    outcomes: FAILURE,
    actors: ['person', 'nobody'],
    versions: [
      details({
        reason: text('Why, as a code, e.g. password_wrong, account_disabled, locked.'),
        identifierDigest: identifierDigest().exactOptional(),
      }),
    ],
  },
  'sign_in.cancelled': {
    about: 'people',
    when: 'A person has given up a sign-in, or chosen to sign in as somebody else.',
    outcomes: EITHER,
    actors: ['person', 'nobody'],
    versions: [details({})],
  },
  'second_factor.demanded': {
    about: 'people',
    when: 'The password, or one factor, was right, and a second factor is asked for.',
    outcomes: SUCCESS,
    actors: ['person'],
    versions: [
      details({
        kinds: texts('The kinds of factors that are accepted.'),
        enrol: flag('The person has none yet and has to set one up.'),
      }),
    ],
  },
  'agreement.demanded': {
    about: 'people',
    when: 'Everything was shown, and the person was asked to agree to a document first.',
    outcomes: SUCCESS,
    actors: ['person'],
    versions: [details(edition)],
  },
  'agreement.accepted': {
    about: 'people',
    when: 'A person has agreed to a document.',
    outcomes: SUCCESS,
    actors: ['person'],
    versions: [
      details({
        ...edition,
        language: text('The language in which it was read.'),
        textDigest: text('SHA-256 of the file with the text, in hexadecimal digits.'),
      }),
    ],
  },
  'agreement.declined': {
    about: 'people',
    when: 'A person has not agreed to a document; the sign-in has ended, and the session that it was to add to.',
    outcomes: EITHER,
    actors: ['person'],
    versions: [details(edition)],
  },
  'device.added': {
    about: 'people',
    when: 'A browser has signed the person in for the first time.',
    outcomes: SUCCESS,
    actors: ['person'],
    versions: [details({})],
  },
  'device.trusted': {
    about: 'people',
    when: 'A browser is not asked for the second factor of the person for a while, as they have asked.',
    outcomes: SUCCESS,
    actors: ['person'],
    versions: [details({ until: time('When it is asked again.') })],
  },
  'device.trust_ended': {
    about: 'people',
    when: 'A browser, or every browser of the person, is asked for the second factor again.',
    outcomes: SUCCESS,
    actors: ['person', 'client', 'command', 'system'],
    versions: [details({ all: flag('Every browser, not a single one.') })],
  },
  'lockout.started': {
    about: 'people',
    when: 'Too many failures in a row: what was typed, or one browser of the person, has to wait. Also for what no account has.',
    outcomes: FAILURE,
    actors: ['system'],
    versions: [
      details({
        failures: count('Failures in a row.'),
        until: time('When the lock ends.'),
        device: flag('Only a browser that the person has used before has to wait.'),
        identifierDigest: identifierDigest().exactOptional(),
      }),
    ],
  },
  'lockout.ended': {
    about: 'people',
    when: 'A lock is over, because its time has passed.',
    outcomes: SUCCESS,
    actors: ['system'],
    versions: [
      details({
        device: flag('Only a browser that the person has used before had to wait.'),
        identifierDigest: identifierDigest().exactOptional(),
      }),
    ],
  },
  'rate_limit.exceeded': {
    about: 'system',
    when: 'A limit on the rate of requests has run out. Told once for each time that it does, not for each request that is refused then.',
    outcomes: FAILURE,
    actors: ['person', 'client', 'nobody'],
    versions: [
      details({
        limit: text('Name of the limit.'),
        identifierDigest: identifierDigest().exactOptional(),
      }),
    ],
  },
});
