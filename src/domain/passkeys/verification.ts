import type { RegistrationResponseJSON } from '@simplewebauthn/server';
import { FORMATS } from './attestation.ts';
import type { AuthenticationAnswer, RegistrationAnswer } from './responses.ts';
import type { Credential } from './store.ts';

/** The cryptography of WebAuthn's answers, by SimpleWebAuthn. Whatever is wrong with one, it is undefined. */

/** Where an answer has to come from. */
export interface Site {
  readonly origin: string;
  readonly rpId: string;
}

/** EdDSA, ES256, RS256: what authenticators have (WebAuthn Level 3, section 5.4). */
export const ALGORITHMS = [-8, -7, -257];

/** The library takes a quarter of a second to load: only where there is something to verify. */
const library = () => import('@simplewebauthn/server');
const helpers = () => import('@simplewebauthn/server/helpers');

const bytesOf = (text: string) => new Uint8Array(Buffer.from(text, 'base64url'));

export interface VerifiedRegistration {
  readonly credentialId: string;
  readonly publicKey: Uint8Array;
  readonly counter: number;
  readonly aaguid: string;
  readonly userVerified: boolean;
  readonly backupEligible: boolean;
  readonly backedUp: boolean;
  /** Of the attestation statement, as it came. */
  readonly format: string;
  readonly certificates: readonly Buffer[];
}

/** WebAuthn Level 3, section 7.1. With `attested`, the statement's signature has to be good as well. */
export async function verifyRegistrationAnswer(
  { origin, rpId }: Site,
  answer: RegistrationAnswer,
  challenge: string,
  attested: boolean,
): Promise<VerifiedRegistration | undefined> {
  const [{ verifyRegistrationResponse }, { decodeAttestationObject, isoCBOR }] = await Promise.all([
    library(),
    helpers(),
  ]);
  try {
    const object = decodeAttestationObject(bytesOf(answer.response.attestationObject));
    // For other forms the library has roots of its own, and fetches what was revoked below them.
    if (attested && !FORMATS.includes(object.get('fmt'))) return undefined;
    // Nobody asked for a statement: whatever came all the same is not looked at (step 24).
    const bare = new Map<string, unknown>([
      ['fmt', 'none'],
      ['attStmt', new Map()],
      ['authData', object.get('authData')],
    ]);
    const attestationObject = attested
      ? answer.response.attestationObject
      : Buffer.from(isoCBOR.encode(bare as never)).toString('base64url');
    const response = {
      ...answer,
      response: { ...answer.response, attestationObject },
      clientExtensionResults: {},
    } as RegistrationResponseJSON;
    const { verified, registrationInfo: info } = await verifyRegistrationResponse({
      response,
      expectedChallenge: challenge,
      expectedOrigin: origin,
      expectedRPID: rpId,
      requireUserVerification: false,
      supportedAlgorithmIDs: ALGORITHMS,
    });
    if (!verified || info.credential.id !== answer.id) return undefined;
    const { id: credentialId, publicKey, counter } = info.credential;
    return {
      credentialId,
      publicKey,
      counter,
      aaguid: info.aaguid,
      userVerified: info.userVerified,
      backupEligible: info.credentialDeviceType === 'multiDevice',
      backedUp: info.credentialBackedUp,
      format: object.get('fmt'),
      certificates: (object.get('attStmt').get('x5c') ?? []).map((der) => Buffer.from(der)),
    };
  } catch {
    return undefined;
  }
}

export interface VerifiedAuthentication {
  readonly counter: number;
  readonly userVerified: boolean;
  readonly backupEligible: boolean;
  readonly backedUp: boolean;
}

/** WebAuthn Level 3, section 7.2, but for the counter: it means something only once the signature is known to be good. */
export async function verifyAuthenticationAnswer(
  { origin, rpId }: Site,
  answer: AuthenticationAnswer,
  challenge: string,
  { credentialId, publicKey }: Credential,
  requireUserVerification: boolean,
): Promise<VerifiedAuthentication | undefined> {
  const { verifyAuthenticationResponse } = await library();
  const { userHandle, ...signed } = answer.response;
  try {
    const { verified, authenticationInfo: info } = await verifyAuthenticationResponse({
      response: {
        ...answer,
        response: { ...signed, ...(userHandle == null ? {} : { userHandle }) },
        clientExtensionResults: {},
      },
      expectedChallenge: challenge,
      expectedOrigin: origin,
      expectedRPID: rpId,
      credential: { id: credentialId, publicKey: new Uint8Array(publicKey), counter: 0 },
      requireUserVerification,
    });
    if (!verified) return undefined;
    return {
      counter: info.newCounter,
      userVerified: info.userVerified,
      backupEligible: info.credentialDeviceType === 'multiDevice',
      backedUp: info.credentialBackedUp,
    };
  } catch {
    return undefined;
  }
}
