import { check, exportTrail, prove, proveConsistency } from './evidence.ts';
import { listKeys, rotateKey } from './keys.ts';
import { follow, list, show } from './reading.ts';

/** What can be done with the audit trail. */
export const audit = {
  list,
  follow,
  show,
  listKeys,
  rotateKey,
  export: exportTrail,
  prove,
  proveConsistency,
  check,
};
