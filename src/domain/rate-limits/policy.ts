/** A budget: so many points in so many seconds, counted from the first point taken. */
export interface Limit {
  /** Names the limit to programs, in the header fields and in the audit trail. */
  readonly name: string;
  /** 0 switches the limit off. */
  readonly points: number;
  readonly seconds: number;
}

/** One point asked of one budget: `key` is what it belongs to (an address, an identifier, a client). */
export interface Claim {
  readonly limit: Limit;
  readonly key: string;
}

/** How a budget stands after a point was asked of it. */
export interface Standing {
  readonly limit: Limit;
  readonly remaining: number;
  /** Until the budget is whole again. */
  readonly resetSeconds: number;
}

export interface Decision {
  readonly allowed: boolean;
  /** How every budget stands that was asked, in order; the last one is the one that refused, if any did. */
  readonly standings: readonly Standing[];
  /** The budget that ran out. */
  readonly refusedBy: Standing | undefined;
  /** True for the one request, on all nodes together, with which the budget ran out. */
  readonly first: boolean;
}

export const UNLIMITED: Decision = { allowed: true, standings: [], refusedBy: undefined, first: false };

/** What a counter says after a point was taken. */
export interface Count {
  readonly points: number;
  readonly resetSeconds: number;
}

/** The decision that the counts of some claims, in their order, amount to. Counting stops at the first that refuses. */
export function decide(claims: readonly Claim[], counts: readonly Count[]): Decision {
  const standings = counts.map((count, index) => standingOf((claims[index] as Claim).limit, count));
  const refusing = counts.findIndex(({ points }, index) => points > (claims[index] as Claim).limit.points);
  if (refusing < 0) return { allowed: true, standings, refusedBy: undefined, first: false };
  const { limit } = claims[refusing] as Claim;
  return {
    allowed: false,
    standings: standings.slice(0, refusing + 1),
    refusedBy: standings[refusing],
    first: counts[refusing]?.points === limit.points + 1,
  };
}

const standingOf = (limit: Limit, { points, resetSeconds }: Count): Standing => ({
  limit,
  remaining: Math.max(limit.points - points, 0),
  resetSeconds: Math.max(1, Math.ceil(resetSeconds)),
});

/**
 * The budget that an address takes from. One customer of a network provider has a /64 of IPv6 at least (RFC 6177), so that
 * counts as one.
 */
export function networkOf(address: string): string {
  if (!address.includes(':')) return address;
  const [before = '', after] = address.toLowerCase().split('::');
  const head = before.split(':').filter((group) => group !== '');
  const tail = (after ?? '').split(':').filter((group) => group !== '');
  const zeros = after === undefined ? 0 : Math.max(0, 8 - head.length - tail.length);
  const groups = [...head, ...Array<string>(zeros).fill('0'), ...tail].slice(0, 4);
  return `${groups.map((group) => group.replace(/^0+(?=.)/, '')).join(':')}::/64`;
}

/**
 * How long a device waits between two requests for its tokens, in seconds (RFC 8628, section 3.2). One that comes a second early is
 * forgiven: it may have met a slower network the time before.
 */
export const DEVICE_POLL_SECONDS = 5;

/** Settings of the limits, as an operator knows them. */
export interface LimitSettings {
  readonly signInPerAddress: number;
  readonly signInPerOfficeAddress: number;
  readonly signInPerIdentifier: number;
  readonly signInPerKnownDevice: number;
  readonly passwordResetPerAddress: number;
  readonly passwordResetPerAccount: number;
  readonly accountCreationPerAddress: number;
  readonly registrationPerIdentifier: number;
  readonly passwordChangePerPerson: number;
  readonly demandedPasswordPerPerson: number;
  readonly addressChangePerPerson: number;
  readonly secondFactorPerPerson: number;
  readonly factorSetupPerPerson: number;
  readonly clientRegistrationPerAddress: number;
  readonly deviceCodesPerAddress: number;
  readonly deviceGuessesPerAddress: number;
  readonly deviceGuessesPerBrowser: number;
  readonly tokenPerClient: number;
  readonly adminPerCaller: number;
  readonly adminFailuresPerAddress: number;
}

export type Limits = { readonly [Name in keyof LimitSettings]: Limit } & { readonly devicePolls: Limit };

const MINUTE = 60;
const TEN_MINUTES = 600;
const HOUR = 3_600;
const DAY = 86_400;

