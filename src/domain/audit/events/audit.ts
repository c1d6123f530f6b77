import { z } from 'zod';
import { count, defineEvents, details, flag, oneOf, SUCCESS, text, texts, time } from './define.ts';

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
  'audit.archived': {
    about: 'system',
    when: 'A month left the trail after its time: it was exported, and its rows are in a table of their own from here on.',
    outcomes: SUCCESS,
    actors: operators,
    versions: [
      details({
        partition: text('The table of the month.'),
        to: time('When the month ended.'),
        events: count('Events of the month.'),
        first: count(
          'Index of the first event in the file; nothing is exported of a month without events.',
        ).optional(),
        last: count('Index of the last event in the file.').optional(),
        file: text('Name of the file.').optional(),
        sha256: text('SHA-256 of the file, hexadecimal.').optional(),
      }),
    ],
  },
  'audit.archive_dropped': {
    about: 'system',
    when: 'The table of an archived month was removed; its events are in the file of the archive alone.',
    outcomes: SUCCESS,
    actors: operators,
    versions: [
      details({
        partition: text('The table of the month.'),
        events: count('Events of the month.'),
        sha256: text('SHA-256 of the file, hexadecimal.').optional(),
      }),
    ],
  },
  'audit.hold_placed': {
    about: 'people',
    when: 'From here on nothing is archived or erased: nothing at all, or nothing about the account of the event.',
    outcomes: SUCCESS,
    actors: operators,
    versions: [details({ hold: count('Number of the hold.') })],
  },
  'audit.hold_lifted': {
    about: 'people',
    when: 'A hold has ended.',
    outcomes: SUCCESS,
    actors: operators,
    versions: [details({ hold: count('Number of the hold.') })],
  },
  'audit.restored': {
    about: 'system',
    when: 'The database was put back to an earlier state, and somebody has declared it.',
    outcomes: SUCCESS,
    actors: operators,
    versions: [
      details({
        restored: text('Its newest checkpoint then, as a signed note.').optional(),
        anchored: texts(
          'The newest checkpoints that the anchors kept and it does not hold, as signed notes.',
        ),
        lost: count('How many events were lost, where it can be known.').optional(),
        changes: count(
          'Of the lost events, those that changed an account, an application or a key; absent where nobody had a copy.',
        ).optional(),
        ended: z.record(z.string(), z.int()).describe('How many of each were ended.'),
      }),
    ],
  },
});
