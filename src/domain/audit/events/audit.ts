import { z } from 'zod';
import { count, defineEvents, details, flag, oneOf, SUCCESS, text, time } from './define.ts';

/** The audit trail itself: its keys, who has read it, what has left it. */

const operators = ['person', 'client', 'command', 'system'] as const;

export const AUDIT_EVENTS = defineEvents({
  'audit.key_created': {
    about: 'system',
    when: 'The first key was made that signs checkpoints of the trail.',
    outcomes: SUCCESS,
    actors: ['system'],
    versions: [details({ key: text('The public key, as verifiers take it (vkey).') })],
  },
  'audit.key_changed': {
    about: 'system',
    when: 'Another key signs from the checkpoint on that comes after the one that covers this event.',
    outcomes: SUCCESS,
    actors: operators,
    versions: [
      details({
        from: text('The public key that has signed until now (vkey).'),
        to: text('The public key that signs from now on (vkey).'),
      }),
    ],
  },
  'audit.proof_started': {
    about: 'system',
    when: 'Events from an index on have a MAC from their insertion to their sealing; those before are unproven.',
    outcomes: SUCCESS,
    actors: ['system'],
    versions: [details({ from: count('The index.') })],
  },
  'audit.read': {
    about: 'system',
    when: 'Somebody has looked at the trail: one event a query, not a page.',
    outcomes: SUCCESS,
    actors: operators,
    versions: [
      details({
        query: oneOf(['list', 'follow', 'show'], 'How it was read.'),
        filters: z
          .record(z.string(), z.string())
          .describe(
            'What was asked for; what identifies people or was typed freely, as keyed digests (`ipDigest`).',
          ),
        shown: count('How many events were shown.'),
        more: flag('The reader could go on to further pages.'),
      }),
    ],
  },
  'audit.exported': {
    about: 'system',
    when: 'Events were written into a bundle, or one into a proof.',
    outcomes: SUCCESS,
    actors: operators,
    versions: [
      details({
        format: oneOf(['ndjson', 'csv', 'proof'], 'As what.'),
        first: count('Index of the first event.'),
        last: count('Index of the last event.'),
        size: count('Events of the tree that was signed last.'),
        from: time('Events at this time or later were asked for.').optional(),
        to: time('Events before this time were asked for.').optional(),
      }),
    ],
  },
});
