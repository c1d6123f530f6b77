import type {
  PublicKeyCredentialCreationOptionsJSON,
  PublicKeyCredentialRequestOptionsJSON,
} from '@simplewebauthn/server';
import type { Clock } from '../../kernel/clock.ts';
import type { Write } from '../../storage/unit-of-work.ts';
import { type AttestationPolicy, isAccepted } from './attestation.ts';
import type { Challenges } from './challenges.ts';
import { challengeIn, parseAuthentication, parseRegistration, type Transport } from './responses.ts';
import type { PasskeyStore } from './store.ts';
import { ALGORITHMS, verifyAuthenticationAnswer, verifyRegistrationAnswer } from './verification.ts';

/**
 * The two ceremonies of WebAuthn (Level 3, sections 7.1 and 7.2), as far as they concern the server. Origin and rpId come
 * from the issuer alone, never from a request.
 */

export interface PasskeyOwner {
  readonly id: string;
  readonly email: string;
  readonly name: string;
}

/** What is told to the audit trail; the person is told that it did not work. */
export type PasskeyRefusal =
  /** No answer of a browser, one without a challenge, or one from a frame in another site. */
  | 'malformed'
  /** Not a challenge of ours for this sign-in or session and this person, or it has ended. */
  | 'challenge_invalid'
  | 'credential_unknown'
  /** Somebody else's, or with the handle of somebody else. */
  | 'credential_foreign'
  /** Origin, rpId, presence, verification, flags or signature. */
  | 'answer_invalid'
  /** The signature is good, but a later one was seen: there may be a copy of the authenticator. */
  | 'counter_reversed'
  /** Its maker, or its model, is not accepted. */
  | 'attestation_refused';

export interface Refused {
  readonly refused: PasskeyRefusal;
  /** The passkey concerned, where it is known. */
  readonly passkeyId?: string;
  readonly accountId?: string;
}

export interface Registered {
  readonly passkeyId: string;
  readonly backupEligible: boolean;
  readonly userVerified: boolean;
  readonly writes: Write[];
}

export interface Authenticated {
  readonly passkeyId: string;
  readonly accountId: string;
  /** By PIN, finger or face: then the passkey is two factors by itself. */
  readonly userVerified: boolean;
  /** Whether it can leave the device: `swk` instead of `hwk` (RFC 8176, section 2). */
  readonly backupEligible: boolean;
  readonly backedUp: boolean;
  readonly writes: Write[];
}

export interface PasskeyCeremonies {
  /** For `navigator.credentials.create`. `binding` names the sign-in or session; one prepared statement, no write. */
  registrationOptions(owner: PasskeyOwner, binding: string): Promise<PublicKeyCredentialCreationOptionsJSON>;
  /** `response` is the browser's answer, parsed or as JSON. Nothing is changed before `writes` are. */
  verifyRegistration(
    owner: PasskeyOwner,
    binding: string,
    response: unknown,
    name?: string,
  ): Promise<Registered | Refused>;
  /**
   * For `navigator.credentials.get`. With an account, as its second factor; without one, as a whole sign-in with whichever
   * passkey the person chooses, for which they have to be verified.
   */
  authenticationOptions(use: {
    binding: string;
    accountId?: string | undefined;
  }): Promise<PublicKeyCredentialRequestOptionsJSON>;
  /** With the same use as the options. Nothing is changed before `writes` are. */
  verifyAuthentication(
    use: { binding: string; accountId?: string | undefined },
    response: unknown,
  ): Promise<Authenticated | Refused>;
}

export interface CeremonyDependencies {
  readonly issuer: string;
  /** What the authenticator calls us. */
  readonly serviceName: string;
  readonly passkeys: PasskeyStore;
  readonly challenges: Challenges;
  readonly attestation: AttestationPolicy;
  readonly clock: Clock;
}

/** How long the browser waits for the person, in milliseconds. */
const TIMEOUT_MS = 300_000;

/** What an authenticator keeps of the person: random, and nothing that says who it is (section 14.6.1). */
export const userHandleOf = (accountId: string): string =>
  Buffer.from(accountId.replaceAll('-', ''), 'hex').toString('base64url');

