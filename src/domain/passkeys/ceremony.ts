import type {
  PublicKeyCredentialCreationOptionsJSON,
  PublicKeyCredentialRequestOptionsJSON,
  RegistrationResponseJSON,
} from '@simplewebauthn/server';
import type { Clock } from '../../kernel/clock.ts';
import type { Write } from '../../storage/unit-of-work.ts';
import { type AttestationPolicy, isAccepted } from './attestation.ts';
import type { Challenges } from './challenges.ts';
import { challengeIn, parseAuthentication, parseRegistration, type Transport } from './responses.ts';
import type { PasskeyStore } from './store.ts';

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

/** EdDSA, ES256, RS256: what authenticators have (WebAuthn Level 3, section 5.4). */
const ALGORITHMS = [-8, -7, -257];

/** How long the browser waits for the person, in milliseconds. */
const TIMEOUT_MS = 300_000;

/** The library takes a quarter of a second to load: only where there is something to verify. */
const library = () => import('@simplewebauthn/server');
const helpers = () => import('@simplewebauthn/server/helpers');

/** What an authenticator keeps of the person: random, and nothing that says who it is (section 14.6.1). */
export const userHandleOf = (accountId: string): string =>
  Buffer.from(accountId.replaceAll('-', ''), 'hex').toString('base64url');

export function createPasskeyCeremonies(deps: CeremonyDependencies): PasskeyCeremonies {
  const { issuer, passkeys, challenges, attestation, clock } = deps;
  const rpId = new URL(issuer).hostname;
  const expected = { expectedOrigin: new URL(issuer).origin, expectedRPID: rpId };

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
        attestation: attestation.attestation === 'required' ? 'direct' : 'none',
        extensions: { credProps: true },
      };
    },

    async verifyRegistration(owner, binding, given, name) {
      const answer = parseRegistration(given);
      const challenge = answer && challengeIn(answer.response.clientDataJSON);
      if (answer === undefined || challenge === undefined) return { refused: 'malformed' };
      const end = challenges.check(challenge, { purpose: 'registration', binding, accountId: owner.id });
      if (end === undefined) return { refused: 'challenge_invalid' };
      const verified = await verifiedRegistration(answer, challenge);
      if (verified === undefined) return { refused: 'answer_invalid' };
      const { info, format, certificates } = verified;
      if (!isAccepted(attestation, { format, certificates, aaguid: info.aaguid }, clock.now())) {
        return { refused: 'attestation_refused' };
      }
      const backupEligible = info.credentialDeviceType === 'multiDevice';
      const { id, write } = passkeys.add({
        accountId: owner.id,
        credentialId: info.credential.id,
        publicKey: info.credential.publicKey,
        counter: info.credential.counter,
        transports: answer.response.transports,
        backupEligible,
        backedUp: info.credentialBackedUp,
        aaguid: info.aaguid,
        name,
      });
      return {
        passkeyId: id,
        backupEligible,
        userVerified: info.userVerified,
        writes: [passkeys.useChallenge(challenge, end), write],
      };
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
      const { verifyAuthenticationResponse } = await library();
      const result = await verifyAuthenticationResponse({
        ...expected,
        response: { ...answer, response: present(answer.response), clientExtensionResults: {} },
        expectedChallenge: challenge,
        // The counter is compared below, once the signature is known to be good.
        credential: {
          id: credential.credentialId,
          publicKey: new Uint8Array(credential.publicKey),
          counter: 0,
        },
        requireUserVerification: accountId === undefined,
      }).catch(() => undefined);
      if (result?.verified !== true) return { refused: 'answer_invalid', ...about };
      const { newCounter, userVerified, credentialDeviceType, credentialBackedUp } =
        result.authenticationInfo;
      const backupEligible = credentialDeviceType === 'multiDevice';
      // Eligibility never changes (section 7.2, step 19).
      if (backupEligible !== credential.backupEligible) return { refused: 'answer_invalid', ...about };
      if ((newCounter > 0 || credential.counter > 0) && newCounter <= credential.counter) {
        return { refused: 'counter_reversed', ...about };
      }
      return {
        ...about,
        userVerified,
        backupEligible,
        backedUp: credentialBackedUp,
        writes: [
          passkeys.useChallenge(challenge, end),
          passkeys.used(credential, { counter: newCounter, backedUp: credentialBackedUp }),
        ],
      };
    },
  };

  async function verifiedRegistration(
    answer: NonNullable<ReturnType<typeof parseRegistration>>,
    challenge: string,
  ) {
    const [{ verifyRegistrationResponse }, { decodeAttestationObject, isoCBOR }] = await Promise.all([
      library(),
      helpers(),
    ]);
    try {
      const object = decodeAttestationObject(
        new Uint8Array(Buffer.from(answer.response.attestationObject, 'base64url')),
      );
      const [format, statement, authData] = [
        object.get('fmt'),
        object.get('attStmt'),
        object.get('authData'),
      ];
      // Nobody asked for a statement: whatever came all the same is not looked at (section 7.1, step 24).
      const ignored = new Map<string, unknown>([
        ['fmt', 'none'],
        ['attStmt', new Map()],
        ['authData', authData],
      ]);
      const attestationObject =
        attestation.attestation === 'required'
          ? answer.response.attestationObject
          : Buffer.from(isoCBOR.encode(ignored as never)).toString('base64url');
      const result = await verifyRegistrationResponse({
        ...expected,
        response: {
          ...answer,
          response: { ...answer.response, attestationObject },
          clientExtensionResults: {},
        } as RegistrationResponseJSON,
        expectedChallenge: challenge,
        requireUserVerification: false,
        supportedAlgorithmIDs: ALGORITHMS,
      });
      if (!result.verified || result.registrationInfo.credential.id !== answer.id) return undefined;
      const certificates = (statement.get('x5c') ?? []).map((der) => Buffer.from(der));
      return { info: result.registrationInfo, format, certificates };
    } catch {
      return undefined;
    }
  }
}

/** Without a handle that is null. */
function present<T extends { userHandle?: string | null | undefined }>({ userHandle, ...others }: T) {
  return userHandle == null ? others : { ...others, userHandle };
}
