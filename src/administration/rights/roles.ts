import { didYouMean } from '../../kernel/nearest.ts';

/** The roles of administration: which acts each allows, and which roles of applications its people may give. */

/** As it is configured (`ADMINISTRATION_ROLES`). */
export interface ConfiguredRole {
  /** `people.disable`, `people.*`, `*.list`, `*`; with `!` before it, none of these. The last one that fits decides. */
  readonly acts?: readonly string[];
  /** Roles of applications, by name; `*` is each of them. Administrative roles are given by who has all that they allow. */
  readonly grants?: readonly string[];
}

export interface AdministrativeRole {
  readonly acts: ReadonlySet<string>;
  readonly grants: readonly string[];
}

/** By name. Every other role is one of applications, and allows nothing here. */
export type AdministrativeRoles = ReadonlyMap<string, AdministrativeRole>;

/** May do everything, and cannot be configured otherwise: somebody has to. */
export const ADMINISTRATOR = 'administrator';

/** The roles that every installation has. Each but the administrator's can be configured otherwise. */
export const SHIPPED_ROLES: Readonly<Record<string, ConfiguredRole>> = {
  [ADMINISTRATOR]: { acts: ['*'], grants: ['*'] },
  helpdesk: {
    acts: [
      'people.list',
      'people.show',
      'people.diagnose',
      'people.unlock',
      'people.disable',
      'people.enable',
      'invitations.*',
      'passwords.require_change',
      'passwords.send_reset_link',
      'factors.*',
      'devices.*',
      'sessions.*',
      'consents.*',
      'approvals.*',
      'mail.report_bounce',
      'units.list',
      'units.show',
      'groups.list',
      'groups.show',
      'groups.list_members',
    ],
    grants: [],
  },
  'application-manager': {
    acts: ['clients.*', 'approvals.*', 'resources.list', 'resources.show', 'units.list', 'units.show'],
    grants: [],
  },
  auditor: {
    acts: [
      '*.list',
      '*.show',
      '*.list_*',
      '*.problems',
      'audit.follow',
      'audit.export',
      'audit.prove',
      'audit.prove_consistency',
      'audit.check',
      'config.show_drift',
      'system.settings',
      'system.status',
    ],
    grants: [],
  },
};

/** The roles of an installation: those that are shipped, with those that are configured in their place and beside them. */
export function administrativeRoles(
  configured: Readonly<Record<string, ConfiguredRole>>,
  actNames: readonly string[],
): AdministrativeRoles {
  const roles = { ...SHIPPED_ROLES, ...configured, [ADMINISTRATOR]: SHIPPED_ROLES[ADMINISTRATOR] };
  return new Map(
    Object.entries(roles).map(([role, given]) => {
      const { acts = [], grants = [] } = given as ConfiguredRole;
      return [role, { acts: new Set(actNames.filter((name) => patternAllows(acts, name))), grants }];
    }),
  );
}

/** Configured acts that fit no act there is, a line each. */
export const problemsOfRoles = (
  configured: Readonly<Record<string, ConfiguredRole>>,
  actNames: readonly string[],
): string[] =>
  Object.entries(configured).flatMap(([role, { acts = [] }]) =>
    problemsOfPatterns(acts, actNames).map((problem) => `${role}.acts: ${problem}`),
  );

/** Patterns that fit no act there is, a line each. */
export const problemsOfPatterns = (patterns: readonly string[], actNames: readonly string[]): string[] =>
  patterns
    .map((pattern) => pattern.replace(/^!/, ''))
    .filter((pattern) => !actNames.some((name) => matches(pattern, name)))
    .map((pattern) => `there is no act "${pattern}"${didYouMean(pattern, actNames)}`);

/** Whether patterns such as `people.*` allow an act: the last one that fits decides. */
export function patternAllows(patterns: readonly string[], name: string): boolean {
  const last = patterns.findLast((pattern) => matches(pattern.replace(/^!/, ''), name));
  return last !== undefined && !last.startsWith('!');
}

function matches(pattern: string, name: string): boolean {
  const parts = pattern.split('*').map((part) => part.replaceAll('.', '\\.'));
  return new RegExp(`^${parts.join('.*')}$`, 'u').test(name);
}