export function createPasskeyCeremonies(deps: CeremonyDependencies): PasskeyCeremonies {
  const { issuer, passkeys, challenges, attestation, clock } = deps;
  const { origin, hostname: rpId } = new URL(issuer);
  const site = { origin, rpId };
  const attested = attestation.attestation === 'required';

  const descriptors = async (accountId: string) =>
    (await passkeys.descriptors(accountId)).map(({ id, transports }) => ({
      id,
      type: 'public-key' as const,
      ...(transports.length === 0 ? {} : { transports: transports as Transport[] }),
    }));

  return {
    async registrationOptions(owner, binding) {
      return {
        rp: { id: rpId, name: deps.serviceName },
        user: { id: userHandleOf(owner.id), name: owner.email, displayName: owner.name },
        challenge: challenges.issue({ purpose: 'registration', binding, accountId: owner.id }),
        pubKeyCredParams: ALGORITHMS.map((alg) => ({ type: 'public-key', alg })),
        timeout: TIMEOUT_MS,
        excludeCredentials: await descriptors(owner.id),
        // Preferred, not required: a security key that can do neither is still a good second factor.
        authenticatorSelection: { residentKey: 'preferred', userVerification: 'preferred' },
        attestation: attested ? 'direct' : 'none',
        extensions: { credProps: true },
      };
    },

    async verifyRegistration(owner, binding, given, name) {
      const answer = parseRegistration(given);
      const challenge = answer && challengeIn(answer.response.clientDataJSON);
      if (answer === undefined || challenge === undefined) return { refused: 'malformed' };
      const end = challenges.check(challenge, { purpose: 'registration', binding, accountId: owner.id });
      if (end === undefined) return { refused: 'challenge_invalid' };
      const verified = await verifyRegistrationAnswer(site, answer, challenge, attested);
      if (verified === undefined) return { refused: 'answer_invalid' };
      if (!isAccepted(attestation, verified, clock.now())) return { refused: 'attestation_refused' };
      const { transports } = answer.response;
      const { id, write } = passkeys.add({ ...verified, accountId: owner.id, transports, name });
      const { backupEligible, userVerified } = verified;
      const writes = [passkeys.useChallenge(challenge, end), write];
      return { passkeyId: id, backupEligible, userVerified, writes };
    },

    async authenticationOptions({ binding, accountId }) {
      return {
        rpId,
        challenge: challenges.issue({ purpose: 'authentication', binding, accountId }),
        timeout: TIMEOUT_MS,
        allowCredentials: accountId === undefined ? [] : await descriptors(accountId),
        userVerification: accountId === undefined ? 'required' : 'preferred',
      };
    },

    async verifyAuthentication({ binding, accountId }, given) {
      const answer = parseAuthentication(given);
      const challenge = answer && challengeIn(answer.response.clientDataJSON);
      if (answer === undefined || challenge === undefined) return { refused: 'malformed' };
      const end = challenges.check(challenge, { purpose: 'authentication', binding, accountId });
      if (end === undefined) return { refused: 'challenge_invalid' };
      const credential = await passkeys.find(answer.id);
      if (credential === undefined) return { refused: 'credential_unknown' };
      const about = { passkeyId: credential.id, accountId: credential.accountId };
      // Without an account, the handle is how the authenticator says whose passkey it is (section 7.2, step 6).
      const handle = answer.response.userHandle ?? (accountId === undefined ? '' : undefined);
      const isOwn = accountId === undefined || credential.accountId === accountId;
      if (!isOwn || (handle !== undefined && handle !== userHandleOf(credential.accountId))) {
        return { refused: 'credential_foreign', ...about };
      }
      const alone = accountId === undefined;
      const verified = await verifyAuthenticationAnswer(site, answer, challenge, credential, alone);
      // Whether it can be backed up never changes (section 7.2, step 19).
      if (verified?.backupEligible !== credential.backupEligible)
        return { refused: 'answer_invalid', ...about };
      const { counter, userVerified, backupEligible, backedUp } = verified;
      const counts = counter > 0 || credential.counter > 0;
      if (counts && counter <= credential.counter) return { refused: 'counter_reversed', ...about };
      const writes = [
        passkeys.useChallenge(challenge, end),
        passkeys.used(credential, { counter, backedUp }),
      ];
      return { ...about, userVerified, backupEligible, backedUp, writes };
    },
  };
}
