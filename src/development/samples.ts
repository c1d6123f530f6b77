import { isDeepStrictEqual } from 'node:util';
import type { Actor } from '../administration/actor.ts';
import { clients } from '../administration/clients/index.ts';
import { resources } from '../administration/resources.ts';
import type { ClientFile } from '../domain/clients/policy.ts';
import { clientSecretMatches } from '../domain/clients/secrets.ts';
import type { Client } from '../domain/clients/store.ts';
import type { Resource } from '../domain/resources/store.ts';
import type { App } from '../wire.ts';
import type { ExamplePorts } from './examples.ts';

/** Registers what the examples need: the application as a client, the service as a resource. */

export const SAMPLE_CLIENT_ID = 'sample-app';
const SAMPLE_SCOPE = { name: 'sample:read', description: 'Read your data in the sample service' };

function clientFile(ports: ExamplePorts, secret: string): ClientFile {
  const home = `http://localhost:${ports.application}/`;
  return {
    client_id: SAMPLE_CLIENT_ID,
    client_secret: secret,
    client_name: 'Sample application',
    client_uri: home,
    redirect_uris: [`${home}callback`],
    post_logout_redirect_uris: [home],
    backchannel_logout_uri: `${home}back-channel-logout`,
    backchannel_logout_session_required: true,
    grant_types: ['authorization_code', 'refresh_token'],
    response_types: ['code'],
    token_endpoint_auth_method: 'client_secret_basic',
  };
}

/** Safe to repeat. A sample registered for other ports or with another secret is registered anew. */
export async function ensureSamples(
  app: App,
  actor: Actor,
  ports: ExamplePorts,
  secret: string,
): Promise<void> {
  await ensureClient(app, actor, clientFile(ports, secret));
  await ensureResource(app, actor, `http://localhost:${ports.service}`);
}

async function ensureClient(app: App, actor: Actor, file: ClientFile): Promise<void> {
  const known = await app.clients.store.find(SAMPLE_CLIENT_ID);
  if (known !== undefined && isRegisteredAs(app, known, file)) return;
  if (known !== undefined)
    await app.database.transaction((tx) => app.clients.store.delete(tx, SAMPLE_CLIENT_ID));
  await app.administration.perform(clients.create, actor, { metadata: file });
}

function isRegisteredAs({ secrets: { keyring } }: App, known: Client, file: ClientFile): boolean {
  const sameAddresses = (['redirect_uris', 'backchannel_logout_uri'] as const).every(
    (name) => String(known.metadata[name]) === String(file[name]),
  );
  return (
    sameAddresses &&
    known.secrets.some(({ digest }) => clientSecretMatches(keyring, digest, file.client_secret ?? ''))
  );
}

async function ensureResource(app: App, actor: Actor, identifier: string): Promise<void> {
  const { resources: store } = app.clients;
  const isSample = ({ scopes }: Resource) => isDeepStrictEqual(scopes, [SAMPLE_SCOPE]);
  const all = await store.list();
  const known = all.find((resource) => resource.identifier === identifier);
  if (known !== undefined && isSample(known)) return;
  // What an earlier version registered may not allow what this one's examples do. And of two with one scope, at two ports, a
  // client that names the scope alone could mean either.
  const old = all.filter((resource) => resource === known || isSample(resource));
  await app.database.transaction(async (tx) => {
    for (const each of old) await store.delete(tx, each.identifier);
  });
  const wanted = { identifier, name: 'Sample service', scopes: [SAMPLE_SCOPE] };
  await app.administration.perform(resources.create, actor, wanted);
}
