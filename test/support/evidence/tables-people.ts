import { type TableRule, told, untold } from './rules.ts';

/** Tables about lists of people, what is planned for them, and what is done about many. */
export const PEOPLE_TABLES: Readonly<Record<string, TableRule>> = {
  bulk_jobs: {
    about: {},
    made: told('bulk.started'),
    removed: untold('what has become of a bulk is kept for some months; the trail keeps what was done'),
    changed: { 'state finished_at': told('bulk.cancelled', 'bulk.finished') },
    fixed: 'id act options asker asked_by people created_at',
  },
  bulk_rows: untold('about whom something is left to do; what is done is told by the events of the act'),
  scheduled_statuses: {
    about: { account: 'account' },
    made: told('account.schedule_changed'),
    removed: told('account.schedule_changed', 'account.disabled', 'account.enabled', 'account.deleted'),
    changed: {
      'at reason': told('account.schedule_changed'),
      'attempts next_attempt_at': untold('how often it was tried; that it was given up is told'),
    },
    fixed: 'account status',
  },
  dormancy_notices: untold('which mail was written, about what; that an account is disabled is told'),
  account_listings: untold('what lists are sorted by; what it is made of is told'),
  account_words: untold('how lists find somebody whose name is told'),
  account_attributes: untold('how lists find somebody by attributes, which are told'),
  account_roles: untold('an index of the roles of accounts, which are told'),
};
