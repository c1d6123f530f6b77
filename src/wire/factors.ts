import { factorPolicies } from '../config/role-names.ts';
import { createPasskeyCeremonies } from '../domain/passkeys/ceremony.ts';
import { createChallenges } from '../domain/passkeys/challenges.ts';
import { createPasskeyStore } from '../domain/passkeys/store.ts';
import type { PasswordHasher } from '../domain/passwords/hasher.ts';
import { createRecoveryCodeStore } from '../domain/recovery-codes/store.ts';
import type { FactorSettings } from '../domain/second-factors/policy.ts';
import { createFactorEnrolmentStore } from '../domain/second-factors/store.ts';
import { createTemporaryCodeStore } from '../domain/temporary-codes/store.ts';
import { createTotpResealing } from '../domain/totp/reseal-store.ts';
import { createTotpStore } from '../domain/totp/store.ts';
import { createTrustedDeviceStore } from '../domain/trusted-devices/store.ts';
import type { Foundation } from './foundation.ts';

/** The stores of second factors, and who has to have one. `hasher` is asked for when a recovery code is made or typed. */
export function createFactors(
  { config, database, secrets: { keyring, mfaKeyring, attestationRoots }, clock, random }: Foundation,
  hasher: () => PasswordHasher,
) {
  const { issuer } = config.server;
  const passkeys = createPasskeyStore(database, clock, random);
  const { secondFactors } = config;
  const settings: FactorSettings = { ...secondFactors, byRole: factorPolicies(config) };
  return {
    settings,
    enrolments: createFactorEnrolmentStore(database, clock),
    totp: createTotpStore({
      database,
      keyring: mfaKeyring,
      generalKeyring: keyring,
      clock,
      random,
      issuerName: config.brand.name,
    }),
    totpResealing: createTotpResealing(mfaKeyring, keyring, random),
    recoveryCodes: createRecoveryCodeStore(database, clock, random, {
      hash: (text) => hasher().hash(text),
      verify: (stored, text) => hasher().verify(stored, text),
    }),
    passkeys,
    ceremonies: createPasskeyCeremonies({
      issuer,
      serviceName: config.brand.name,
      passkeys,
      challenges: createChallenges(mfaKeyring, clock, random),
      attestation: {
        attestation: secondFactors.passkeyAttestation,
        roots: attestationRoots,
        allowedAaguids: secondFactors.passkeyAllowedAaguids,
      },
      clock,
    }),
    temporaryCodes: createTemporaryCodeStore(database, mfaKeyring, secondFactors, clock, random),
    trustedDevices: createTrustedDeviceStore(database, clock),
  };
}
