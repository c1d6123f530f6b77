import { networks, password, redisUrl, tlsPolicy, wholeNumber } from './kinds.ts';
import { optional, section, setting } from './setting.ts';

/** The settings of what stands between a guesser and a password. */

const attempts = { min: 2, max: 1_000_000, unit: 'failures' };
const DAY = 1_440;

export const lockout = section(
  'Lockout',
  'How often a sign-in may fail before it has to wait. Counted by what was typed, whether or not it is anybody’s, and ' +
    'apart for each device that has signed the person in before.',
  {
    maxFailures: setting('MAX_FAILED_LOGIN_ATTEMPTS', wholeNumber(attempts), 5, {
      description:
        'Consecutive failures that lock. A success ends the count. A load test with wrong passwords lifts it; ' +
        '`MAX_CONSECUTIVE_FAILURES` holds all the same.',
    }),
    durationMinutes: setting(
      'ACCOUNT_LOCKOUT_DURATION_MINUTES',
      wholeNumber({ min: 1, max: DAY, unit: 'minutes' }),
      30,
      { description: 'How long a lock lasts. `gatehouse users unlock` ends it before.' },
    ),
    escalationCount: setting(
      'LOCKOUT_ESCALATION_COUNT',
      wholeNumber({ min: 1, max: 100, unit: 'locks' }),
      3,
      {
        description:
          'After so many locks within a day, each further one lasts twice as long as the one before.',
      },
    ),
    maxDurationMinutes: setting(
      'LOCKOUT_MAX_DURATION_MINUTES',
      wholeNumber({ min: 1, max: 7 * DAY, unit: 'minutes' }),
      DAY,
      { description: 'No lock lasts longer, however many came before it.' },
    ),
    noticeAfter: setting(
      'FAILED_ATTEMPTS_NOTICE',
      wholeNumber({ min: 0, max: 1_000_000, unit: 'failures' }),
      3,
      {
        description:
          'After so many failures without a lock the person is told by mail, once they are over, at most once a day. ' +
          'Those of the sign-in that succeeds in the end do not count. `0` tells nobody.',
      },
    ),
    maxConsecutiveFailures: setting(
      'MAX_CONSECUTIVE_FAILURES',
      wholeNumber({ min: 2, max: 100, unit: 'failures' }),
      100,
      {
        description:
          'Consecutive failures of one account, on whatever device and over however many locks, after which its ' +
          'password is disabled until it is reset (NIST SP 800-63B-4, 3.2.2, allows 100).',
      },
    ),
  },
);

const limit = (env: string, fallback: number, description: string) =>
  setting(env, wholeNumber({ min: 0, max: 1_000_000 }), fallback, { description });

