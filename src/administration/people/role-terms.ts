import { z } from 'zod';
import { limitsAnything, type RoleTerms } from '../../domain/accounts/role-terms.ts';
import type { UnitStore } from '../../domain/units/store.ts';
import type { RolesChange } from '../../lifecycle/role-setting.ts';
import { unitUnknown } from '../../lifecycle/unit-setting.ts';
import type { Executor } from '../../storage/database.ts';
import type { Actor } from '../actor.ts';
import { InvalidInput } from '../admission.ts';
import { assertMayChangeRoles, type RoleChange, type RoleReach } from '../rights/granting.ts';
import { EVERYTHING, type Limit } from '../rights/limit.ts';
import type { RightsReader } from '../rights/rights-store.ts';
import { isWithin } from '../units/unit.ts';

/** The terms of roles, as acts take and tell them. */

/** By role. */
export const termsField = z.record(
  z.string(),
  z.strictObject({
    /** Only for the people of this unit, by its id, and of those below it. */
    unit: z.string().optional(),
    /** Only for the clients that they own. */
    owned: z.boolean().default(false),
    /** When it ends by itself. */
    until: z.iso.datetime({ offset: true }).optional(),
  }),
);

export const termsSchema = z.object({
  role: z.string(),
  unit: z.string().nullable(),
  owned: z.boolean(),
  until: z.date().nullable(),
});

export const toldTerms = (terms: readonly RoleTerms[]): z.input<typeof termsSchema>[] =>
  terms
    .filter(limitsAnything)
    .map(({ role, unit = null, owned, until = null }) => ({ role, unit, owned, until }));

/**
 * The terms that are asked for. Throws {@link InvalidInput} (400) for those of a role that is not given, for an end that has passed,
 * and for a limit of a role that allows nothing here: what applications make of it, they decide, and they learn of no limit.
 */
export function termsAsked(
  given: z.output<typeof termsField>,
  roles: readonly string[],
  { isAdministrative, now }: { readonly isAdministrative: (role: string) => boolean; readonly now: Date },
): RoleTerms[] {
  const terms = Object.entries(given).map(
    ([role, { until, ...limit }]): RoleTerms => ({
      role,
      ...limit,
      ...(until === undefined ? {} : { until: new Date(until) }),
    }),
  );
  const findings = terms.flatMap(({ role, unit, owned, until }) => {
    const at = (member: readonly string[], words: string) => ({ path: ['terms', role, ...member], words });
    if (!roles.includes(role)) return [at([], 'is not one of the roles')];
    const limited = [...(unit === undefined ? [] : ['unit']), ...(owned ? ['owned'] : [])];
    return [
      ...(until !== undefined && until <= now ? [at(['until'], 'has passed')] : []),
      ...(isAdministrative(role)
        ? []
        : limited.map((member) => at([member], 'limits only roles of administration'))),
    ];
  });
  if (findings.length === 0) return terms;
  throw new InvalidInput(
    findings.map(({ path, words }) => `${path.join('.')}: ${words}`),
    findings,
  );
}

interface JudgesRoles {
  readonly rights: Pick<RightsReader, 'of' | 'isAdministrative'>;
  readonly units: Pick<UnitStore, 'below'>;
}

/**
 * Whether the actor may change somebody's roles like this. Throws `own_rights` and `grant_refused` (403), and `unit_unknown` (404)
 * for a limit to a unit that is beyond their own.
 */
export async function assertMayChange(
  deps: JudgesRoles,
  { tx, actor, limit }: { readonly tx: Executor; readonly actor: Actor; readonly limit: Limit },
  account: string,
  { unit, before, after }: RolesChange,
): Promise<void> {
  if (actor.kind === 'command' || actor.kind === 'system') return;
  const reach = async (terms: RoleTerms | undefined): Promise<RoleReach | undefined> =>
    terms && { limit: await limitOf(deps.units, tx, terms, account), until: terms.until };
  const changes: RoleChange[] = [];
  for (const role of new Set([...before, ...after].map((terms) => terms.role))) {
    const [had, has] = [before, after].map((all) => all.find((terms) => terms.role === role));
    if (had && has && isSame(had, has)) continue;
    if (has?.unit !== undefined && has.unit !== had?.unit && !isWithin(limit, has.unit))
      throw unitUnknown(has.unit);
    changes.push({ role, before: await reach(had), after: await reach(has) });
  }
  await assertMayChangeRoles(deps, tx, actor, { account, unit }, changes);
}

const isSame = (had: RoleTerms, has: RoleTerms) =>
  had.unit === has.unit && had.owned === has.owned && had.until?.getTime() === has.until?.getTime();

async function limitOf(
  units: Pick<UnitStore, 'below'>,
  tx: Executor,
  { unit, owned }: RoleTerms,
  account: string,
): Promise<Limit> {
  if (unit === undefined && !owned) return EVERYTHING;
  return {
    units: unit === undefined ? [] : await units.below(tx, [unit]),
    ...(owned ? { ownedBy: account } : {}),
  };
}
