import { privilegesAdded } from '../../domain/clients/privileges.ts';
import type { ClientMetadata } from '../../domain/clients/store.ts';
import { GatehouseError } from '../../kernel/errors.ts';
import type { About } from '../about.ts';
import { notPermittedHere } from '../admission.ts';
import { EVERYTHING, type Limit } from '../rights/limit.ts';

/** What somebody may do whose right over clients is limited to those that they own. */

/** Whose a new client will be: theirs, where the right is limited. */
export interface ClientPlace {
  readonly owner: string | undefined;
}

/** An act that makes a client. Throws `not_permitted` (403) where the right reaches no client. */
export const newClient: About<object, ClientPlace, unknown> = {
  subject: 'newClient',
  find: async (_deps, _input, limit) => ({ owner: ownerWithin(limit) }),
  async hold(_deps, _tx, _input, _target, limit) {
    ownerWithin(limit);
  },
};

/**
 * Whose clients and registration tokens a limited right is about: the account's own. Undefined without a limit. Throws
 * `not_permitted` (403) where it reaches no client.
 */
export function ownerWithin(limit: Limit): string | undefined {
  if (limit === EVERYTHING) return undefined;
  if (limit.ownedBy !== undefined) return limit.ownedBy;
  throw notPermittedHere();
}

/**
 * An owner gives a client nothing that takes a right without a limit; what somebody else has given it stays. Throws
 * `client_privileges_refused` (403).
 */
export function assertNoPrivileges(
  limit: Limit,
  before: ClientMetadata | undefined,
  after: ClientMetadata,
): void {
  if (limit === EVERYTHING) return;
  const members = privilegesAdded(before, after);
  if (members.length === 0) return;
  throw new GatehouseError('client_privileges_refused', {
    status: 403,
    message:
      `Your right is limited to the clients that you own, and does not reach so far: ${members.join(', ')}. ` +
      'Somebody whose right over clients has no limit can give it.',
  });
}
