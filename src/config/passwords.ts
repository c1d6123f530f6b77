import type { Keyring } from '../kernel/crypto.ts';
import { type Kind, keyring, listMatching, matching, oneOf, wholeNumber } from './kinds.ts';
import { type ByRole, byRole, ROLE } from './role-map.ts';
import { optional, section, setting } from './setting.ts';

/** The settings of passwords: what they may be, for everybody and by role, and how they are hashed. */

export const CHARACTER_KINDS = ['lower', 'upper', 'digit', 'symbol'] as const;
export type CharacterKind = (typeof CHARACTER_KINDS)[number];

/** What the settings are that a preset stands for, where they are not given themselves. */
export const PASSWORD_PRESETS = {
  staff: { minLength: 12, minLengthWithSecondFactor: 12, minScore: 3, expiryDays: 90 },
  // NIST asks for no estimate. 2 withstands guessing online, which is what a short password beside a second factor is for.
  'nist-800-63b-4': { minLength: 15, minLengthWithSecondFactor: 8, minScore: 2, expiryDays: 0 },
} as const;

type Preset = keyof typeof PASSWORD_PRESETS;
type PresetSetting = keyof (typeof PASSWORD_PRESETS)[Preset];

const PRESET_NAMES: Record<PresetSetting, string> = {
  minLength: 'PASSWORD_MIN_LENGTH',
  minLengthWithSecondFactor: 'PASSWORD_MIN_LENGTH_WITH_SECOND_FACTOR',
  minScore: 'PASSWORD_MIN_SCORE',
  expiryDays: 'PASSWORD_EXPIRY_DAYS',
};

/** The settings that follow the preset, by name, each with what it is then. */
export const PRESET_SETTINGS: readonly [name: string, ofPreset: (preset: Preset) => number][] =
  Object.entries(PRESET_NAMES).map(([key, name]) => [
    name,
    (preset) => PASSWORD_PRESETS[preset][key as PresetSetting],
  ]);

const length = wholeNumber({ min: 8, max: 64, unit: 'characters' });
const score = wholeNumber({ min: 0, max: 4 });
const history = wholeNumber({ min: 0, max: 24, unit: 'passwords' });
const days = wholeNumber({ min: 0, max: 3_650, unit: 'days' });
const hours = wholeNumber({ min: 0, max: 720, unit: 'hours' });
const characterKinds = listMatching<CharacterKind>(
  new RegExp(`^(?:${CHARACTER_KINDS.join('|')})$`),
  `any of ${CHARACTER_KINDS.join(', ')}`,
);

