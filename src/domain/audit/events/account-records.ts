import { rolesOf } from './account-details.ts';
import { count, defineEvents, details, flag, SUCCESS, text } from './define.ts';

/** Accounts as records of people: two of one person, and a copy of what is kept. */

const operators = ['person', 'client', 'command', 'system'] as const;

export const ACCOUNT_RECORD_EVENTS = defineEvents({
  'account.merged': {
    about: 'people',
    when: 'An account was merged into another of the same person: one event about each of the two. The one that was merged is removed, and what applications knew it by is never given again.',
    outcomes: SUCCESS,
    actors: operators,
    versions: [
      details({
        kept: flag('The event is about the account that stays.'),
        other: text('Id of the other account.'),
        before: rolesOf('The roles of this account, as they were.'),
        after: rolesOf('As they are now; of the account that is removed none.'),
      }),
    ],
  },
  'account.exported': {
    about: 'people',
    when: 'Everything that is kept about a person was put into one document.',
    outcomes: SUCCESS,
    actors: operators,
    versions: [
      details({ events: count('Events of the audit trail in the document.'), more: flag('There are more.') }),
    ],
  },
});
