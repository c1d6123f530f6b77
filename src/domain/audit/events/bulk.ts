import { count, defineEvents, details, SUCCESS, text } from './define.ts';

/** What is done about many people at once. Each act of it is told by its own event, whose request is the bulk's. */

const operators = ['person', 'client', 'command', 'system'] as const;

const bulk = details({ bulk: text('Id of the bulk.') });
const counts = bulk.extend({
  done: count('About how many it was done.'),
  refused: count('About how many it was refused.'),
});

const countsWithFailed = counts.extend({
  failed: count('About how many it was given up, because something had failed here again and again.'),
});

export const BULK_EVENTS = defineEvents({
  'bulk.started': {
    about: 'system',
    when: 'Somebody asked for an act about many people at once.',
    outcomes: SUCCESS,
    actors: operators,
    versions: [bulk.extend({ act: text('What is done.'), people: count('About how many.') })],
  },
  'bulk.cancelled': {
    about: 'system',
    when: 'What was left to do of an act about many people is done no more.',
    outcomes: SUCCESS,
    actors: operators,
    versions: [counts, countsWithFailed],
  },
  'bulk.finished': {
    about: 'system',
    when: 'An act about many people has been done, refused or given up, about each of them.',
    outcomes: SUCCESS,
    actors: operators,
    versions: [counts, countsWithFailed],
  },
});
