import { normaliseIdentifier } from '../../domain/accounts/policy.ts';
import type { Check } from './check.ts';

/**
 * The limits let the submission pass, and there is a slot of the lockout left for it. Before the password,
 * because both are there to limit how often one is verified; the same for identifiers that no account has.
 */
export const admitted: Check = {
  name: 'admitted',
  async run({ submission, account, deviceIsKnown }, { admissions }) {
    const admission = await admissions.admit({
      identifier: normaliseIdentifier(submission.identifier),
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
