import type { CharacterKind, PasswordPolicy } from './policy.ts';

/** The rules for everybody. */
export interface GeneralPolicy extends PasswordPolicy {
  /** The shortest length for people who always need a second factor. */
  readonly minLengthWithSecondFactor: number;
  /** The roles whose passwords expire; `*` is everybody. */
  readonly expiryRoles: readonly string[];
}

/** What a role's policy says otherwise. The longest length is the same for everybody: it is the hasher's. */
export type RolePolicy = Partial<
  Omit<PasswordPolicy, 'maxLength'> & Pick<GeneralPolicy, 'minLengthWithSecondFactor'>
>;

export interface Policies {
  readonly general: GeneralPolicy;
  readonly byRole: Readonly<Record<string, RolePolicy>>;
}

/**
 * The policy of a person with these roles. Each role has its own, made of the general one and what its entry says
 * otherwise; of several, each rule is the strictest. With a second factor always required, the shorter of the two
 * least lengths is enough (NIST SP 800-63B-4, section 3.1.1.2).
 */
export function policyOf(
  roles: readonly string[],
  { general, byRole }: Policies,
  secondFactorAlways = false,
): PasswordPolicy {
  const policyOfRole = (role: string | undefined): PasswordPolicy => {
    const entry: RolePolicy = role !== undefined && Object.hasOwn(byRole, role) ? (byRole[role] ?? {}) : {};
    const expires = general.expiryRoles.includes('*') || general.expiryRoles.includes(role ?? '*');
    const merged = { ...general, expiryDays: expires ? general.expiryDays : 0, ...entry };
    const { minLength, minLengthWithSecondFactor } = merged;
    return {
      minLength: secondFactorAlways ? Math.min(minLength, minLengthWithSecondFactor) : minLength,
      maxLength: general.maxLength,
      minScore: merged.minScore,
      history: merged.history,
      expiryDays: merged.expiryDays,
      minAgeHours: merged.minAgeHours,
      requiredCharacters: merged.requiredCharacters,
    };
  };
  return strictest(roles.length === 0 ? [policyOfRole(undefined)] : roles.map(policyOfRole));
}

/** The lifetimes that a password may have under these policies, in days. */
export function lifetimesOf({ general, byRole }: Policies): number[] {
  const days = [
    general.expiryRoles.length === 0 ? 0 : general.expiryDays,
    ...Object.values(byRole).map(({ expiryDays }) => expiryDays ?? 0),
  ];
  return [...new Set(days.filter((each) => each > 0))];
}

const ORDER: readonly CharacterKind[] = ['lower', 'upper', 'digit', 'symbol'];

/** Of each rule the strictest. Throws for none at all: there is no policy that asks for nothing. */
export function strictest(policies: readonly PasswordPolicy[]): PasswordPolicy {
  if (policies.length === 0) throw new Error('no password policy to choose from');
  const most = (rule: 'minLength' | 'minScore' | 'history' | 'minAgeHours') =>
    Math.max(...policies.map((policy) => policy[rule]));
  const lifetimes = policies.map(({ expiryDays }) => expiryDays).filter((days) => days > 0);
  const required = new Set(policies.flatMap(({ requiredCharacters }) => requiredCharacters));
  return {
    minLength: most('minLength'),
    maxLength: Math.min(...policies.map(({ maxLength }) => maxLength)),
    minScore: most('minScore'),
    history: most('history'),
    expiryDays: lifetimes.length === 0 ? 0 : Math.min(...lifetimes),
    minAgeHours: most('minAgeHours'),
    requiredCharacters: ORDER.filter((kind) => required.has(kind)),
  };
}
