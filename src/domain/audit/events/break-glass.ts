import { defineEvents, details, SUCCESS, text, time } from './define.ts';

/** Break-glass accounts: sealed sign-ins of administration for emergencies. Each event is about that account. */

const none = details({});
const operators = ['person', 'client', 'command'] as const;

export const BREAK_GLASS_EVENTS = defineEvents({
  'break_glass.created': {
    about: 'people',
    when: 'An operator made a break-glass account, whose secrets were shown once. It is an alarm.',
    outcomes: SUCCESS,
    actors: ['command'],
    versions: [none],
  },
  'break_glass.used': {
    about: 'people',
    when: 'Somebody signed in with a break-glass account. The first time is its one use, which ends four hours later. It is an alarm.',
    outcomes: SUCCESS,
    actors: ['person'],
    versions: [none],
  },
  'break_glass.ended': {
    about: 'people',
    when: 'The use of a break-glass account is over: it is disabled for good, and somebody else has to review what was done with it.',
    outcomes: SUCCESS,
    actors: ['system'],
    versions: [details({ usedAt: time('When it signed in first.') })],
  },
  'break_glass.revoked': {
    about: 'people',
    when: 'A break-glass account was disabled for good before its end.',
    outcomes: SUCCESS,
    actors: operators,
    versions: [none],
  },
  'break_glass.reviewed': {
    about: 'people',
    when: 'Somebody else has reviewed what was done with a break-glass account, and signed for it.',
    outcomes: SUCCESS,
    actors: ['person'],
    versions: [details({ text: text('What the review found, in the words of whoever has signed it.') })],
  },
  'break_glass.drilled': {
    about: 'people',
    when: 'Somebody has confirmed that the envelope of a break-glass account is whole and where it should be.',
    outcomes: SUCCESS,
    actors: operators,
    versions: [none],
  },
  'break_glass.drill_due': {
    about: 'people',
    when: 'A break-glass account that is still sealed was not drilled for too long. It is an alarm.',
    outcomes: SUCCESS,
    actors: ['system'],
    versions: [none],
  },
});
