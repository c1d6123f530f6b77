import { count, defineEvents, details, SUCCESS, text, texts } from './define.ts';

/** Configuration that is declared in documents. What each object is changed from and to, is told by the events of its acts. */

const operators = ['person', 'client', 'command', 'system'] as const;

const onDocument = details({ owner: text('The name of the document.') });
const onPlan = onDocument.extend({ plan: text('Hash of the plan, SHA-256 in hexadecimal digits.') });

export const CONFIGURATION_EVENTS = defineEvents({
  'config.apply_started': {
    about: 'system',
    when: 'A configuration document is being applied. What it changes follows, with events of its own by the same actor.',
    outcomes: SUCCESS,
    actors: operators,
    versions: [
      onPlan.extend({
        steps: count('How many changes are left to do.'),
        adopted: texts(
          'What was there already and belongs to the document from now on, e.g. clients.ward-board.',
        ),
      }),
    ],
  },
  'config.applied': {
    about: 'system',
    when: 'A configuration document was applied to its end: what it declares is what is there.',
    outcomes: SUCCESS,
    actors: operators,
    versions: [onPlan.extend({ released: texts('What belongs to the document no more.') })],
  },
  'config.drifted': {
    about: 'system',
    when:
      'What is there was compared with a configuration document that was applied, and differs otherwise than the last time; with a ' +
      'count of 0, it differs no more.',
    outcomes: SUCCESS,
    actors: ['system'],
    versions: [
      onDocument.extend({
        differing: texts(
          'What differs, at most 100 of it: objects such as clients.ward-board, and settings.',
        ),
        count: count('How many objects and settings differ.'),
      }),
    ],
  },
});
