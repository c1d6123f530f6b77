import { recover, recoveryPlan } from './recover.ts';

/** What can be done with the audit trail. */
export const audit = { recoveryPlan, recover };
