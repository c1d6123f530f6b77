import type { Keyring } from '../kernel/crypto.ts';
import { administrativeRoleNames } from './role-names.ts';
import type { Config } from './schema.ts';

/** A rule over one or more settings. It is judged only where all that it reads are valid by themselves. */
export interface Rule {
  /** The settings by name; the first one is the one to change. */
  readonly reads: readonly [string, ...string[]];
  /** What is wrong, as `what is wrong; expected …`; undefined where nothing is. */
  readonly check: (config: Config) => string | undefined;
}

/** The complaints of the rules that the configuration breaks, as `NAME: …`. */
export function brokenRules(
  rules: readonly Rule[],
  config: Config,
  valid: (name: string) => boolean = () => true,
): string[] {
  return rules
    .filter(({ reads }) => reads.every(valid))
    .flatMap(({ reads: [name], check }) => {
      const problem = check(config);
      return problem === undefined ? [] : [`${name}: ${problem}`];
    });
}

/** The rules between settings, for every environment. */
export const CONSISTENCY_RULES: readonly Rule[] = [
  {
    // RFC 9106, section 3.1: the memory is at least eight times the lanes.
    reads: ['ARGON2_MEMORY_KIB', 'ARGON2_PARALLELISM'],
    check: ({ passwords: { argon2 } }) =>
      argon2.memoryKib >= 8 * argon2.parallelism
        ? undefined
        : `is ${argon2.memoryKib}; expected 8 KiB or more for each of the ${argon2.parallelism} lanes`,
  },
  {
    // On two addresses of one machine both would listen, and a proxy that tries both would show the metrics to everybody.
    reads: ['METRICS_PORT', 'PORT'],
    check: ({ metrics, server }) =>
      metrics.port !== undefined && metrics.port !== 0 && metrics.port === server.port
        ? `is ${metrics.port}, as PORT is; expected a port of its own`
        : undefined,
  },
  {
    // Without a root, any certificate would do, and anybody can make one.
    reads: ['PASSKEY_ATTESTATION_ROOTS_FILE', 'PASSKEY_ATTESTATION'],
    check: ({ secondFactors }) =>
      secondFactors.passkeyAttestation === 'none' || secondFactors.passkeyAttestationRootsFile !== undefined
        ? undefined
        : 'is missing; expected the certificates of the makers that PASSKEY_ATTESTATION=required trusts',
  },
  {
    // An operator who gives the roots believes that models are proven.
    reads: ['PASSKEY_ATTESTATION', 'PASSKEY_ATTESTATION_ROOTS_FILE'],
    check: ({ secondFactors }) =>
      secondFactors.passkeyAttestation === 'none' && secondFactors.passkeyAttestationRootsFile !== undefined
        ? 'is none, so that PASSKEY_ATTESTATION_ROOTS_FILE would do nothing; expected required'
        : undefined,
  },
  {
    // An operator who opens registration believes that applications can register.
    reads: ['CLIENT_REGISTRATION_HOSTS', 'CLIENT_REGISTRATION', 'CLIENT_REGISTRATION_GRANTS'],
    check: ({ clientRegistration: { enabled, hosts, grants } }) =>
      enabled && hosts.length === 0 && grants.includes('authorization_code')
        ? 'is missing, so that no application could be registered; expected the hosts of their addresses'
        : undefined,
  },
  {
    // With a password alone somebody could do to others what they may do.
    reads: ['SECOND_FACTOR_POLICIES', 'ADMINISTRATION_ROLES'],
    check(config) {
      const weak = administrativeRoleNames(config).filter((role) =>
        ['off', 'optional'].includes(config.secondFactorPolicies[role]?.policy ?? ''),
      );
      return weak.length === 0
        ? undefined
        : `asks less of ${weak.join(', ')}; expected required or phishing_resistant for a role of administration`;
    },
  },
  {
    // Whoever has just signed in would be told that their account is about to be disabled.
    reads: ['DORMANCY_NOTICE_DAYS', 'DORMANCY_DAYS', 'DORMANCY_DAYS_BY_ROLE'],
    check({ dormancy: { days, daysByRole, noticeDays } }) {
      const fewest = Math.min(...[days, ...Object.values(daysByRole)].filter((each) => each > 0));
      return noticeDays < fewest
        ? undefined
        : `is ${noticeDays}; expected less than the ${fewest} days after which an account is disabled`;
    },
  },
  {
    reads: ['SESSION_WARNING_MINUTES', 'SESSION_TIMEOUT_MINUTES'],
    check: ({ sessions: { warningMinutes, timeoutMinutes } }) =>
      warningMinutes < timeoutMinutes
        ? undefined
        : `is ${warningMinutes}; expected less than SESSION_TIMEOUT_MINUTES (${timeoutMinutes})`,
  },
  {
    reads: ['LOCKOUT_MAX_DURATION_MINUTES', 'ACCOUNT_LOCKOUT_DURATION_MINUTES'],
    check: ({ lockout }) =>
      lockout.maxDurationMinutes >= lockout.durationMinutes
        ? undefined
        : `is ${lockout.maxDurationMinutes}; expected no less than ACCOUNT_LOCKOUT_DURATION_MINUTES (${lockout.durationMinutes})`,
  },
  {
    reads: ['REFRESH_TOKEN_SECONDS', 'ACCESS_TOKEN_SECONDS'],
    check: ({ tokens }) =>
      tokens.refreshTokenSeconds >= tokens.accessTokenSeconds
        ? undefined
        : `is ${tokens.refreshTokenSeconds}; expected no less than ACCESS_TOKEN_SECONDS (${tokens.accessTokenSeconds})`,
  },
  {
    // Every node must have seen a key before one of them signs with it; one missed poll is forgiven.
    reads: ['KEY_ACTIVATION_DELAY_SECONDS', 'KEY_POLL_SECONDS'],
    check: ({ keys }) =>
      keys.activationDelaySeconds >= 2 * keys.pollSeconds
        ? undefined
        : `is ${keys.activationDelaySeconds}; expected twice KEY_POLL_SECONDS (${keys.pollSeconds}) or more`,
  },
];