const fromPreset = (name: PresetSetting) =>
  Object.entries(PASSWORD_PRESETS)
    .map(([preset, values], index) => `\`${values[name]}\`${index === 0 ? '' : ` with \`${preset}\``}`)
    .join(', ');

export const passwords = section('Passwords', 'What passwords may be, and how they are hashed (argon2id).', {
  preset: setting('PASSWORD_POLICY_PRESET', oneOf('staff', 'nist-800-63b-4'), 'staff', {
    description:
      'What the settings below are where they are not given: `staff` suits the rules of many regulated organisations; ' +
      '`nist-800-63b-4` follows NIST SP 800-63B-4 (3.1.1.2): longer passwords, which do not expire.',
  }),
  minLength: setting('PASSWORD_MIN_LENGTH', length, undefined, {
    description:
      'The shortest password that may be set. NIST SP 800-63B-4 (3.1.1.2) asks for 15 where a password is the only ' +
      'factor.',
    fallbackText: fromPreset('minLength'),
  }),
  minLengthWithSecondFactor: setting('PASSWORD_MIN_LENGTH_WITH_SECOND_FACTOR', length, undefined, {
    description:
      'The same for people of whom a second factor is always required, where it is less than PASSWORD_MIN_LENGTH. Not where ' +
      'a device that they trust spares it (TRUSTED_DEVICE_DAYS).',
    fallbackText: fromPreset('minLengthWithSecondFactor'),
  }),
  maxLength: setting('PASSWORD_MAX_LENGTH', wholeNumber({ min: 64, max: 4_096, unit: 'characters' }), 256, {
    description: 'The longest password that is accepted. None is ever cut short.',
  }),
  minScore: setting('PASSWORD_MIN_SCORE', score, undefined, {
    description:
      'How hard to guess a password must be by the estimate of zxcvbn, from 0 (not looked at) to 4 (10¹⁰ guesses or more).',
    fallbackText: fromPreset('minScore'),
  }),
  history: setting('PASSWORD_HISTORY', history, 12, {
    description:
      'How many of a person’s last passwords, the present one included, they may not set again. Each costs a hash when a ' +
      'password is changed.',
  }),
  expiryDays: setting('PASSWORD_EXPIRY_DAYS', days, undefined, {
    description:
      'After how many days a password has to be changed at the next sign-in; `0` is never, as NIST SP 800-63B-4 has it.',
    fallbackText: fromPreset('expiryDays'),
  }),
  expiryRoles: setting(
    'PASSWORD_EXPIRY_ROLES',
    listMatching(new RegExp(`^(?:\\*|${ROLE})$`), 'roles, separated by commas, or * for everybody'),
    ['*'],
    { description: 'Whose passwords expire.' },
  ),
  minAgeHours: setting('PASSWORD_MIN_AGE_HOURS', hours, 0, {
    description:
      'How old a password must be before its owner may change it again, so that nobody runs through their history. A ' +
      'change that is demanded, or a reset, may come at any time.',
  }),
  requiredCharacters: setting('PASSWORD_REQUIRED_CHARACTERS', characterKinds, [], {
    description:
      'Kinds of characters that every password must have, for those who must: NIST SP 800-63B-4 and OWASP ASVS (6.2.5) ' +
      'advise against it.',
    fallbackText: 'none',
  }),
  forbiddenWords: setting(
    'PASSWORD_FORBIDDEN_WORDS',
    listMatching(/^[^\p{C}]{4,60}$/u, 'words of 4 to 60 characters, separated by commas'),
    [],
    {
      description:
        'Words of your organisation that no password may contain: its names, abbreviations, products, places. The name in ' +
        'BRAND_NAME and the name and address of each person are refused in any case.',
      fallbackText: 'none',
    },
  ),
  blocklistFile: optional('PASSWORD_BLOCKLIST_FILE', matching(/[^/\\]$/, 'the path of a file'), {
    description:
      'A list of breached passwords that `gatehouse passwords blocklist build` made, instead of the bundled one ' +
      '(config/password-blocklist.md).',
  }),
  argon2: {
    memoryKib: setting('ARGON2_MEMORY_KIB', wholeNumber({ min: 8, max: 1_048_576, unit: 'KiB' }), 19_456, {
      description:
        'Memory of one hash. Production refuses less than OWASP’s minimum: 19456 KiB with 2 passes or one of its equivalents.',
    }),
    timeCost: setting('ARGON2_TIME_COST', wholeNumber({ min: 1, max: 64, unit: 'passes' }), 2, {
      description: 'Passes over the memory.',
    }),
    parallelism: setting('ARGON2_PARALLELISM', wholeNumber({ min: 1, max: 16, unit: 'lanes' }), 1, {
      description: 'Lanes of one hash.',
    }),
  },
  peppers: setting<Keyring | undefined>('PASSWORD_PEPPERS', keyring as Kind<Keyring | undefined>, undefined, {
    description:
      'Keys mixed into every password hash, kept away from the database. A password whose pepper is lost cannot be ' +
      'verified any more: never drop one that is in use (`gatehouse passwords hashes` says which are). To rotate, add a new ' +
      'one at the end on every node, then put it in front on every node: hashes follow as people sign in. Recovery codes are ' +
      'hashed with it too, and that command does not count them: codes from before a pepper was dropped stop working, and their ' +
      'owners make new ones.',
    fallbackText: 'none',
    secret: true,
  }),
  hashConcurrency: setting('HASH_CONCURRENCY', wholeNumber({ min: 0, max: 64, unit: 'hashes' }), 0, {
    description: 'Hashes computed at the same time; `0` is one a processor core.',
  }),
  hashNiceness: setting('HASH_NICENESS', wholeNumber({ min: 0, max: 19 }), 5, {
    description:
      'By how much hashing gives way to the answering of requests where both want the same core, as for nice(1) (Linux only); ' +
      '`0` is not at all.',
  }),
  hashQueueLimit: setting('HASH_QUEUE_LIMIT', wholeNumber({ min: 1, max: 10_000, unit: 'hashes' }), 200, {
    description: 'Sign-ins that may wait for a hash; past it the answer is 503 with `Retry-After`.',
  }),
});

/** What a role's policy may say otherwise than the settings of {@link passwords} with the same names. */
const ROLE_POLICY = {
  minLength: length,
  minLengthWithSecondFactor: length,
  minScore: score,
  history,
  expiryDays: days,
  minAgeHours: hours,
  requiredCharacters: characterKinds,
};

export type RolePolicies = ByRole<typeof ROLE_POLICY>;

export const rolePolicies = section(
  'Password policies of roles',
  'Where the people of a role need other rules than everybody. Of several roles of a person, the strictest rule wins, and ' +
    'a role that is not named here has the rules above. In the configuration file: ' +
    '`"passwordPolicies": { "administrator": { "minLength": 15, "expiryDays": 60 } }`, with any of ' +
    `${Object.keys(ROLE_POLICY)
      .map((name) => `\`${name}\``)
      .join(', ')}.`,
  {
    passwordPolicies: setting<RolePolicies>(
      'PASSWORD_POLICIES',
      byRole(ROLE_POLICY),
      {},
      { description: 'The rules of a role, by its name.', fallbackText: 'none' },
    ),
  },
);
