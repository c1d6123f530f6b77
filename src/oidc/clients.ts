import { isDeepStrictEqual } from 'node:util';
import { errors, type KoaContextWithOIDC, type Provider } from 'oidc-provider';
import { adviceOn } from '../domain/clients/advice.ts';
import { type ClientFile, ownMetadataSchema } from '../domain/clients/policy.ts';
import { type MetadataProblem, problemText, reviewRegistration } from '../domain/clients/review.ts';
import { comparableSecrets, digestClientSecret, newClientSecret } from '../domain/clients/secrets.ts';
import type { Client, NewClient } from '../domain/clients/store.ts';
import type { ResourceStore } from '../domain/resources/store.ts';
import { type Clock, epochSeconds } from '../kernel/clock.ts';
import type { Keyring } from '../kernel/crypto.ts';
import { badRequest } from '../kernel/errors.ts';
import type { Randomness } from '../kernel/ids.ts';
import { shapeProblems } from '../kernel/shape-words.ts';
import { takenBy } from './built-in-clients.ts';
import { clientContext } from './client-context.ts';
import { needsSecret, validateClientMetadata } from './internals.ts';
import type { ToldClaims } from './told-claims.ts';

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
 * A registered client as the provider wants it: the digests stand where it looks for the secret. The provider keeps what it
 * makes of a client, the keys that it fetched included, by a hash of its JSON, of all of it at every request. What is given
 * here has a short one: as long as what is registered stays the same, its own, and never again after that.
 */
export function providerMetadata(client: Client): Record<string, unknown> {
  const known = given.get(client);
  if (known !== undefined) return known;
  // Left out as `reviewStored` leaves it out: the provider would fetch it whenever it reads the client.
  const { sector_identifier_uri: _sector, ...stored } = client.metadata;
  const metadata = {
    ...stored,
    ...(client.secrets.length === 0 ? {} : { client_secret: comparableSecrets(client.secrets) }),
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
  readonly client: NewClient;
  /** RFC 7591 section 3.2.1: what the registrant gets to see, the secret this once. */
  readonly response: Record<string, unknown>;
  /** What is allowed and probably not meant, a line each. */
  readonly warnings: readonly string[];
}

export interface RegistrationDependencies {
  readonly keyring: Keyring;
  readonly random: Randomness;
  readonly clock: Clock;
  readonly resources: Pick<ResourceStore, 'list'>;
  readonly told: ToldClaims;
}

/**
 * Everything that stands in the way of registering these metadata; none where nothing does. Looks nothing up and changes nothing,
 * so that an edge can ask before it does anything else.
 */
export function registrationProblems(
  provider: Provider,
  file: Readonly<Record<string, unknown>>,
  told: ToldClaims,
): string[] {
  return problemsOf(provider, file, told).map(problemText);
}

function problemsOf(
  provider: Provider,
  file: Readonly<Record<string, unknown>>,
  told: ToldClaims,
): MetadataProblem[] {
  const { problems } = reviewRegistration(file, clientContext(provider, told));
  // The provider would go on answering for ours, whatever was stored under the name.
  const owner = takenBy(file.client_id);
  return owner === undefined
    ? [...problems]
    : [{ member: 'client_id', message: `"${file.client_id}" is the name of ${owner}` }, ...problems];
}

/**
 * Turns a file of RFC 7591 metadata into a client. Our rules decide (`domain/clients/rules`), and then the provider's own schema;
 * ids and secrets that the file does not bring are made. What is stored is what was written down, with the defaults. Throws
 * `client_metadata_invalid` with everything that is wrong, a line each.
 */
export async function registerClient(
  provider: Provider,
  file: ClientFile,
  deps: RegistrationDependencies,
): Promise<Registration> {
  const problems = problemsOf(provider, file, deps.told);
  if (problems.length > 0) throw refused(problems);
  const context = clientContext(provider, deps.told);
  const { metadata } = reviewRegistration(file, context);
  const {
    client_id: id = deps.random.uuid().replaceAll('-', ''),
    client_secret: given,
    // When a client is registered anew from what `clients show` prints, it is issued now.
    client_id_issued_at: _issued,
    ...asked
  } = metadata;
  const secret = needsSecret(provider, asked) ? (given ?? newClientSecret(deps.random)) : undefined;
  const validated = await validate(provider, {
    ...asked,
    client_id: id,
    ...(secret === undefined ? {} : { client_secret: secret }),
  });
  assertKept(asked, validated);
  const scopes = (await deps.resources.list()).flatMap((resource) => resource.scopes.map(({ name }) => name));
  const { client_secret: _secret, ...kept }: Record<string, unknown> = {
    ...validated,
    client_id_issued_at: epochSeconds(deps.clock.now()),
  };
  return {
    client: { id, metadata: kept, secretDigest: secret && digestClientSecret(deps.keyring, secret) },
    response: {
      ...kept,
      ...(secret === undefined
        ? {}
        : { client_secret: secret, client_secret_expires_at: kept.client_secret_expires_at ?? 0 }),
    },
    warnings: adviceOn(metadata, context, scopes),
  };
}

const refused = (problems: readonly MetadataProblem[], cause?: unknown) =>
  badRequest('client_metadata_invalid', problems.map(problemText).join('\n'), cause);

async function validate(
  provider: Provider,
  metadata: Record<string, unknown>,
): Promise<Record<string, unknown>> {
  try {
    return await validateClientMetadata(provider, metadata);
  } catch (error) {
    if (!(error instanceof errors.InvalidClientMetadata)) throw error;
    throw badRequest('client_metadata_invalid', error.error_description ?? error.message, error);
  }
}

/** The library drops and adds members where it thinks it knows better: nothing may change without a word. */
function assertKept(asked: Readonly<Record<string, unknown>>, kept: Readonly<Record<string, unknown>>): void {
  const changed = Object.entries(asked)
    .filter(
      ([name, value]) => value !== undefined && !isDeepStrictEqual(comparable(value), comparable(kept[name])),
    )
    .map(([member]) => ({ member, message: 'would not be kept as it is written' }));
  if (changed.length > 0) throw refused(changed);
}

/** Lists of names, and scopes, are sets. */
function comparable(value: unknown): unknown {
  if (Array.isArray(value)) return [...new Set(value)].sort();
  return value;
}
