import { archive } from './archive.ts';
import { liftHold, listHolds, placeHold } from './holds.ts';

/** What can be done about the audit trail. */
export const audit = { archive, placeHold, liftHold, listHolds };
