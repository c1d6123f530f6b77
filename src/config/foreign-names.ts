import { type ForeignName, words } from './foreign-name.ts';
import { SERVER_NAMES } from './foreign-names-server.ts';
import { SIGN_IN_NAMES } from './foreign-names-sign-in.ts';

/** What other systems call settings of accounts, and the beginnings of names that are another product's. */
const OTHER_NAMES: readonly ForeignName[] = [
  {
    names: words('MIN_PASSWORD_LENGTH PASSWORD_LENGTH'),
    of: 'the length of passwords',
    instead: 'PASSWORD_MIN_LENGTH takes its place',
  },
  {
    names: words('PASSWORD_EXPIRATION_DAYS PASSWORD_MAX_AGE PASSWORD_MAX_AGE_DAYS PASSWORD_EXPIRY'),
    of: 'the age of passwords',
    instead: 'PASSWORD_EXPIRY_DAYS takes its place',
  },
  {
    names: words('PASSWORD_HISTORY_COUNT PASSWORD_HISTORY_SIZE PASSWORD_REUSE_LIMIT'),
    of: 'the history of passwords',
    instead: 'PASSWORD_HISTORY takes its place',
  },
  {
    names: words(`
      ADMIN_EMAIL ADMIN_USER ADMIN_USERNAME ADMIN_PASSWORD DEFAULT_ADMIN_PASSWORD INITIAL_ADMIN_PASSWORD
    `),
    of: 'a first administrator with a password',
    instead:
      'no account has a password from a setting: "gatehouse setup-link" makes a link for the first administrator',
  },
  {
    names: words(`
      ENABLE_REGISTRATION ALLOW_REGISTRATION REGISTRATION_ENABLED DISABLE_REGISTRATION SIGNUP_ENABLED
    `),
    of: 'registration',
    instead: 'SELF_REGISTRATION takes its place',
  },
  {
    names: words('KEYCLOAK_* KC_* AUTHENTIK_* LOGTO_* ZITADEL_* AUTHELIA_* CASDOOR_* DEX_*'),
    of: 'Keycloak, authentik, Logto, Zitadel, Authelia, Casdoor, Dex',
    instead: 'it is a setting of another product; docs/configuration.md lists those of Gatehouse',
  },
  {
    names: words('HYDRA_* KRATOS_* ORY_* AUTH0_* OKTA_* SUPERTOKENS_* FUSIONAUTH_* NEXTAUTH_* DUENDE_*'),
    of: 'Ory, Auth0, Okta, SuperTokens, FusionAuth, NextAuth, Duende',
    instead: 'it is a setting of another product; docs/configuration.md lists those of Gatehouse',
  },
];

/**
 * Names of environment variables that other identity providers, and guides to production, tell people to set, and that mean
 * nothing here: each is reported at the start, with what takes its place. A name that is one of our own settings is never among
 * them.
 */
export const FOREIGN_NAMES: readonly ForeignName[] = [...SIGN_IN_NAMES, ...SERVER_NAMES, ...OTHER_NAMES];

/** What takes the place of a variable of another system; undefined where it is none that is known. */
export function foreignName(name: string): ForeignName | undefined {
  const plain = name.endsWith('_FILE') ? name.slice(0, -'_FILE'.length) : name;
  return FOREIGN_NAMES.find(({ names }) =>
    names.some((known) =>
      known.endsWith('*') ? name.startsWith(known.slice(0, -1)) : known === name || known === plain,
    ),
  );
}
