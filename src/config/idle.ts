import type { Config } from './schema.ts';

/** A setting that does nothing as long as another one is not set: somebody gave it, and believes that it works. */
interface IdleSetting {
  readonly name: string;
  /** The settings that are read to know. */
  readonly reads: readonly string[];
  /** What it would take. Completes "NAME: has no effect …". */
  readonly without: string;
  readonly isIdle: (config: Config) => boolean;
}

const hasOptionalFactor = ({ secondFactors, secondFactorPolicies }: Config) =>
  [secondFactors.policy, ...Object.values(secondFactorPolicies).map(({ policy }) => policy)].includes(
    'optional',
  );

const IDLE: readonly IdleSetting[] = [
  {
    name: 'SELF_REGISTRATION_DOMAINS',
    reads: ['SELF_REGISTRATION'],
    without: 'without SELF_REGISTRATION=true',
    isIdle: ({ registration }) => !registration.enabled,
  },
  {
    name: 'METRICS_HOST',
    reads: ['METRICS_PORT'],
    without: 'without METRICS_PORT',
    isIdle: ({ metrics }) => metrics.port === undefined,
  },
  {
    name: 'RATE_LIMIT_SIGN_IN_PER_OFFICE_ADDRESS',
    reads: ['RATE_LIMIT_OFFICE_NETWORKS'],
    without: 'without RATE_LIMIT_OFFICE_NETWORKS',
    isIdle: ({ rateLimits }) => rateLimits.officeNetworks.length === 0,
  },
  ...['SECOND_FACTOR_GRACE_UNTIL', 'SECOND_FACTOR_GRACE_SIGN_INS'].map((name) => ({
    name,
    reads: ['SECOND_FACTOR_POLICY', 'SECOND_FACTOR_POLICIES'],
    without: 'where no policy is "optional"',
    isIdle: (config: Config) => !hasOptionalFactor(config),
  })),
  {
    name: 'PASSWORD_EXPIRY_ROLES',
    reads: ['PASSWORD_EXPIRY_DAYS', 'PASSWORD_POLICY_PRESET'],
    without: 'where PASSWORD_EXPIRY_DAYS is 0',
    isIdle: ({ passwords }) => passwords.expiryDays === 0,
  },
];

/** A line for each setting that was given and does nothing. Judged only where what it reads is valid. */
export function idleSettings(
  config: Config,
  isGiven: (name: string) => boolean,
  isValid: (name: string) => boolean,
): string[] {
  return IDLE.filter(
    ({ name, reads, isIdle }) => isGiven(name) && [name, ...reads].every(isValid) && isIdle(config),
  ).map(({ name, without }) => `${name}: has no effect ${without}`);
}
