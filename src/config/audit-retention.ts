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
        'A month of the trail has to have ended so many years ago before any command takes it out of the database. HIPAA asks for ' +
        'six years (45 CFR 164.316(b)(2)); 1 is the least.',
    }),
  },
);
