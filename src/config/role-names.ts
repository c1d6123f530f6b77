import { editDistance } from '../kernel/nearest.ts';
import type { Config } from './schema.ts';

/** Roles that settings name. A role with a typing error in it is a policy for nobody, and nothing else would say so. */

/** The roles of administration that every installation has. The first is that of the person who set Gatehouse up. */
export const BUILT_IN_ROLES = ['administrator', 'helpdesk', 'application-manager', 'auditor'] as const;

/** The roles of administration: those that are built in, and those that are configured. */
export const administrativeRoleNames = ({ administration }: Pick<Config, 'administration'>): string[] => [
  ...new Set([...BUILT_IN_ROLES, ...Object.keys(administration.roles)]),
];

/**
 * What is asked of roles instead of what is asked of everybody. Whoever may do anything to others needs a second factor, also where
 * nothing is said of their role.
 */
export function factorPolicies(
  config: Pick<Config, 'administration' | 'secondFactors' | 'secondFactorPolicies'>,
): Config['secondFactorPolicies'] {
  const { policy } = config.secondFactors;
  if (policy === 'required' || policy === 'phishing_resistant') return config.secondFactorPolicies;
  return {
    ...config.secondFactorPolicies,
    ...Object.fromEntries(
      administrativeRoleNames(config).map((role) => [
        role,
        { policy: 'required' as const, ...config.secondFactorPolicies[role] },
      ]),
    ),
  };
}

export interface NamedRole {
  readonly role: string;
  /** The setting that names it. */
  readonly setting: string;
}

/** The settings that name roles; absent where they are not valid, or not known to the caller. */
export type RolePolicies = {
  readonly [Name in 'passwordPolicies' | 'secondFactorPolicies' | 'sessionPolicies']?:
    | Config[Name]
    | undefined;
} & {
  readonly passwords?: Pick<Config['passwords'], 'expiryRoles'> | undefined;
  readonly administration?: Config['administration'] | undefined;
  readonly dormancy?: Pick<Config['dormancy'], 'daysByRole'> | undefined;
};

/** Every role that a setting names, each with the setting. */
export function rolesNamedBy(policies: RolePolicies): NamedRole[] {
  const maps = [
    ['PASSWORD_POLICIES', policies.passwordPolicies],
    ['SECOND_FACTOR_POLICIES', policies.secondFactorPolicies],
    ['SESSION_POLICIES', policies.sessionPolicies],
    ['DORMANCY_DAYS_BY_ROLE', policies.dormancy?.daysByRole],
  ] as const;
  return [
    ...maps.flatMap(([setting, byRole]) => Object.keys(byRole ?? {}).map((role) => ({ role, setting }))),
    ...Object.keys(policies.administration?.roles ?? {}).map((role) => ({
      role,
      setting: 'ADMINISTRATION_ROLES',
    })),
    ...(policies.passwords?.expiryRoles ?? [])
      .filter((role) => role !== '*')
      .map((role) => ({ role, setting: 'PASSWORD_EXPIRY_ROLES' })),
  ];
}

/** `ward-1` and `ward-2` are two roles, not one and a typing error. */
const withoutDigits = (role: string) => role.replaceAll(/\d+/g, '0');

/**
 * Organisations have roles that resemble each other (`nurse`, `nurse-manager`): only what differs in a letter or two is one
 * meant.
 */
const isMisspelling = (role: string, other: string) =>
  withoutDigits(role) !== withoutDigits(other) &&
  editDistance(role, other) <= (Math.max(role.length, other.length) < 8 ? 1 : 2);

/** `admin` for `administrator`. */
const isShort = (role: string, builtIn: string) => role.length >= 3 && builtIn.startsWith(role);

/**
 * Roles of settings that look like another one's misspelling: like a built-in role, or like one that another setting names. Whether
 * anybody has a role is known only where there is a database (`unknownRoles`).
 */
export function roleWarnings(policies: RolePolicies): string[] {
  const named = rolesNamedBy(policies);
  const seen: string[] = [...BUILT_IN_ROLES];
  const warnings: string[] = [];
  for (const { role, setting } of named) {
    if (seen.includes(role)) continue;
    const nearest =
      seen.find((other) => isMisspelling(role, other)) ??
      BUILT_IN_ROLES.find((builtIn) => isShort(role, builtIn));
    if (nearest !== undefined)
      warnings.push(`${setting}: names the role "${role}"; did you mean ${nearest}?`);
    seen.push(role);
  }
  return warnings;
}
