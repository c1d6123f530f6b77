import canonicalize from 'canonicalize';
import type { Client, ClientStore } from '../domain/clients/store.ts';
import { sha256 } from '../kernel/crypto.ts';
import { type GatehouseError, notFound } from '../kernel/errors.ts';
import type { About } from './about.ts';
import type { RightsReader } from './rights/rights-store.ts';

export interface FindsClientsWithin {
  readonly clients: Pick<ClientStore, 'find' | 'hold'>;
  readonly rights: Pick<RightsReader, 'reachesClient'>;
}

/**
 * An act about the client that its input names. A right may be limited to the clients that somebody owns; any other is as unknown as
 * one that is not there. Throws `client_unknown` (404).
 */
export const oneClient: About<{ readonly client: string }, Client, FindsClientsWithin> = {
  subject: 'client',
  async find({ clients, rights }, { client: id }, limit) {
    const client = await clients.find(id);
    if (client === undefined || !(await rights.reachesClient(id, limit))) throw clientUnknown(id);
    return client;
  },
  keptOf: ({ id, metadata }) => ({
    client: id,
    version: sha256(canonicalize(metadata) ?? '').toString('base64url'),
  }),
  asItIs: ({ clients }, tx, { id }) => clients.hold(tx, id),
  async hold({ rights }, tx, { client: id }, _client, limit) {
    if (!(await rights.reachesClient(id, limit, tx))) throw clientUnknown(id);
  },
};

export const clientUnknown = (id: string): GatehouseError =>
  notFound('client_unknown', `There is no client "${id}".`);
