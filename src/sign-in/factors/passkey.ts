import type { AuditEvent } from '../../domain/audit/events.ts';
import type { PasskeyCeremonies, Refused } from '../../domain/passkeys/ceremony.ts';
import type { FactorMatcher } from './match.ts';

export interface PasskeyMatching {
  readonly passkeyCeremonies: Pick<PasskeyCeremonies, 'verifyAuthentication'>;
}

/** What the browser has answered for one of the person's passkeys. */
export const createPasskeyMatcher =
  ({ passkeyCeremonies }: PasskeyMatching): FactorMatcher =>
  async ({ account, attemptId, answer: response }) => {
    const use = { binding: attemptId, accountId: account.id };
    const answer = await passkeyCeremonies.verifyAuthentication(use, response);
    if ('refused' in answer) return { reason: answer.refused, events: counterAlarm(answer) };
    const { passkeyId: id, backupEligible: synced, writes } = answer;
    return { factor: { id, synced }, writes, events: [] };
  };

/** There may be a copy of an authenticator whose counter goes back (WebAuthn Level 3, section 6.1.1). */
export function counterAlarm({ refused: reason, passkeyId: id, accountId: account }: Refused): AuditEvent[] {
  if (reason !== 'counter_reversed' || id === undefined || account === undefined) return [];
  return [{ type: 'passkey.counter_reversed', outcome: 'failure', account, details: { id } }];
}
