import {
  colour,
  flag,
  keyring,
  keyringOrKey,
  matching,
  networks,
  oneOf,
  origin,
  postgresUrl,
  secretList,
  text,
  wholeNumber,
} from './kinds.ts';
import { mail } from './mail.ts';
import { metrics } from './metrics.ts';
import { passwords, rolePolicies } from './passwords.ts';
import { lockout, rateLimits, redis } from './protection.ts';
import { registration } from './registration.ts';
import { factorPolicies, secondFactors } from './second-factors.ts';
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
 * Configuration: what an operator can set. This room owns every setting (declared once, below), where its value comes
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
  server: section('Server', 'How browsers and applications reach Gatehouse.', {
    issuer: setting('ISSUER', origin, undefined, {
      description:
        'The public address of Gatehouse, exactly as applications are configured with it. Every link, redirect and ' +
        'token is made from it, never from a request’s `Host`.',
      fallbackText: '`http://localhost:PORT`',
      required: 'production',
      example: 'https://id.example.org',
    }),
    host: setting('HOST', text(255, 'a host name or an IP address to listen on'), 'localhost', {
      description:
        'The address to listen on. In a container, or behind a proxy on another machine, `0.0.0.0` or `::`.',
      example: '0.0.0.0',
    }),
    port: setting('PORT', wholeNumber({ min: 0, max: 65_535 }), 3000, {
      description:
        'The port to listen on, for plain HTTP: a proxy in front terminates TLS. `0` takes a free one.',
    }),
    trustedProxies: setting('TRUSTED_PROXIES', networks, [], {
      description:
        'The proxies whose `X-Forwarded-For` and `X-Forwarded-Proto` are believed. Everybody else’s are dropped. ' +
        'Production needs it, since only a proxy can bring TLS. Where the address is wrong, requests are answered with ' +
        'an error (421), and the log has the address.',
      fallbackText: 'none',
      required: 'production',
      example: '10.0.0.5',
    }),
    logLevel: setting('LOG_LEVEL', oneOf('trace', 'debug', 'info', 'warn', 'error', 'silent'), 'info', {
      description:
        'How much is logged, as JSON lines on standard output. `debug` adds stack traces to the commands.',
    }),
    bodyLimitBytes: setting(
      'BODY_LIMIT_BYTES',
      wholeNumber({ min: 4_096, max: 1_048_576, unit: 'bytes' }),
      65_536,
      {
        description: 'The largest request body that is read; a larger one is answered with 413.',
      },
    ),
    requestTimeoutSeconds: lifetime(
      'REQUEST_TIMEOUT_SECONDS',
      30,
      300,
      'How long a client may take to send a request before the connection is cut.',
      1,
    ),
    keepAliveSeconds: lifetime(
      'KEEP_ALIVE_SECONDS',
      75,
      3_600,
      'How long a connection, of `METRICS_PORT` too, is kept for its next request. It must be longer than the proxy in front ' +
        'keeps it: otherwise it is closed under a request now and then, which people see as 502. 60 s are the default of ' +
        'nginx’s upstream connections and of AWS load balancers; Google’s use 600, so give 620 there. A request still has ' +
        'to come within `REQUEST_TIMEOUT_SECONDS`, and its headers within 10 s, from its first byte on.',
      1,
    ),
    shutdownDelaySeconds: lifetime(
      'SHUTDOWN_DELAY_SECONDS',
      0,
      300,
      'How long after SIGTERM everything is still answered while `/health/ready` says 503, so that load balancers send ' +
        'nothing more: longer than they take to see it. Each answer then ends its connection. 10 is good behind most.',
      0,
    ),
    shutdownSeconds: lifetime(
      'SHUTDOWN_SECONDS',
      8,
      60,
      'How long requests under way may take to finish after that. Together with `SHUTDOWN_DELAY_SECONDS`, keep it below what ' +
        'the supervisor allows before it kills (Docker: 10 s, Kubernetes: `terminationGracePeriodSeconds`, 30 s). A second ' +
        'signal ends the process at once.',
      1,
    ),
    hsts: setting('HSTS', oneOf('gatehouse', 'proxy'), 'gatehouse', {
      description:
        'Who sends `Strict-Transport-Security`, which must come once (RFC 6797, section 8.1: of several the first counts). ' +
        '`gatehouse`: two years, subdomains included, and the proxy must not add it. `proxy`: the proxy in front does.',
    }),
  }),

  database: section('Database', 'PostgreSQL, the only place where Gatehouse keeps what must last.', {
    url: setting('DATABASE_URL', postgresUrl, undefined, {
      description:
        'What the server connects with. On every connection it drops to the role `gatehouse_server`, so the login ' +
        'must be a member of that role; it needs no other right.',
      secret: true,
      required: 'always',
      example: 'postgres://gatehouse_login:…@db.example.org:5432/gatehouse',
    }),
    ownerUrl: setting('DATABASE_OWNER_URL', postgresUrl, undefined, {
      description:
        'What `gatehouse migrate` connects with: the owner of the tables, who may create the role ' +
        '`gatehouse_server`. The server itself never uses it.',
      fallbackText: '`DATABASE_URL`',
      secret: true,
      example: 'postgres://gatehouse_owner:…@db.example.org:5432/gatehouse',
    }),
    poolSize: setting('DATABASE_POOL_SIZE', wholeNumber({ min: 1, max: 200, unit: 'connections' }), 10, {
      description: 'The most connections that one Gatehouse process holds.',
    }),
  }),

  redis,

  secrets: section(
    'Secrets',
    'Keys that Gatehouse cannot make up, because every node and every restart needs the same.',
    {
      encryptionKeys: setting('ENCRYPTION_KEYS', keyring, undefined, {
        description:
          'Seal what must be read again (private signing keys) and key the hashes of client secrets. To rotate, put a ' +
          'new key in front and keep the old ones for what they sealed.',
        secret: true,
        required: 'always',
        example: 'k1:…',
      }),
      mfaKeys: setting('MFA_ENCRYPTION_KEY', keyringOrKey, undefined, {
        description:
          'Seals what authenticator apps share with Gatehouse, apart from everything else. To rotate, put a new key in ' +
          'front, restart every node, run `gatehouse keys rotate-mfa`, then drop the old one.',
        secret: true,
        required: 'always',
        example: '…',
      }),
      cookieKeys: setting('COOKIE_KEYS', secretList(16), undefined, {
        description:
          'Sign cookies. To rotate, put a new one in front and drop the old one after `SESSION_ABSOLUTE_SECONDS`. ' +
          'Production asks for 32 characters or more each.',
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
  secondFactors,

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
  }),
} as const;

/** Everything, in the order in which it is documented. */
export const allSections: Readonly<Record<string, Section>> = {
  general,
  ...sections,
  rolePolicies,
  factorPolicies,
  sessionPolicies,
};

/** Sections whose settings are at the top of the configuration. */
const AT_THE_TOP = new Set(['general', 'rolePolicies', 'factorPolicies', 'sessionPolicies']);

/** The whole configuration, valid and complete. Read by the composition root, which hands each room its part. */
export type Config = Simplify<
  ValuesOf<
    (typeof general)['settings'] &
      (typeof rolePolicies)['settings'] &
      (typeof factorPolicies)['settings'] &
      (typeof sessionPolicies)['settings']
  > & {
    readonly [S in keyof typeof sections]: ValuesOf<(typeof sections)[S]['settings']>;
  }
>;

/** The settings of one section, or of all of them, with their places in {@link Config}. */
export const settingsOf = (name: string): Placed[] =>
  place(allSections[name]?.settings ?? {}, AT_THE_TOP.has(name) ? [] : [name]);

export const allSettings: readonly Placed[] = Object.keys(allSections).flatMap(settingsOf);
