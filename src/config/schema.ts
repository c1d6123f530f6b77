import { administration } from './administration.ts';
import { agreements } from './agreements.ts';
import { attributes } from './attributes.ts';
import { auditAnchors } from './audit-anchors.ts';
import { auditRetention } from './audit-retention.ts';
import { auditSinks } from './audit-sinks.ts';
import { clientRegistration } from './client-registration.ts';
import { database } from './database.ts';
import { deviceSignIn } from './device-sign-in.ts';
import { dormancy } from './dormancy.ts';
import {
  colour,
  flag,
  keyring,
  keyringOrKey,
  matching,
  networks,
  oneOf,
  secretList,
  text,
  wholeNumber,
  zone,
} from './kinds.ts';
import { mail } from './mail.ts';
import { metrics } from './metrics.ts';
import { passwords, rolePolicies } from './passwords.ts';
import { lockout, rateLimits, redis } from './protection.ts';
import { registration, usernames } from './registration.ts';
import { factorPolicies, secondFactors } from './second-factors.ts';
import { server } from './server.ts';
import { sessionPolicies, sessions } from './sessions.ts';
import {
  lifetime,
  optional,
  type Placed,
  place,
  type Section,
  type Simplify,
  section,
  setting,
  type ValuesOf,
} from './setting.ts';
import { tokens } from './tokens.ts';

/**
 * Configuration: what an operator can set. This folder owns every setting (declared once, below), where its value comes
 * from (`load.ts`), the rules between settings and those of production (`rules.ts`), and what people read about them
 * (`describe.ts`). It leaves reaching databases, reading logos and everything else that a value leads to, to others.
 */

const HOUR = 3_600;
const DAY = 86_400;

/** Settings at the top of the configuration; nearly every other one is in one of {@link sections}. */
export const general = section('General', 'What everything else depends on.', {
  environment: setting('NODE_ENV', oneOf('development', 'production', 'test'), 'development', {
    description:
      '`production` starts nothing by itself and refuses every development shortcut. `development` brings its own ' +
      'PostgreSQL and secrets.',
    environmentOnly: true,
    example: 'production',
  }),
  dataDir: setting('DATA_DIR', text(1024, 'the path of a folder'), '.data', {
    description:
      'Where development keeps its database, its secrets and its mail. Nothing is written there in production.',
  }),
});