/**
 * OWASP's equivalent minimum settings of argon2id, KiB and passes, with one lane (Password Storage Cheat Sheet).
 * More memory or more passes than one of the pairs is enough.
 */
const ARGON2_MINIMUM = [
  { memoryKib: 47_104, timeCost: 1 },
  { memoryKib: 19_456, timeCost: 2 },
  { memoryKib: 12_288, timeCost: 3 },
  { memoryKib: 9_216, timeCost: 4 },
  { memoryKib: 7_168, timeCost: 5 },
];

const MIN_COOKIE_KEY = 32;
/** Of 32 random hexadecimal digits about 14 are distinct; 7 or fewer happen once in more than 10^7 keys. */
const MIN_DISTINCT_CHARACTERS = 8;

/** What production refuses: every shortcut that only development may take. */
export const PRODUCTION_RULES: readonly Rule[] = [
  {
    reads: ['ISSUER'],
    check: ({ server }) =>
      server.issuer.startsWith('https://') ? undefined : 'is not https; expected an https origin',
  },
  {
    reads: ['TRUSTED_PROXIES'],
    check: ({ server: { trustedProxies } }) => {
      if (trustedProxies.length === 0) {
        return 'is empty; expected the address of the proxy that terminates TLS (Gatehouse itself speaks plain HTTP)';
      }
      const everybody = trustedProxies.find((entry) => /\/0+$/.test(entry));
      return everybody && `"${everybody}" trusts everybody; expected the proxies’ own addresses or networks`;
    },
  },
  {
    reads: ['OUTBOUND_ALLOW_LOOPBACK'],
    check: ({ outbound }) => (outbound.allowLoopback ? 'is true; expected false in production' : undefined),
  },
  {
    reads: ['SMTP_URL'],
    check: ({ mail }) =>
      mail.url === undefined
        ? 'is missing; expected a relay, since only development may keep mail instead of sending it'
        : undefined,
  },
  {
    reads: ['ARGON2_MEMORY_KIB', 'ARGON2_TIME_COST'],
    check: ({ passwords: { argon2 } }) =>
      ARGON2_MINIMUM.some(
        ({ memoryKib, timeCost }) => argon2.memoryKib >= memoryKib && argon2.timeCost >= timeCost,
      )
        ? undefined
        : `is ${argon2.memoryKib} with ARGON2_TIME_COST ${argon2.timeCost}, below OWASP’s minimum; expected at least ` +
          ARGON2_MINIMUM.map(({ memoryKib, timeCost }) => `${memoryKib} with ${timeCost}`).join(', '),
  },
  { reads: ['ENCRYPTION_KEYS'], check: ({ secrets }) => weakKeyring(secrets.encryptionKeys) },
  { reads: ['MFA_ENCRYPTION_KEY'], check: ({ secrets }) => weakKeyring(secrets.mfaKeys) },
  {
    // Whoever gets at the one must not have the other with it.
    reads: ['MFA_ENCRYPTION_KEY', 'ENCRYPTION_KEYS'],
    check: ({ secrets: { mfaKeys, encryptionKeys } }) =>
      [...mfaKeys.keys.values()].some((key) =>
        [...encryptionKeys.keys.values()].some((other) => key.equals(other)),
      )
        ? `holds a key of ENCRYPTION_KEYS; expected ${RANDOM}`
        : undefined,
  },
  {
    reads: ['PASSWORD_PEPPERS'],
    check: ({ passwords }) => passwords.peppers && weakKeyring(passwords.peppers),
  },
  {
    reads: ['COOKIE_KEYS'],
    check: ({ secrets: { cookieKeys } }) => {
      const short = cookieKeys.findIndex((key) => key.length < MIN_COOKIE_KEY);
      if (short >= 0) {
        const length = cookieKeys[short]?.length;
        return `secret ${short + 1} has ${length} characters; expected ${MIN_COOKIE_KEY} or more in production`;
      }
      const weak = cookieKeys.findIndex(
        (key) => EXAMPLE.test(key) || isPattern(Buffer.from(key), MIN_DISTINCT_CHARACTERS),
      );
      return weak < 0
        ? undefined
        : `secret ${weak + 1} looks like an example or a pattern; expected ${RANDOM}`;
    },
  },
];

const RANDOM = 'random ones, e.g. from: openssl rand -hex 32';

/** Words that only stand in secrets which somebody copied from a guide or which a development start made. */
const EXAMPLE = /example|change.?me|secret|password|development|insecure/i;

function weakKeyring({ keys }: Keyring): string | undefined {
  for (const [id, key] of keys) {
    if (/^(development|dev|example|test)/i.test(id)) {
      return `the key "${id}" is one of development; expected ${RANDOM}`;
    }
    if (isPattern(key, MIN_DISTINCT_BYTES)) return `the key "${id}" is a pattern; expected ${RANDOM}`;
  }
  return undefined;
}

/** Of 32 random bytes about 30 are distinct; 20 or fewer happen once in more than 10^8 keys. */
const MIN_DISTINCT_BYTES = 21;

/** Whether the bytes repeat themselves or count up or down: chosen by a person, not by a generator. */
function isPattern(bytes: Buffer, minDistinct: number): boolean {
  if (new Set(bytes).size < minDistinct) return true;
  const steps = new Set(bytes.subarray(1).map((byte, index) => byte - (bytes[index] ?? 0)));
  return steps.size <= 2;
}
