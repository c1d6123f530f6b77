import { listKeys, rotateKey } from './keys.ts';
import { recover, recoveryPlan } from './recover.ts';

/** What can be done with the audit trail. */
export const audit = { listKeys, rotateKey, recoveryPlan, recover };