export const rateLimits = section(
  'Rate limits',
  'How often something may be asked for before the answer is 429 with `Retry-After`. An address of IPv6 counts with its ' +
    'whole /64. `0` switches a limit off, e.g. for a load test. Behind a proxy, addresses are told apart only if it is ' +
    'one of `TRUSTED_PROXIES`.',
  {
    signInPerAddress: limit('RATE_LIMIT_SIGN_IN_PER_ADDRESS', 5, 'Sign-ins a minute from one address.'),
    signInPerOfficeAddress: limit(
      'RATE_LIMIT_SIGN_IN_PER_OFFICE_ADDRESS',
      300,
      'The same for an address of `RATE_LIMIT_OFFICE_NETWORKS`, behind which many people work.',
    ),
    officeNetworks: setting('RATE_LIMIT_OFFICE_NETWORKS', networks, [], {
      description: 'The networks of your own offices, as their addresses arrive here.',
      fallbackText: 'none',
    }),
    signInPerIdentifier: limit(
      'RATE_LIMIT_SIGN_IN_PER_IDENTIFIER',
      5,
      'Sign-ins a minute with one identifier, from wherever.',
    ),
    signInPerKnownDevice: limit(
      'RATE_LIMIT_SIGN_IN_PER_KNOWN_DEVICE',
      20,
      'Sign-ins a minute from a device that has signed the person in before. It takes from none of the budgets above.',
    ),
    passwordResetPerAddress: limit(
      'RATE_LIMIT_PASSWORD_RESET_PER_ADDRESS',
      3,
      'Password resets asked for in an hour from one address.',
    ),
    passwordResetPerAccount: limit(
      'RATE_LIMIT_PASSWORD_RESET_PER_ACCOUNT',
      3,
      'Password resets asked for in an hour for one identifier.',
    ),
    accountCreationPerAddress: limit(
      'RATE_LIMIT_ACCOUNT_CREATION_PER_ADDRESS',
      5,
      'Accounts created in an hour from one address.',
    ),
    registrationPerIdentifier: limit(
      'RATE_LIMIT_REGISTRATION_PER_IDENTIFIER',
      3,
      'Registrations asked for in a day with one email address, from wherever: each sends a mail there.',
    ),
    passwordChangePerPerson: limit(
      'RATE_LIMIT_PASSWORD_CHANGE_PER_PERSON',
      10,
      'Tries in an hour to change the password on the account page: each is a guess at the present one.',
    ),
    demandedPasswordPerPerson: limit(
      'RATE_LIMIT_DEMANDED_PASSWORD_PER_PERSON',
      20,
      'Passwords proposed in an hour by a person who has to change theirs: each costs as many hashes as the history is long.',
    ),
    addressChangePerPerson: limit(
      'RATE_LIMIT_ADDRESS_CHANGE_PER_PERSON',
      5,
      'Changes of address asked for in an hour by one person: each sends a mail to an address of their choice.',
    ),
    secondFactorPerPerson: limit(
      'RATE_LIMIT_SECOND_FACTOR_PER_PERSON',
      10,
      'Codes and passkeys shown in a minute after the right password of one person; apart for each device that has signed ' +
        'the person in before.',
    ),
    factorSetupPerPerson: limit(
      'RATE_LIMIT_FACTOR_SETUP_PER_PERSON',
      5,
      'Second factors set up in an hour by one person, and as many sets of recovery codes.',
    ),
    clientRegistrationPerAddress: limit(
      'RATE_LIMIT_CLIENT_REGISTRATION_PER_ADDRESS',
      60,
      'Requests in an hour from one address to register a client, or to read or change such a registration.',
    ),
    deviceCodesPerAddress: limit(
      'RATE_LIMIT_DEVICE_CODES_PER_ADDRESS',
      60,
      'Device sign-ins asked for in an hour from one address.',
    ),
    deviceGuessesPerAddress: limit(
      'RATE_LIMIT_DEVICE_GUESSES_PER_ADDRESS',
      5,
      'Wrong codes of devices in ten minutes from one address. A right one takes nothing.',
    ),
    deviceGuessesPerBrowser: limit(
      'RATE_LIMIT_DEVICE_GUESSES_PER_BROWSER',
      5,
      'The same from one browser, whatever its address.',
    ),
    tokenPerClient: limit(
      'RATE_LIMIT_TOKEN_PER_CLIENT',
      600,
      'Requests a minute to the token endpoint by one client; of a public client, by one client from one address.',
    ),
    adminPerCaller: limit(
      'RATE_LIMIT_ADMINISTRATION_PER_CALLER',
      600,
      'Requests a minute to the API of administration by one person or one program.',
    ),
    adminFailuresPerAddress: limit(
      'RATE_LIMIT_ADMINISTRATION_FAILURES_PER_ADDRESS',
      60,
      'Requests a minute to the API of administration from one address whose access token is missing or not valid.',
    ),
  },
);

export const redis = section('Redis', 'Optional: where short-lived counts are kept, if not in PostgreSQL.', {
  url: optional('REDIS_URL', redisUrl, {
    description:
      'Counts the rate limits. While it does not answer, PostgreSQL counts, so losing it opens nothing; lockouts ' +
      'are always in PostgreSQL. What a URL may say: [operations.md](operations.md#databases-poolers-and-redis).',
    secret: true,
  }),
  password: optional('REDIS_PASSWORD', password, {
    description:
      'The password of `REDIS_URL`, where that has none. Its file is read again when a login fails.',
    secret: true,
  }),
  tls: setting('REDIS_TLS', tlsPolicy, undefined, {
    description:
      '`verified`: a Redis on another machine is reached only by `rediss://`, its certificate and its name verified. ' +
      '`unverified` allows what the URL asks for, and verifies nothing.',
    fallbackText: '`verified` in production; elsewhere what the URL asks for',
  }),
});
