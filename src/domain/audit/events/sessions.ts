import { count, defineEvents, details, EITHER, FAILURE, flag, SUCCESS, text, texts } from './define.ts';

/** Sessions: how they begin and end, what people allow applications, and that applications are told of the end. */

const delivery = text('Id of the notice.');
const attempts = count('How often it was tried.');
const scopes = texts('The scopes that were asked for.');

export const SESSION_EVENTS = defineEvents({
  'session.started': {
    about: 'people',
    when: 'A session has begun.',
    outcomes: SUCCESS,
    actors: ['person'],
    versions: [
      details({
        amr: texts('What was shown (RFC 8176).'),
        acr: text('The authentication level: aal1, aal2 or phr.').exactOptional(),
      }),
    ],
  },
  'session.ended': {
    about: 'people',
    when: 'A session has ended, and with it the grants and refresh tokens that were issued in it.',
    outcomes: SUCCESS,
    actors: ['person', 'client', 'command', 'system'],
    versions: [
      details({
        reason: text(
          'idle, absolute, signed_out, evicted, ended_by_person, ended_by_administrator, password_changed, factor_reset, disabled, deleted or everywhere.',
        ),
        offline: flag("What was granted for the person's absence (offline_access) has ended too."),
      }),
    ],
  },
  'session.choice_demanded': {
    about: 'people',
    when: 'The person has as many sessions as they may have, and was asked which of them end.',
    outcomes: SUCCESS,
    actors: ['person'],
    versions: [details({ atLeast: count('How many have to end.') })],
  },
  'session.others_ended': {
    about: 'people',
    when: 'A person has ended all of their sessions but the one in which they did.',
    outcomes: SUCCESS,
    actors: ['person'],
    versions: [details({})],
  },
  'consent.granted': {
    about: 'people',
    when: 'A person has allowed an application what it asked for.',
    outcomes: SUCCESS,
    actors: ['person'],
    versions: [details({ scopes })],
  },
  'consent.refused': {
    about: 'people',
    when: 'A person has refused an application what it asked for.',
    outcomes: EITHER,
    actors: ['person'],
    versions: [details({ scopes })],
  },
  'consent.withdrawn': {
    about: 'people',
    when: 'A person has taken back what they had allowed an application.',
    outcomes: SUCCESS,
    actors: ['person', 'client', 'command', 'system'],
    versions: [details({})],
  },
  'sign_out.completed': {
    about: 'people',
    when: 'A sign-out that an application, or our own page, has asked for is complete.',
    outcomes: SUCCESS,
    actors: ['person', 'client', 'nobody'],
    versions: [
      details({
        everywhere: flag('The session has ended; otherwise only the application was left.'),
        clients: texts('Ids of the clients that have lost what they held by the session.'),
      }),
    ],
  },
  'logout.delivered': {
    about: 'clients',
    when: 'An application was told that a session has ended (back-channel logout).',
    outcomes: SUCCESS,
    actors: ['system'],
    versions: [details({ delivery, attempts })],
  },
  'logout.failed': {
    about: 'clients',
    when: 'An application could not be told that a session has ended, and is not tried any more: the person may still be signed in there.',
    outcomes: FAILURE,
    actors: ['system'],
    versions: [details({ delivery, attempts, reason: text('Why it was given up, as a code.') })],
  },
  'logout.retried': {
    about: 'clients',
    when: 'An operator has a notice of the end of a session tried again.',
    outcomes: SUCCESS,
    actors: ['person', 'client', 'command', 'system'],
    versions: [details({ delivery })],
  },
});
