import { ADMIN_SCOPES, type AdminScope, isAdminScope } from '../../domain/clients/admin-scopes.ts';
import { GatehouseError } from '../../kernel/errors.ts';
import type { Executor } from '../../storage/database.ts';
import type { Actor } from '../actor.ts';
import type { AdmissionDependencies } from '../admission.ts';
import { EVERYTHING } from './limit.ts';
import type { Rights } from './rights.ts';
import { ADMINISTRATOR } from './roles.ts';

/** The names of the acts that each scope opens to a program. */
export type ActsOfScopes = ReadonlyMap<AdminScope, readonly string[]>;

export const actsOfScopes = (
  acts: readonly { readonly name: string; readonly scope: AdminScope; readonly operatorOnly: boolean }[],
): ActsOfScopes =>
  new Map(
    ADMIN_SCOPES.map((each) => [
      each,
      acts.filter(({ scope, operatorOnly }) => scope === each && !operatorOnly).map(({ name }) => name),
    ]),
  );

/**
 * Of these scopes, those that somebody does not hold and so gives no client. A client that has a scope may by itself do every act
 * of it, to everybody: whoever holds it may do all that, without a limit. A scope without acts is the administrator's, who may do
 * what is to come. Pure.
 */
export function adminScopesNotHeld(
  { held, limitFor }: Pick<Rights, 'held' | 'limitFor'>,
  scopes: readonly AdminScope[],
  acts: ActsOfScopes,
): AdminScope[] {
  if (held.some(({ role, limit }) => role === ADMINISTRATOR && limit === EVERYTHING)) return [];
  return scopes.filter((scope) => {
    const names = acts.get(scope) ?? [];
    return names.length === 0 || !names.every((name) => limitFor(name) === EVERYTHING);
  });
}

export interface GivesAdminScopes {
  readonly rights: AdmissionDependencies['rights'];
  readonly actsOfScopes: ActsOfScopes;
}

const adminScopesIn = ({ admin_scopes: given }: Readonly<Record<string, unknown>>): AdminScope[] =>
  Array.isArray(given) ? given.map(String).filter(isAdminScope) : [];

/** Whether a client of these metadata has rights here: to give them is as dangerous as to give a role. */
export const givesAdminScopes = (metadata: Readonly<Record<string, unknown>>): boolean =>
  adminScopesIn(metadata).length > 0;

/**
 * Judges whoever gives a client these metadata, or a secret with which they can be it: each of its `admin_scopes` has to be theirs,
 * by their token and, of a person, by their roles at this moment. Throws `admin_scopes_not_held` (403).
 */
export async function assertMayGiveAdminScopes(
  { rights, actsOfScopes: acts }: GivesAdminScopes,
  actor: Actor,
  metadata: Readonly<Record<string, unknown>>,
  executor?: Executor,
): Promise<void> {
  if (actor.kind === 'command' || actor.kind === 'system') return;
  const scopes = adminScopesIn(metadata);
  if (scopes.length === 0) return;
  const beyond = new Set(scopes.filter((scope) => !actor.scopes.includes(scope)));
  if (actor.kind === 'person') {
    const own = await rights.of(actor.accountId, executor);
    for (const scope of adminScopesNotHeld(own, scopes, acts)) beyond.add(scope);
  }
  if (beyond.size === 0) return;
  throw new GatehouseError('admin_scopes_not_held', {
    status: 403,
    message:
      `admin_scopes: ${[...beyond].join(', ')} can be given only by somebody who may do all that it opens, for everybody, ` +
      'and by a token that has it.',
  });
}
