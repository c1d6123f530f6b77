/**
 * Second factors, all kinds together: who has to have one, who may put off having one, and for how long a device may
 * be trusted. This folder owns those decisions and how far each person has put it off (`store.ts`). The factors themselves
 * have folders of their own; asking for them is the sign-in's business.
 */

/** From the weakest to the strongest. */
export const DEMANDS = ['off', 'optional', 'required', 'phishing_resistant'] as const;
export type Demand = (typeof DEMANDS)[number];

export interface FactorSettings {
  readonly policy: Demand;
  /** The moment at which `optional` is no longer so. */
  readonly graceUntil?: Date;
  /** How many sign-ins may skip the set-up. */
  readonly graceSignIns?: number;
  readonly trustedDeviceDays: number;
  /** What holds otherwise for the people of a role. */
  readonly byRole: Readonly<
    Record<string, { readonly policy?: Demand; readonly trustedDeviceDays?: number }>
  >;
}

/** How far somebody has put off having a second factor. */
export interface EnrolmentState {
  readonly skipsUsed: number;
  /** An administrator has removed their factors: they set one up at the next sign-in, whatever the policy says. */
  readonly enrolmentDue: boolean;
  /** For which they show a temporary code that an administrator has given them. */
  readonly codeNeeded: boolean;
}

/** Nobody has put anything off yet. */
export const NOTHING_SKIPPED: EnrolmentState = { skipsUsed: 0, enrolmentDue: false, codeNeeded: false };

export interface Grace {
  /** Whether a sign-in of somebody without a factor offers to set one up. */
  readonly offered: boolean;
  /** Whether that may be skipped. What is not offered may. */
  readonly skippable: boolean;
  /** How many times more, this one included, where that is limited. */
  readonly skipsLeft?: number;
  readonly until?: Date;
}

/** One that a client's metadata holds (`second_factor`); anything else asks for nothing. */
export const isDemand = (value: unknown): value is Demand => DEMANDS.includes(value as Demand);

export const strongest = (demands: readonly Demand[]): Demand =>
  demands.reduce((most, demand) => (DEMANDS.indexOf(demand) > DEMANDS.indexOf(most) ? demand : most), 'off');

/** The settings of each role of a person; of somebody without roles, the general ones. */
function entriesOf(roles: readonly string[], { policy, trustedDeviceDays, byRole }: FactorSettings) {
  const general = { policy, trustedDeviceDays };
  if (roles.length === 0) return [general];
  return roles.map((role) => ({ ...general, ...(Object.hasOwn(byRole, role) ? byRole[role] : {}) }));
}

/**
 * What is demanded at a sign-in of somebody with these roles at a client: of all that applies, the strongest. A role
 * that has no entry has the general setting.
 */
export const demandFor = (
  roles: readonly string[],
  client: Demand | undefined,
  settings: FactorSettings,
): Demand =>
  strongest([...entriesOf(roles, settings).map(({ policy }) => policy), ...(client ? [client] : [])]);

/** Whether nobody with these roles gets in with a password alone, wherever they sign in; not on a trusted device either. */
export const alwaysDemanded = (roles: readonly string[], settings: FactorSettings): boolean => {
  const demand = demandFor(roles, undefined, settings);
  return demand === 'phishing_resistant' || (demand === 'required' && trustedDaysFor(roles, settings) === 0);
};

/** For how many days a device of somebody with these roles may be trusted: of all roles the fewest. `0` is never. */
export const trustedDaysFor = (roles: readonly string[], settings: FactorSettings): number =>
  Math.min(...entriesOf(roles, settings).map(({ trustedDeviceDays }) => trustedDeviceDays));

/**
 * Whether somebody who has no second factor is asked to set one up now, and may skip it. `required` lets nobody skip.
 * `optional` offers it where an administrator has limited the skipping, by a date or a number of sign-ins (whichever is
 * over first), and insists on it once that is over; without a limit it is left to the person, on their own pages.
 */
export function graceOf(
  demand: Demand,
  { graceUntil, graceSignIns }: Pick<FactorSettings, 'graceUntil' | 'graceSignIns'>,
  { skipsUsed, enrolmentDue }: Pick<EnrolmentState, 'skipsUsed' | 'enrolmentDue'>,
  now: Date,
): Grace {
  if (demand === 'off') return { offered: false, skippable: true };
  if (demand !== 'optional' || enrolmentDue) return { offered: true, skippable: false };
  if (graceUntil === undefined && graceSignIns === undefined) return { offered: false, skippable: true };
  const skipsLeft = graceSignIns === undefined ? undefined : Math.max(graceSignIns - skipsUsed, 0);
  const over = skipsLeft === 0 || (graceUntil !== undefined && now >= graceUntil);
  if (over) return { offered: true, skippable: false };
  return {
    offered: true,
    skippable: true,
    ...(skipsLeft === undefined ? {} : { skipsLeft }),
    ...(graceUntil === undefined ? {} : { until: graceUntil }),
  };
}
