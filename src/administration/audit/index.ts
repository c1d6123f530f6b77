import { listKeys, rotateKey } from './keys.ts';
import { follow, list, show } from './reading.ts';

/** What can be done with the audit trail. */
export const audit = { list, follow, show, listKeys, rotateKey };
