import { wholeNumber } from './kinds.ts';
import { section, setting } from './setting.ts';

/** The settings of how long the audit trail is kept. */

export const auditRetention = section(
  'Retention of the audit trail',
  'How long events stay in the database. Nothing is removed by itself: what is older, an operator archives ' +
    '([operations.md](operations.md#keeping-and-archiving-the-audit-trail)).',
  {
    years: setting('AUDIT_RETENTION_YEARS', wholeNumber({ min: 1, max: 100, unit: 'years' }), 7, {
      description:
        'No month of the trail that ended less than so many years ago can be archived, by any command. 7 years are what ' +
        'the HIPAA Security Rule (6, 45 CFR 164.316) and most rules about records ask for at least; a shorter time is for who has checked theirs.',
    }),
  },
);
