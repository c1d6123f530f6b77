import { z } from 'zod';
import type { Client, ClientStore } from '../../domain/clients/store.ts';
import { GatehouseError } from '../../kernel/errors.ts';
import type { Access } from '../../oidc/access.ts';
import { defineAct } from '../act.ts';
import { clientUnknown, oneClient } from '../one-client.ts';
import { EVERYTHING, type Limit } from '../rights/limit.ts';

/** Whether a client may be used at all. Its registration, its secrets and what people have allowed it stay. */

interface ChangesStatus {
  readonly clients: Pick<ClientStore, 'hold' | 'setDisabled'>;
  readonly access: Pick<Access, 'endAllOfClient'>;
}

const result = z.object({
  id: z.string(),
  status: z.enum(['active', 'disabled']),
  /** False where it was like that already. */
  changed: z.boolean(),
});

/**
 * Has a client be refused wherever it comes, on every node, until it is enabled; everything that it holds for people ends at once, and
 * its own tokens are no longer active. Disabled by a right without a limit, it is enabled by such a right alone, also where one that is
 * limited to its owner has disabled it before. Throws `client_unknown` (404).
 */
export const disable = defineAct({
  name: 'clients.disable',
  scope: 'clients:write',
  summary: 'Has a client be refused wherever it comes, until it is enabled.',
  http: { method: 'POST', path: '/clients/{client}/disable' },
  about: oneClient,
  irreversible: 'asks',
  input: z.strictObject({ client: z.string() }),
  result,
  async run({ clients, access }: ChangesStatus, { tx, input: { client: id }, limit, record }) {
    const known = await clients.hold(tx, id);
    if (known === undefined) throw clientUnknown(id);
    const ownersMayEnable = limit !== EVERYTHING;
    if (known.disabledAt !== undefined && (ownersMayEnable || known.ownersMayEnable !== true))
      return { id, status: 'disabled' as const, changed: false };
    await clients.setDisabled(tx, id, true, ownersMayEnable);
    await access.endAllOfClient(tx, id);
    const after = { status: 'disabled', ownersMayEnable } as const;
    await record({ type: 'client.disabled', client: id, details: { before: statusOf(known), after } });
    return { id, status: 'disabled' as const, changed: true };
  },
});

const statusOf = ({ disabledAt, ownersMayEnable = false }: Client) =>
  disabledAt === undefined
    ? ({ status: 'active' } as const)
    : ({ status: 'disabled', ownersMayEnable } as const);

/** Of a disabled client. Throws `disabled_by_wider_right` (403) where a limited right would lift what one without a limit has set. */
export function assertMayEnable(limit: Limit, { ownersMayEnable }: Pick<Client, 'ownersMayEnable'>): void {
  if (limit === EVERYTHING || ownersMayEnable === true) return;
  throw new GatehouseError('disabled_by_wider_right', {
    status: 403,
    message: 'Somebody whose right is not limited has disabled this client. They have to enable it.',
  });
}

/**
 * Has a client be let in again. What it held before stays ended, and what was stored for it at the moment at which it was disabled ends
 * now: people sign in to it anew. Throws `client_unknown` (404), and `disabled_by_wider_right` (403) where a right that is limited to its
 * owner would lift what a right without a limit has set.
 */
export const enable = defineAct({
  name: 'clients.enable',
  scope: 'clients:write',
  summary: 'Lets a disabled client in again.',
  http: { method: 'POST', path: '/clients/{client}/enable' },
  about: oneClient,
  irreversible: false,
  input: z.strictObject({ client: z.string() }),
  result,
  async run({ clients, access }: ChangesStatus, { tx, input: { client: id }, limit, record }) {
    const known = await clients.hold(tx, id);
    if (known === undefined) throw clientUnknown(id);
    if (known.disabledAt === undefined) return { id, status: 'active' as const, changed: false };
    assertMayEnable(limit, known);
    await clients.setDisabled(tx, id, false);
    await access.endAllOfClient(tx, id);
    const after = { status: 'active' } as const;
    await record({ type: 'client.enabled', client: id, details: { before: statusOf(known), after } });
    return { id, status: 'active' as const, changed: true };
  },
});
