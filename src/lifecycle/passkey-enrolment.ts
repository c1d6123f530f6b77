import type { Account } from '../domain/accounts/store.ts';
import type { Sighting } from '../domain/devices/store.ts';
import type { PasskeyCeremonies, PasskeyRefusal } from '../domain/passkeys/ceremony.ts';
import type { Enrol, Enrolment } from './enrolled-factor.ts';

/** How a passkey is set up. */
export interface PasskeyEnrolment {
  /** For the browser. `binding` names the sign-in or session: an answer counts for nothing elsewhere. */
  passkeyOptions(account: Account, binding: string): ReturnType<PasskeyCeremonies['registrationOptions']>;
  /** The unit fails with `challenge_used` or `passkey_exists` for all but one. */
  registerPasskey(
    account: Account,
    binding: string,
    given: { readonly response: string; readonly name: string },
    sighting: Sighting,
    codeShown?: boolean,
  ): Promise<Enrolment | { readonly refused: PasskeyRefusal }>;
}

export interface PasskeyEnrolmentDependencies {
  readonly passkeyCeremonies: Pick<PasskeyCeremonies, 'registrationOptions' | 'verifyRegistration'>;
}

export const createPasskeyEnrolment = (
  { passkeyCeremonies }: PasskeyEnrolmentDependencies,
  enrol: Enrol,
): PasskeyEnrolment => ({
  passkeyOptions: (account, binding) => passkeyCeremonies.registrationOptions(account, binding),

  async registerPasskey(account, binding, { response, name }, sighting, codeShown = false) {
    const result = await passkeyCeremonies.verifyRegistration(account, binding, response, name);
    if ('refused' in result) return { refused: result.refused };
    const { passkeyId: id, backupEligible: synced } = result;
    const factor = { kind: 'passkey', id, name, synced } as const;
    return enrol(account, factor, result.writes, sighting, codeShown);
  },
});
