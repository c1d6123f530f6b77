import { GatehouseError } from '../../kernel/errors.ts';
import type { Executor } from '../../storage/database.ts';
import type { Actor } from '../actor.ts';
import { EVERYTHING, type Limit } from './limit.ts';
import type { Rights } from './rights.ts';
import type { RightsReader } from './rights-store.ts';

/** Who may give and take which role: nobody gives what they do not have, and nobody changes their own rights. */

/** How somebody has a role: how far it reaches, and until when. */
export interface RoleReach {
  readonly limit: Limit;
  readonly until?: Date | undefined;
}

/** A role that somebody is given or loses, or has on other terms than before. */
export interface RoleChange {
  readonly role: string;
  /** Undefined where they did not have it. */
  readonly before?: RoleReach | undefined;
  /** Undefined where they have it no more. */
  readonly after?: RoleReach | undefined;
}

/**
 * The roles that the asker may not change for somebody within `to`, each for want of what it allows: it is theirs to take what they
 * may give, and to give an administrative role no longer than they have it themselves. Pure.
 */
export const notTheirs = (
  rights: Pick<Rights, 'mayGive' | 'mayTake'>,
  changes: readonly RoleChange[],
  to: Limit,
): string[] =>
  changes
    .filter(
      ({ role, before, after }) =>
        (before !== undefined && !rights.mayTake(role, before.limit, to)) ||
        (after !== undefined && !rights.mayGive(role, after.limit, to, after.until)),
    )
    .map(({ role }) => role);

/** Whose roles change. */
export interface Recipient {
  /** Undefined for somebody who has no account yet. */
  readonly account?: string | undefined;
  /** The unit that they belong to. */
  readonly unit?: string | undefined;
}

/**
 * Whether the actor may change these roles, as it is in the transaction of the act. The operator of the machine may. A program
 * gives and takes no administrative role. Throws `own_rights` and `grant_refused` (403).
 */
export async function assertMayChangeRoles(
  { rights }: { readonly rights: Pick<RightsReader, 'of' | 'isAdministrative'> },
  executor: Executor,
  actor: Actor,
  { account, unit }: Recipient,
  changes: readonly RoleChange[],
): Promise<void> {
  if (actor.kind === 'command' || actor.kind === 'system' || changes.length === 0) return;
  if (actor.kind === 'person' && actor.accountId === account) throw ownRights();
  const to: Limit = unit === undefined ? EVERYTHING : { units: [unit] };
  const refused =
    actor.kind === 'client'
      ? changes.map(({ role }) => role).filter((role) => rights.isAdministrative(role))
      : notTheirs(await rights.of(actor.accountId, executor), changes, to);
  if (refused.length > 0) throw grantRefused(refused);
}

/** The same for roles of somebody new, without a limit and an end. */
export const assertMayGiveRoles = (
  deps: { readonly rights: Pick<RightsReader, 'of' | 'isAdministrative'> },
  executor: Executor,
  actor: Actor,
  recipient: Recipient,
  roles: Iterable<string>,
): Promise<void> =>
  assertMayChangeRoles(
    deps,
    executor,
    actor,
    recipient,
    [...new Set(roles)].map((role) => ({ role, after: { limit: EVERYTHING } })),
  );

/** Nobody changes what they may do themselves, nor who may administer them. */
export const ownRights = (): GatehouseError =>
  new GatehouseError('own_rights', {
    status: 403,
    message: 'Nobody changes their own rights. Somebody else has to do this.',
  });

const grantRefused = (roles: readonly string[]) =>
  new GatehouseError('grant_refused', {
    status: 403,
    message: `You may not give or take: ${roles.join(', ')}. Nobody gives what they do not have.`,
  });