export function createLimits(settings: LimitSettings): Limits {
  const limit = (name: string, points: number, seconds: number): Limit => ({ name, points, seconds });
  return {
    signInPerAddress: limit('sign-in-address', settings.signInPerAddress, MINUTE),
    signInPerOfficeAddress: limit('sign-in-office', settings.signInPerOfficeAddress, MINUTE),
    signInPerIdentifier: limit('sign-in-identifier', settings.signInPerIdentifier, MINUTE),
    signInPerKnownDevice: limit('sign-in-device', settings.signInPerKnownDevice, MINUTE),
    passwordResetPerAddress: limit('password-reset-address', settings.passwordResetPerAddress, HOUR),
    passwordResetPerAccount: limit('password-reset-account', settings.passwordResetPerAccount, HOUR),
    accountCreationPerAddress: limit('account-creation', settings.accountCreationPerAddress, HOUR),
    registrationPerIdentifier: limit('registration-identifier', settings.registrationPerIdentifier, DAY),
    passwordChangePerPerson: limit('password-change', settings.passwordChangePerPerson, HOUR),
    demandedPasswordPerPerson: limit('demanded-password', settings.demandedPasswordPerPerson, HOUR),
    addressChangePerPerson: limit('address-change', settings.addressChangePerPerson, HOUR),
    secondFactorPerPerson: limit('second-factor', settings.secondFactorPerPerson, MINUTE),
    factorSetupPerPerson: limit('factor-setup', settings.factorSetupPerPerson, HOUR),
    clientRegistrationPerAddress: limit('client-registration', settings.clientRegistrationPerAddress, HOUR),
    deviceCodesPerAddress: limit('device-codes', settings.deviceCodesPerAddress, HOUR),
    deviceGuessesPerAddress: limit('device-guesses-address', settings.deviceGuessesPerAddress, TEN_MINUTES),
    deviceGuessesPerBrowser: limit('device-guesses-browser', settings.deviceGuessesPerBrowser, TEN_MINUTES),
    devicePolls: limit('device-polls', 1, DEVICE_POLL_SECONDS - 1),
    tokenPerClient: limit('token', settings.tokenPerClient, MINUTE),
    adminPerCaller: limit('administration', settings.adminPerCaller, MINUTE),
    adminFailuresPerAddress: limit('administration-failures', settings.adminFailuresPerAddress, MINUTE),
  };
}

/** Who asks to sign in, and from where. */
export interface SignInOrigin {
  readonly address: string;
  /** The address is in a network that the operator vouches for. */
  readonly office: boolean;
  /** What was typed, normalised. */
  readonly identifier: string;
  /** The device, when it has signed in the account of the identifier before. */
  readonly knownDevice: string | undefined;
}

/**
 * The budgets that a sign-in takes from. The address comes first: a request that is refused there takes nothing from the budget
 * of the identifier that was typed. A known device has a budget of its own, out of reach of everybody else's tries.
 */
export function signInClaims(limits: Limits, origin: SignInOrigin): Claim[] {
  const { address, office, identifier, knownDevice } = origin;
  if (knownDevice !== undefined) return [{ limit: limits.signInPerKnownDevice, key: knownDevice }];
  const network = {
    limit: office ? limits.signInPerOfficeAddress : limits.signInPerAddress,
    key: networkOf(address),
  };
  return [network, { limit: limits.signInPerIdentifier, key: identifier }];
}

/** The budgets that a second factor takes from, after a right password. */
export const secondFactorClaims = (
  { secondFactorPerPerson: limit }: Limits,
  { accountId, knownDevice }: { readonly accountId: string; readonly knownDevice: string | undefined },
): Claim[] => [{ limit, key: knownDevice ?? accountId }];

/**
 * The budgets that a passkey takes from, shown instead of name and password: whose it is, is not known before it is
 * verified. A browser that holds the mark of a device has signed somebody in before.
 */
export function passkeyClaims(
  limits: Limits,
  { address, office, device }: { address: string; office: boolean; device: string | undefined },
): Claim[] {
  if (device !== undefined) return [{ limit: limits.signInPerKnownDevice, key: device }];
  const limit = office ? limits.signInPerOfficeAddress : limits.signInPerAddress;
  return [{ limit, key: networkOf(address) }];
}

/** The budgets that a code takes from which somebody types to sign a device in, until it has proved to be right. */
export const deviceGuessClaims = (
  limits: Limits,
  { address, browser }: { readonly address: string; readonly browser: string },
): Claim[] => [
  { limit: limits.deviceGuessesPerAddress, key: networkOf(address) },
  { limit: limits.deviceGuessesPerBrowser, key: browser },
];

/**
 * The values of `RateLimit-Policy` and `RateLimit`: lists of Structured Fields (draft-ietf-httpapi-ratelimit-headers-10,
 * sections 3 and 4). Undefined where nothing was counted.
 */
export function headerFields(standings: readonly Standing[]): { policy: string; limit: string } | undefined {
  if (standings.length === 0) return undefined;
  return {
    policy: standings
      .map(({ limit: { name, points, seconds } }) => `"${name}";q=${points};w=${seconds}`)
      .join(', '),
    limit: standings
      .map(({ limit, remaining, resetSeconds }) => `"${limit.name}";r=${remaining};t=${resetSeconds}`)
      .join(', '),
  };
}
