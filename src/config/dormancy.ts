import { wholeNumber } from './kinds.ts';
import { type ValueByRole, valueByRole } from './role-map.ts';
import { section, setting } from './setting.ts';

/** The settings of dormant accounts: after how long without a sign-in one is disabled. */

const days = wholeNumber({ min: 0, max: 3_650, unit: 'days' });

export const dormancy = section(
  'Dormant accounts',
  'Accounts that nobody signs in to are disabled by themselves, and their people are told before. Counted from the last sign-in, ' +
    'from when the account was made, or from when it was last enabled, whichever is latest. Break-glass accounts, the last ' +
    'administrator, and people whose disabling or enabling is planned are left alone.',
  {
    days: setting('DORMANCY_DAYS', days, 0, {
      description: 'An account is disabled after so many days without a sign-in; `0` is never.',
    }),
    daysByRole: setting<ValueByRole<number>>(
      'DORMANCY_DAYS_BY_ROLE',
      valueByRole(days),
      {},
      {
        description:
          'The same for the people of a role, instead of `DORMANCY_DAYS`. Of several roles of a person the fewest days hold, and `0` ' +
          '(never) only where no other role says more. In the configuration file: ' +
          '`"dormancy": { "daysByRole": { "contractor": 30, "kiosk": 0 } }`.',
        fallbackText: 'none',
      },
    ),
    noticeDays: setting('DORMANCY_NOTICE_DAYS', wholeNumber({ min: 1, max: 90, unit: 'days' }), 14, {
      description:
        'So many days before, the person is told by mail. Nobody is disabled who was not told so long before: whoever is dormant ' +
        'when this is switched on is told first.',
    }),
  },
);
