import { count, defineEvents, details, SUCCESS, text } from './define.ts';

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
});
