import { listKeys, rotateKey } from './keys.ts';

/** What can be done with the audit trail. */
export const audit = { listKeys, rotateKey };
