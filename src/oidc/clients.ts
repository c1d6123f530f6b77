import { errors, type KoaContextWithOIDC, type Provider } from 'oidc-provider';
import { type ClientFile, ownMetadataSchema } from '../domain/clients/policy.ts';
import { digestClientSecret, newClientSecret } from '../domain/clients/secrets.ts';
import type { Client } from '../domain/clients/store.ts';
import { type Clock, epochSeconds } from '../kernel/clock.ts';
import type { Keyring } from '../kernel/crypto.ts';
import { badRequest } from '../kernel/errors.ts';
import type { Randomness } from '../kernel/ids.ts';
import { shapeProblems } from '../kernel/shape-words.ts';
import { needsSecret, validateClientMetadata } from './internals.ts';
import { OWN_PAGES_CLIENT_ID } from './own-pages.ts';

/** The provider asks for each property of ours of each client that it builds. */
export function validateOwnMetadata(
  _ctx: KoaContextWithOIDC | undefined,
  key: string,
  value: unknown,
  metadata: Record<string, unknown>,
): void {
  if (!(key in ownMetadataSchema.shape)) return;
  const schema = ownMetadataSchema.shape[key as keyof typeof ownMetadataSchema.shape];
  const parsed = schema.safeParse(value);
  if (!parsed.success) {
    const [first] = parsed.error.issues;
    const issues = first === undefined ? [] : [{ ...first, path: [key, ...first.path] }];
    throw new errors.InvalidClientMetadata(shapeProblems(issues, { input: { [key]: value } }).join());
  }
  metadata[key] = parsed.data;
  if (metadata.introspect_any_token === true && metadata.token_endpoint_auth_method === 'none') {
    throw new errors.InvalidClientMetadata(
      'introspect_any_token is for clients that authenticate themselves',
    );
  }
}

/** What each client as it was read has been given to the provider as. */
const given = new WeakMap<Client, Record<string, unknown>>();

interface Edition {
  readonly json: string;
  readonly short: { readonly client_id: string; readonly edition: number };
}

/** The last edition of each client. Emptied when there are this many, which costs one more look at each. */
const editions = new Map<string, Edition>();
const MOST_EDITIONS = 10_000;
let edition = 0;

/**
 * A registered client as the provider wants it: the digest stands where it looks for the secret. The provider keeps what it
 * makes of a client, the keys that it fetched included, by a hash of its JSON, of all of it at every request. What is given
 * here has a short one: as long as what is registered stays the same, its own, and never again after that.
 */
export function providerMetadata(client: Client): Record<string, unknown> {
  const known = given.get(client);
  if (known !== undefined) return known;
  const metadata = {
    ...client.metadata,
    ...(client.secretDigest === undefined ? {} : { client_secret: client.secretDigest }),
  };
  const { short } = editionOf(client.id, JSON.stringify(metadata));
  Object.defineProperty(metadata, 'toJSON', { value: () => short });
  given.set(client, metadata);
  return metadata;
}

function editionOf(id: string, json: string): Edition {
  const last = editions.get(id);
  if (last?.json === json) return last;
  if (editions.size >= MOST_EDITIONS) editions.clear();
  edition += 1;
  const made = { json, short: { client_id: id, edition } };
  editions.set(id, made);
  return made;
}

export interface Registration {
  readonly client: Omit<Client, 'createdAt'>;
  /** RFC 7591 section 3.2.1: what the registrant gets to see, the secret this once. */
  readonly response: Record<string, unknown>;
}

/**
 * Turns a file of RFC 7591 metadata into a client. The provider's own schema decides; ids and secrets that the file does
 * not bring are made. Throws `client_metadata_invalid` with the schema's words.
 */
export async function registerClient(
  provider: Provider,
  file: ClientFile,
  deps: { keyring: Keyring; random: Randomness; clock: Clock },
): Promise<Registration> {
  const { client_id: id = deps.random.uuid().replaceAll('-', ''), client_secret: given, ...rest } = file;
  // The provider would go on answering for ours, whatever was stored under the name.
  if (id === OWN_PAGES_CLIENT_ID) {
    throw badRequest('client_metadata_invalid', `client_id: "${id}" is the name of our own pages`);
  }
  const wantsSecret = needsSecret(provider, rest);
  if (given !== undefined && !wantsSecret) {
    throw badRequest('client_metadata_invalid', 'client_secret: this client authenticates without one');
  }
  const secret = wantsSecret ? (given ?? newClientSecret(deps.random)) : undefined;
  const metadata = await validate(provider, {
    ...rest,
    client_id: id,
    ...(secret === undefined ? {} : { client_secret: secret }),
  });
  const issuedAt = epochSeconds(deps.clock.now());
  const { client_secret: _secret, ...kept }: Record<string, unknown> = {
    ...metadata,
    client_id_issued_at: issuedAt,
  };
  return {
    client: { id, metadata: kept, secretDigest: secret && digestClientSecret(deps.keyring, secret) },
    response: {
      ...kept,
      ...(secret === undefined ? {} : { client_secret: secret, client_secret_expires_at: 0 }),
    },
  };
}

async function validate(
  provider: Provider,
  metadata: Record<string, unknown>,
): Promise<Record<string, unknown>> {
  try {
    const validated = await validateClientMetadata(provider, metadata);
    checkLogoutAddress(validated);
    if (provider.issuer.startsWith('https:')) refuseCleartext(validated);
    return validated;
  } catch (error) {
    if (!(error instanceof errors.InvalidClientMetadata)) throw error;
    throw badRequest('client_metadata_invalid', error.error_description ?? error.message, error);
  }
}

const LOOPBACK = ['localhost', '127.0.0.1', '[::1]'];

/**
 * Codes must not cross a network in the clear (RFC 9700, section 2.6), nor notices that somebody could hold back (OpenID
 * Connect Back-Channel Logout 1.0, section 2.2); a loopback is no network.
 */
function refuseCleartext(metadata: Record<string, unknown>): void {
  for (const name of ['redirect_uris', 'backchannel_logout_uri']) {
    for (const uri of [metadata[name] ?? []].flat()) {
      const { protocol, hostname } = new URL(String(uri));
      if (protocol === 'http:' && !LOOPBACK.includes(hostname)) {
        throw new errors.InvalidClientMetadata(`${name} must use https; ${uri} does not`);
      }
    }
  }
}

/** An address, and nothing that would be a secret in it (OpenID Connect Back-Channel Logout 1.0, section 2.2). */
function checkLogoutAddress({ backchannel_logout_uri: uri }: Record<string, unknown>): void {
  if (uri === undefined) return;
  const { protocol, username, password, hash } = new URL(String(uri));
  if (!/^https?:$/.test(protocol) || `${username}${password}${hash}` !== '') {
    throw new errors.InvalidClientMetadata(
      'backchannel_logout_uri must be a web address without credentials and without a fragment',
    );
  }
}
