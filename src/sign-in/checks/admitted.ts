import { normaliseIdentifier } from '../../domain/accounts/policy.ts';
import type { Check } from './check.ts';

/**
 * The limits let the submission pass, and there is a slot of the lockout left for it. Before the password,
 * because both are there to limit how often one is verified; the same for identifiers that no account has. An account is counted
 * once, under its address, whether that is typed or its user name: else each name would be worth tries of its own.
 */
export const admitted: Check = {
  name: 'admitted',
  async run({ submission, account, deviceIsKnown }, { admissions }) {
    const admission = await admissions.admit({
      identifier: normaliseIdentifier(account?.email ?? submission.identifier),
      accountId: account?.id,
      knownDevice: deviceIsKnown ? submission.deviceId : undefined,
      address: submission.address,
    });
    if (admission.kind === 'limited') {
      return { kind: 'reject', code: 'rate_limited', reason: 'rate_limited', admission };
    }
    if (admission.kind === 'locked') return { kind: 'reject', code: 'locked', reason: 'locked', admission };
    return { kind: 'pass', admission };
  },
};
