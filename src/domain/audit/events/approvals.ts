import { defineEvents, details, SUCCESS, text } from './define.ts';

/** Dangerous acts that wait for a second person. */

const operators = ['person', 'client', 'command'] as const;

const onApproval = details({
  approval: text('Id of the request.'),
  act: text('The act that was asked for, e.g. factors.reset.'),
});

export const APPROVAL_EVENTS = defineEvents({
  'approval.requested': {
    about: 'system',
    when: 'A dangerous act was asked for that a second person has to approve; nothing was done yet.',
    outcomes: SUCCESS,
    actors: operators,
    versions: [onApproval],
  },
  'approval.granted': {
    about: 'system',
    when: 'A second person has approved; the act was done in the same moment, and has events of its own.',
    outcomes: SUCCESS,
    actors: ['person'],
    versions: [onApproval],
  },
  'approval.declined': {
    about: 'system',
    when: 'A second person has refused what was asked for.',
    outcomes: SUCCESS,
    actors: ['person'],
    versions: [onApproval],
  },
  'approval.withdrawn': {
    about: 'system',
    when: 'Whoever asked for it wants it no more.',
    outcomes: SUCCESS,
    actors: operators,
    versions: [onApproval],
  },
  'approval.expired': {
    about: 'system',
    when: 'Nobody has decided in time.',
    outcomes: SUCCESS,
    actors: ['system'],
    versions: [onApproval],
  },
  'approval.result_taken': {
    about: 'system',
    when: 'Whoever asked has been shown what the approved act answered, which is shown once.',
    outcomes: SUCCESS,
    actors: operators,
    versions: [onApproval],
  },
  'approval.bypassed': {
    about: 'system',
    when: 'Somebody with a shell on the server did alone what needs a second person, as an emergency.',
    outcomes: SUCCESS,
    actors: ['command'],
    versions: [details({ act: text('The act, e.g. factors.reset.') })],
  },
});