export const sections = {
  server,

  database,

  redis,

  secrets: section(
    'Secrets',
    'Keys that Gatehouse cannot make up, because every node and every restart needs the same.',
    {
      encryptionKeys: setting('ENCRYPTION_KEYS', keyring, undefined, {
        description:
          'Seal what must be read again (private signing keys, mail that waits) and key the digests of client secrets. To ' +
          'rotate, add a new key at the end on every node, then put it in front on every node, run ' +
          '`gatehouse keys rotate-encryption`, and drop the old one when that says so. See “Keys” in ' +
          '[security.md](security.md).',
        secret: true,
        required: 'always',
        example: 'k1:…',
      }),
      mfaKeys: setting('MFA_ENCRYPTION_KEY', keyringOrKey, undefined, {
        description:
          'Seals what authenticator apps share with Gatehouse, apart from everything else. To rotate, add a new key at the ' +
          'end on every node, then put it in front on every node, run `gatehouse keys rotate-mfa`, then drop the old one.',
        secret: true,
        required: 'always',
        example: '…',
      }),
      cookieKeys: setting('COOKIE_KEYS', secretList(16), undefined, {
        description:
          'Sign cookies and the tokens of forms. To rotate, add a new one at the end on every node, then put it in front on ' +
          'every node, and drop the old one when the marks of known devices are renewed (they last a year), or after ' +
          '`SESSION_ABSOLUTE_SECONDS` where devices may be forgotten. Production asks for 32 characters or more each.',
        secret: true,
        required: 'always',
        example: '…',
      }),
    },
  ),

  passwords,
  lockout,
  rateLimits,
  registration,

  clientRegistration,
  deviceSignIn,
  usernames,
  secondFactors,
  administration,
  dormancy,
  agreements,

  tokens,

  sessions,

  keys: section('Signing keys', 'How signing keys are rotated over several nodes.', {
    activationDelaySeconds: lifetime(
      'KEY_ACTIVATION_DELAY_SECONDS',
      600,
      DAY,
      'How long a new key is published before anything is signed with it, so that every verifier has fetched it.',
      0,
    ),
    pollSeconds: lifetime(
      'KEY_POLL_SECONDS',
      30,
      HOUR,
      'How often a node looks for keys that another one changed.',
      1,
    ),
  }),

  outbound: section('Outbound requests', 'Where Gatehouse itself may connect to on behalf of a client.', {
    allowLoopback: setting('OUTBOUND_ALLOW_LOOPBACK', flag, false, {
      description:
        'Lets it fetch from this machine, e.g. the `jwks_uri` of a client under development. Refused in production.',
    }),
    logoutTimeoutSeconds: lifetime(
      'LOGOUT_TIMEOUT_SECONDS',
      5,
      60,
      'How long an application may take to answer a notice that a session has ended. What fails is tried again for an hour: ' +
        '`gatehouse logouts list` shows what became of each.',
      1,
    ),
    logoutNetworks: setting('LOGOUT_ALLOWED_NETWORKS', networks, [], {
      description:
        'Networks inside in which applications are told that a session has ended; the public Internet is always reached, ' +
        'and nothing else. Judged is the address that is connected to, whatever its name was a moment before. Never opened, ' +
        'however wide a range is: loopback, link-local addresses (169.254.0.0/16, fe80::/10), multicast, and where clouds tell ' +
        'a machine its secrets.',
      fallbackText: 'none',
    }),
    logoutsPerClient: setting('LOGOUTS_PER_CLIENT', wholeNumber({ min: 1, max: 32, unit: 'notices' }), 4, {
      description:
        'How many such notices are on their way to one application at the same time, from all nodes together.',
    }),
  }),

  mail,

  metrics,

  auditRetention,
  auditAnchors,
  auditSinks,

  brand: section('Brand', 'What people see on the pages.', {
    name: setting('BRAND_NAME', text(60), 'Gatehouse', {
      description: 'The name of your organisation or of this service.',
      example: 'Example Hospital',
    }),
    logoFile: optional('BRAND_LOGO_FILE', matching(/\.(svg|png)$/i, 'the path of an .svg or .png file'), {
      description: 'A logo, shown above every page.',
    }),
    accentColour: setting('BRAND_ACCENT_COLOUR', colour, '#0b5cad', {
      description: 'The colour of buttons and links on a light background.',
    }),
    accentColourDark: setting('BRAND_ACCENT_COLOUR_DARK', colour, '#7cc0ff', {
      description: 'The same on a dark background.',
    }),
    supportContact: optional('SUPPORT_CONTACT', text(200, 'an email address, a phone number or a URL'), {
      description: 'Where people turn when they cannot sign in; shown on error pages.',
      example: 'it-desk@example.org',
    }),
    timeZone: optional('DEFAULT_TIME_ZONE', zone, {
      description:
        'The time zone in which people are told times, by mail and on pages, while their own is not known; its name is told with ' +
        'them. A person’s own is that of their browser, or the one that they have chosen on their account page.',
      fallbackText: '`UTC`',
      example: 'Europe/Lisbon',
    }),
  }),
} as const;

/** Everything, in the order in which it is documented. */
export const allSections: Readonly<Record<string, Section>> = {
  general,
  ...sections,
  rolePolicies,
  factorPolicies,
  sessionPolicies,
  attributes,
};

/** Sections whose settings are at the top of the configuration. */
const AT_THE_TOP = new Set(['general', 'rolePolicies', 'factorPolicies', 'sessionPolicies', 'attributes']);

/** The whole configuration, valid and complete. Read by the composition root, which hands each module its part. */
export type Config = Simplify<
  ValuesOf<
    (typeof general)['settings'] &
      (typeof rolePolicies)['settings'] &
      (typeof factorPolicies)['settings'] &
      (typeof sessionPolicies)['settings'] &
      (typeof attributes)['settings']
  > & {
    readonly [S in keyof typeof sections]: ValuesOf<(typeof sections)[S]['settings']>;
  }
>;

/** The settings of one section, or of all of them, with their places in {@link Config}. */
export const settingsOf = (name: string): Placed[] =>
  place(allSections[name]?.settings ?? {}, AT_THE_TOP.has(name) ? [] : [name]);

export const allSettings: readonly Placed[] = Object.keys(allSections).flatMap(settingsOf);
