import { archive } from './archive.ts';
import { check, exportTrail, prove, proveConsistency } from './evidence.ts';
import { liftHold, listHolds, placeHold } from './holds.ts';
import { listKeys, rotateKey } from './keys.ts';
import { follow, list, show } from './reading.ts';
import { recover, recoveryPlan } from './recover.ts';

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
  archive,
  recoveryPlan,
  recover,
  placeHold,
  liftHold,
  listHolds,
};
