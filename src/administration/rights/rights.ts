import { type Limit, reachesAll, union } from './limit.ts';
import { ADMINISTRATOR, type AdministrativeRoles } from './roles.ts';

/** A role that somebody has at this moment, and how far it reaches. */
export interface HeldRole {
  readonly role: string;
  readonly limit: Limit;
  /** When they have it no more; undefined for one without an end. */
  readonly until?: Date | undefined;
}

/** What somebody may do here. Decided anew for each act: nobody carries it with them. */
export interface Rights {
  /** How far they may do it; undefined where they may not at all. */
  limitFor(act: string): Limit | undefined;
  /**
   * Whether they may give somebody within `to` this role, which would reach as far as `limit`: an administrative one no longer
   * than they have what it allows themselves.
   */
  mayGive(role: string, limit: Limit, to: Limit, until?: Date): boolean;
  /** Whether they may take it from somebody. */
  mayTake(role: string, limit: Limit, to: Limit): boolean;
  /** Whether they may do everything that the other may, as far as they may. */
  covers(other: Rights): boolean;
  /** Whether any of their roles is an administrative one. */
  readonly isAdministrative: boolean;
  readonly held: readonly HeldRole[];
  /** Whether it is a break-glass account: it waits for nobody, and signs for nobody. */
  readonly isBreakGlass: boolean;
}

/** What people sign for with who they are; a break-glass account is nobody. */
const SIGNED: ReadonlySet<string> = new Set(['approvals.approve', 'break_glass.review']);

/** The rights that roles give together. */
export function rightsOf(
  held: readonly HeldRole[],
  roles: AdministrativeRoles,
  isBreakGlass = false,
): Rights {
  const administrative = held.filter(({ role }) => roles.has(role));
  const limitFor = (act: string) =>
    union(administrative.filter(({ role }) => roles.get(role)?.acts.has(act)).map(({ limit }) => limit));
  const coversRole = (role: string, limit: Limit): boolean => {
    const { acts, grants } = roles.get(role) ?? { acts: new Set(), grants: [] };
    // A role that is to come later, with a later version of an act, is the administrator's alone.
    if (role === ADMINISTRATOR)
      return administrative.some((own) => own.role === ADMINISTRATOR && reachesAll(own.limit, limit));
    return (
      [...acts].every((act) => reachesAll(limitFor(act), limit)) &&
      grants.every((granted) => reachesAll(grantLimit(granted), limit))
    );
  };
  const grantLimit = (granted: string) =>
    union(
      administrative
        .filter(({ role }) => {
          const grants = roles.get(role)?.grants ?? [];
          return grants.includes('*') || grants.includes(granted);
        })
        .map(({ limit }) => limit),
    );
  const mayTake = (role: string, limit: Limit, to: Limit) =>
    roles.has(role) ? coversRole(role, limit) : reachesAll(grantLimit(role), to);
  const outlasts = ({ until: end }: HeldRole, until: Date | undefined) =>
    end === undefined || (until !== undefined && until <= end);
  return {
    held,
    isBreakGlass,
    isAdministrative: administrative.length > 0,
    limitFor: (act) => (isBreakGlass && SIGNED.has(act) ? undefined : limitFor(act)),
    covers: (other) =>
      other.held.filter(({ role }) => roles.has(role)).every(({ role, limit }) => coversRole(role, limit)),
    mayGive(role, limit, to, until) {
      const lasting = administrative.filter((own) => outlasts(own, until));
      if (!roles.has(role) || lasting.length === administrative.length) return mayTake(role, limit, to);
      return rightsOf(lasting, roles).mayGive(role, limit, to, until);
    },
    mayTake,
  };
}

/** Of somebody who may do nothing. */
export const NO_RIGHTS: Rights = {
  held: [],
  isBreakGlass: false,
  isAdministrative: false,
  limitFor: () => undefined,
  covers: (other) => !other.isAdministrative,
  mayGive: () => false,
  mayTake: () => false,
};
