import { UUID } from '../kernel/ids.ts';
import { lastDay, listMatching, matching, oneOf, wholeNumber } from './kinds.ts';
import { type ByRole, byRole } from './role-map.ts';
import { optional, section, setting } from './setting.ts';

/** The settings of second factors: who is asked for one, and which passkeys are accepted. */

export const FACTOR_DEMANDS = ['off', 'optional', 'required', 'phishing_resistant'] as const;

const demand = oneOf(...FACTOR_DEMANDS);
const days = wholeNumber({ min: 0, max: 90, unit: 'days' });

export const secondFactors = section(
  'Second factors',
  'Of whom more than a password is asked: authenticator apps, passkeys, recovery codes. A client may ask for more in its ' +
    'metadata (`second_factor`); of what applies to a sign-in, the strongest holds.',
  {
    policy: setting('SECOND_FACTOR_POLICY', demand, 'optional', {
      description:
        '`off`: nobody is asked for one. `optional`: who has one is asked for it at every sign-in with a password. ' +
        '`required`: who has none sets one up before the sign-in is done. `phishing_resistant`: the same, and only a ' +
        'passkey counts.',
    }),
    graceUntil: optional('SECOND_FACTOR_GRACE_UNTIL', lastDay, {
      description:
        'The last day (UTC) on which people of whom a second factor is `optional` may skip setting one up. Until then ' +
        'their sign-ins offer it, from then on they need it. Without this and the next, they are not asked to.',
    }),
    graceSignIns: optional(
      'SECOND_FACTOR_GRACE_SIGN_INS',
      wholeNumber({ min: 1, max: 100, unit: 'sign-ins' }),
      {
        description: 'How many sign-ins may skip it. With both given, what is over first ends it.',
      },
    ),
    trustedDeviceDays: setting('TRUSTED_DEVICE_DAYS', days, 0, {
      description:
        'For how long a person may have a device not ask for the second factor again; `0` is never. It does not count ' +
        'where a client asks for a level (`acr_values`) or a fresh sign-in, and ends with a reset of the password.',
    }),
    temporaryCodeHours: setting(
      'TEMPORARY_CODE_HOURS',
      wholeNumber({ min: 1, max: 168, unit: 'hours' }),
      24,
      {
        description:
          'For how long a temporary access code works that `gatehouse users reset-factors` or `users temporary-code` has ' +
          'printed. It works once, and stands five tries.',
      },
    ),
    passkeyAttestation: setting('PASSKEY_ATTESTATION', oneOf('none', 'required'), 'none', {
      description:
        '`required` accepts only passkeys whose maker vouches for them with a certificate below one of ' +
        '`PASSKEY_ATTESTATION_ROOTS_FILE`: security keys, as a rule. Passkeys that are synchronised have none.',
    }),
    passkeyAttestationRootsFile: optional(
      'PASSKEY_ATTESTATION_ROOTS_FILE',
      matching(/[^/\\]$/, 'the path of a file'),
      { description: 'The certificates of the makers that are trusted, in PEM form, one after the other.' },
    ),
    passkeyAllowedAaguids: setting(
      'PASSKEY_ALLOWED_AAGUIDS',
      listMatching(UUID, 'AAGUIDs, separated by commas'),
      [],
      {
        description:
          'The models of authenticators (AAGUIDs) whose passkeys are accepted; none = all. Only with ' +
          '`PASSKEY_ATTESTATION=required` is a model proven; otherwise it is what the browser says.',
        fallbackText: 'none',
      },
    ),
  },
);

/** What a role's policy may say otherwise than the settings of {@link secondFactors} with the same names. */
const ROLE_POLICY = { policy: demand, trustedDeviceDays: days };

export const factorPolicies = section(
  'Second factors of roles',
  'Where the people of a role are asked for something else than everybody. Of several roles of a person the strongest ' +
    'demand and the shortest trust hold, and a role that is not named here has the settings above. A role of administration has ' +
    '`required` at least. In the configuration ' +
    'file: `"secondFactorPolicies": { "administrator": { "policy": "phishing_resistant", "trustedDeviceDays": 0 } }`, with ' +
    'either or both.',
  {
    secondFactorPolicies: setting<ByRole<typeof ROLE_POLICY>>(
      'SECOND_FACTOR_POLICIES',
      byRole(ROLE_POLICY),
      {},
      {
        description: 'What is asked of a role, by its name.',
        fallbackText: 'none',
      },
    ),
  },
);
