import { z } from 'zod';
import type { ClientStore } from '../../domain/clients/store.ts';
import type { Access } from '../../oidc/access.ts';
import { defineAct } from '../act.ts';
import { clientUnknown, oneClient } from '../one-client.ts';

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
 * its own tokens are no longer active. Throws `client_unknown` (404).
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
  async run({ clients, access }: ChangesStatus, { tx, input: { client: id }, record }) {
    const known = await clients.hold(tx, id);
    if (known === undefined) throw clientUnknown(id);
    if (known.disabledAt !== undefined) return { id, status: 'disabled' as const, changed: false };
    await clients.setDisabled(tx, id, true);
    await access.endAllOfClient(tx, id);
    await record({
      type: 'client.disabled',
      client: id,
      details: { before: { status: 'active' }, after: { status: 'disabled' } },
    });
    return { id, status: 'disabled' as const, changed: true };
  },
});

/** Has a client be let in again. What it held before stays ended: people sign in to it anew. Throws `client_unknown` (404). */
export const enable = defineAct({
  name: 'clients.enable',
  scope: 'clients:write',
  summary: 'Lets a disabled client in again.',
  http: { method: 'POST', path: '/clients/{client}/enable' },
  about: oneClient,
  irreversible: false,
  input: z.strictObject({ client: z.string() }),
  result,
  async run({ clients }: Pick<ChangesStatus, 'clients'>, { tx, input: { client: id }, record }) {
    const known = await clients.hold(tx, id);
    if (known === undefined) throw clientUnknown(id);
    if (known.disabledAt === undefined) return { id, status: 'active' as const, changed: false };
    await clients.setDisabled(tx, id, false);
    await record({
      type: 'client.enabled',
      client: id,
      details: { before: { status: 'disabled' }, after: { status: 'active' } },
    });
    return { id, status: 'active' as const, changed: true };
  },
});
