import { clientFacts } from '../../domain/audit/facts.ts';
import { changesOf, effectsOf } from '../../domain/clients/changes.ts';
import type { ClientOwnerStore } from '../../domain/clients/owner-store.ts';
import type { ClientSecretStore } from '../../domain/clients/secret-store.ts';
import type { ClientMetadata, ClientStore, NewClient } from '../../domain/clients/store.ts';
import { assertVersion, versionOf } from '../../domain/clients/version.ts';
import type { ConsentStore } from '../../domain/consents/store.ts';
import type { LogoutDeliveries } from '../../domain/logout-deliveries/store.ts';
import type { Clock } from '../../kernel/clock.ts';
import type { Access } from '../../oidc/access.ts';
import type { Registration } from '../../oidc/clients.ts';
import type { Transaction } from '../../storage/database.ts';
import type { ActEvent } from '../act.ts';
import { clientUnknown } from '../one-client.ts';

/** What happens to a client in a transaction, whoever asks for it: an act, or the client itself where it registered itself. */

type Record = (...events: ActEvent[]) => Promise<void>;

/** Stores a new client. `more`: what else the trail tells of it. */
export async function applyCreation(
  { clients }: { readonly clients: Pick<ClientStore, 'create'> },
  tx: Transaction,
  record: Record,
  client: NewClient,
  more: { readonly registrationToken?: string } = {},
): Promise<void> {
  await clients.create(tx, client);
  const { client_name: name } = client.metadata;
  const after = clientFacts(client.metadata);
  const details = typeof name === 'string' ? { name, after, ...more } : { after, ...more };
  await record({ type: 'client.created', client: client.id, details });
}

/** Somebody answers for a client that was just made. */
export async function applyFirstOwner(
  { clientOwners }: { readonly clientOwners: Pick<ClientOwnerStore, 'add'> },
  tx: Transaction,
  record: Record,
  client: string,
  owner: string,
): Promise<void> {
  await clientOwners.add(tx, client, owner);
  const details = { before: { owners: [] }, after: { owners: [owner] } };
  await record({ type: 'client.owner_added', client, account: owner, details });
}

/** The metadata as they will be stored. */
export const merged = (before: ClientMetadata, { metadata: after }: NewClient): ClientMetadata => {
  const { client_id_issued_at: _now, ...rest } = after;
  const { client_id_issued_at: issued } = before;
  return { ...rest, ...(issued === undefined ? {} : { client_id_issued_at: issued }) };
};

export const toldChanges = (before: ClientMetadata, after: ClientMetadata) =>
  changesOf(before, after).map(({ member, before: was = null, after: is = null }) => ({
    member,
    before: was,
    after: is,
  }));

export interface UpdatesClients {
  readonly clients: Pick<ClientStore, 'hold' | 'update'>;
  readonly clientSecrets: Pick<ClientSecretStore, 'add' | 'endAllOf'>;
  readonly access: Pick<Access, 'endAllOfClient'>;
  readonly clock: Clock;
}

/** Other metadata for a client. Throws `client_unknown` (404) and `precondition_failed` (412). */
export async function applyUpdate(
  { clients, clientSecrets, access, clock }: UpdatesClients,
  tx: Transaction,
  record: Record,
  { client, response, warnings }: Registration,
  {
    expects,
    mayBecome,
  }: {
    /** The version that it is meant for. */
    readonly expects?: string | undefined;
    /** Throws where whoever changes it may not make it what it will be. */
    readonly mayBecome?: (after: ClientMetadata, before: ClientMetadata) => Promise<void>;
  },
) {
  const { id } = client;
  const known = await clients.hold(tx, id);
  if (known === undefined) throw clientUnknown(id);
  assertVersion(known.metadata, expects);
  const after = merged(known.metadata, client);
  const changes = toldChanges(known.metadata, after);
  const { ends, endsAccess } = effectsOf(known.metadata, after);
  const version = versionOf(after);
  const result = { id, version, changes, ends: [...ends], secret: null, warnings: [...warnings] };
  if (changes.length === 0) return result;
  await mayBecome?.(after, known.metadata);
  await clients.update(tx, id, after);
  if (endsAccess) await access.endAllOfClient(tx, id);
  const needsSecret = client.secretDigest !== undefined;
  if (!needsSecret && known.secrets.length > 0) await clientSecrets.endAllOf(tx, id);
  const members = changes.map(({ member }) => member);
  await record({
    type: 'client.updated',
    client: id,
    details: { members, before: clientFacts(known.metadata, members), after: clientFacts(after, members) },
  });
  if (client.secretDigest === undefined || known.secrets.length > 0) return result;
  await clientSecrets.add(tx, id, client.secretDigest, clock.now());
  return { ...result, secret: String(response.client_secret) };
}

export interface DeletesClients {
  readonly clients: Pick<ClientStore, 'hold' | 'delete'>;
  readonly access: Pick<Access, 'endAllOfClient'>;
  readonly consents: Pick<ConsentStore, 'forgetClient'>;
  readonly logouts: Pick<LogoutDeliveries, 'forgetClient'>;
}

/** Removes a client; everything that it holds ends at once. Throws `client_unknown` (404). */
export async function applyDeletion(
  { clients, access, consents, logouts }: DeletesClients,
  tx: Transaction,
  record: Record,
  id: string,
): Promise<void> {
  const known = await clients.hold(tx, id);
  if (known === undefined || !(await clients.delete(tx, id))) throw clientUnknown(id);
  await access.endAllOfClient(tx, id);
  await consents.forgetClient(tx, id);
  await logouts.forgetClient(tx, id);
  await record({ type: 'client.deleted', client: id, details: { before: clientFacts(known.metadata) } });
}
