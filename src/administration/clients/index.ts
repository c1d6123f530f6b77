import { z } from 'zod';
import { clientFacts } from '../../domain/audit/facts.ts';
import { PRESETS, withPreset } from '../../domain/clients/presets.ts';
import type { ClientStore } from '../../domain/clients/store.ts';
import type { ConsentStore } from '../../domain/consents/store.ts';
import type { LogoutDeliveries } from '../../domain/logout-deliveries/store.ts';
import type { Access } from '../../oidc/access.ts';
import type { ClientRules } from '../../oidc/client-rules.ts';
import { defineAct } from '../act.ts';
import { clientUnknown, oneClient } from '../one-client.ts';
import { fileOf, metadata } from './metadata.ts';
import { list, problems, show } from './reading.ts';
import { endSecret, rotateSecret } from './secrets.ts';
import { disable, enable } from './status.ts';
import { previewUpdate, update } from './updates.ts';

/**
 * Registers a client from its metadata; an id and a secret that they do not bring are made. Throws `client_metadata_invalid` and
 * `client_preset_conflict` (400), `client_exists` (409).
 */
const create = defineAct({
  name: 'clients.create',
  scope: 'clients:write',
  summary: 'Registers a client.',
  http: { method: 'POST', path: '/clients' },
  irreversible: false,
  input: z.strictObject({
    metadata,
    /** Fills in what is safe for a client of this kind, and refuses what contradicts it. */
    preset: z.enum(PRESETS).optional(),
  }),
  result: z.object({
    /** RFC 7591, section 3.2.1: with the secret, which is told this once. */
    registration: metadata,
    /** What is allowed and probably not meant, a line each. */
    warnings: z.array(z.string()),
  }),
  prepare: ({ clientRules }: { readonly clientRules: Pick<ClientRules, 'problems' | 'register'> }, input) =>
    clientRules.register(fileOf(clientRules, withPreset(input.preset, input.metadata))),
  async run(
    { clients }: { readonly clients: Pick<ClientStore, 'create'> },
    { tx, prepared: { client, response, warnings }, record },
  ) {
    await clients.create(tx, client);
    const { client_name: name } = client.metadata;
    const after = clientFacts(client.metadata);
    const details = typeof name === 'string' ? { name, after } : { after };
    await record({ type: 'client.created', client: client.id, details });
    return { registration: response, warnings: [...warnings] };
  },
});

interface DeletesClients {
  readonly clients: Pick<ClientStore, 'hold' | 'delete'>;
  readonly access: Pick<Access, 'endAllOfClient'>;
  readonly consents: Pick<ConsentStore, 'forgetClient'>;
  readonly logouts: Pick<LogoutDeliveries, 'forgetClient'>;
}

/** Removes a client; everything that it holds ends at once. Throws `client_unknown` (404). */
const deleteClient = defineAct({
  name: 'clients.delete',
  scope: 'clients:write',
  summary: 'Removes a client; everything that it holds ends at once.',
  http: { method: 'DELETE', path: '/clients/{client}' },
  about: oneClient,
  irreversible: true,
  input: z.strictObject({ client: z.string() }),
  result: z.object({ id: z.string() }),
  async run({ clients, access, consents, logouts }: DeletesClients, { tx, input: { client: id }, record }) {
    const known = await clients.hold(tx, id);
    if (known === undefined || !(await clients.delete(tx, id))) throw clientUnknown(id);
    await access.endAllOfClient(tx, id);
    await consents.forgetClient(tx, id);
    await logouts.forgetClient(tx, id);
    await record({ type: 'client.deleted', client: id, details: { before: clientFacts(known.metadata) } });
    return { id };
  },
});

/** What can be done about the applications that may sign people in or ask for tokens. */
export const clients = {
  list,
  show,
  problems,
  create,
  previewUpdate,
  update,
  disable,
  enable,
  rotateSecret,
  endSecret,
  delete: deleteClient,
};
