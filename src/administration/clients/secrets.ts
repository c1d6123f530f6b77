import { z } from 'zod';
import { secretSchema as secretText, usesSecret } from '../../domain/clients/policy.ts';
import type { ClientSecretStore } from '../../domain/clients/secret-store.ts';
import { clientSecretMatches, digestClientSecret, newClientSecret } from '../../domain/clients/secrets.ts';
import type { Client, ClientStore } from '../../domain/clients/store.ts';
import type { Clock } from '../../kernel/clock.ts';
import { addSeconds, epochSeconds } from '../../kernel/clock.ts';
import type { Keyring } from '../../kernel/crypto.ts';
import { conflict, type GatehouseError, notFound } from '../../kernel/errors.ts';
import type { Randomness } from '../../kernel/ids.ts';
import type { Transaction } from '../../storage/database.ts';
import { type ActEvent, defineAct, TOLD_ONCE } from '../act.ts';
import { clientUnknown, oneClient } from '../one-client.ts';
import { assertMayGiveAdminScopes, type GivesAdminScopes, givesAdminScopes } from '../rights/admin-scopes.ts';

/** The secrets with which applications authenticate: a new one beside the old one for a while, and the end of one. */

const DAY = 86_400;

/** For how long at most an old secret works beside the new one, in seconds. */
export const LONGEST_OVERLAP = 90 * DAY;
export const DEFAULT_OVERLAP = 7 * DAY;

/** What is told of a secret: never the secret, nor the digest of it. */
export const secretSchema = z.object({
  id: z.string(),
  createdAt: z.date(),
  /** From when on it is refused; null for the one that lasts. */
  endsAt: z.date().nullable(),
  /** A minute behind. Null where it was not used since uses are noted. */
  lastUsedAt: z.date().nullable(),
});

interface ChangesSecrets extends GivesAdminScopes {
  readonly clients: Pick<ClientStore, 'hold' | 'update'>;
  readonly clientSecrets: Pick<ClientSecretStore, 'add' | 'end'>;
  readonly keyring: Keyring;
  readonly random: Randomness;
  readonly clock: Clock;
}

const isLiveAt =
  (now: Date) =>
  ({ endsAt }: { readonly endsAt: Date | undefined }) =>
    endsAt === undefined || endsAt > now;

const overlapSeconds = z.int().min(0).max(LONGEST_OVERLAP).default(DEFAULT_OVERLAP);

/** Those from before, each with the time at which it ends, or has ended. */
const ending = z.array(z.object({ id: z.string(), endsAt: z.date() }));

/**
 * Makes a new secret, which is told this once; the one from before goes on working for `overlapSeconds`, and no longer than it would
 * have anyway (`client_secret_expires_at`, which then says nothing any more). With 0, every other one ends at once. Throws
 * `client_unknown` (404), `admin_scopes_not_held` (403: whoever has the secret is the client), `client_without_secret` and
 * `client_secrets_full` (409).
 */
export const rotateSecret = defineAct({
  name: 'clients.rotate_secret',
  summary: 'Gives a client another secret, told this once; the old ones go on for a while.',
  http: { method: 'POST', path: '/clients/{client}/rotate-secret' },
  scope: 'clients:write',
  about: oneClient,
  irreversible: 'asks',
  // Whoever has the secret is the client.
  dangerous: (_input, client) => givesAdminScopes(client.metadata),
  input: z.strictObject({
    client: z.string(),
    overlapSeconds,
  }),
  result: z.object({
    client: z.string(),
    secretId: z.string(),
    /** The secret itself. */
    secret: z.string().meta(TOLD_ONCE),
    ending,
  }),
  async run(
    { clients, clientSecrets, keyring, random, clock, ...deps }: ChangesSecrets,
    { tx, actor, input: { client: id, overlapSeconds }, record },
  ) {
    const client = await withSecret({ clients }, tx, id);
    await assertMayGiveAdminScopes(deps, actor, client.metadata, tx);
    const secret = newClientSecret(random);
    const made = { digest: digestClientSecret(keyring, secret), overlapSeconds };
    return {
      client: id,
      secret,
      ...(await addSecret({ clients, clientSecrets, clock }, tx, record, client, made)),
    };
  },
});

/**
 * Gives a client a secret that was made elsewhere; otherwise as {@link rotateSecret}. Where it has that secret already and it lasts,
 * nothing is changed. Throws `client_secret_ending` (409) for one that it has and that ends.
 */
export const setSecret = defineAct({
  name: 'clients.set_secret',
  summary: 'Gives a client a secret that was made elsewhere; the old ones go on for a while.',
  http: { method: 'PUT', path: '/clients/{client}/secret' },
  scope: 'clients:write',
  about: oneClient,
  irreversible: 'asks',
  // Whoever has the secret is the client.
  dangerous: (_input, client) => givesAdminScopes(client.metadata),
  input: z.strictObject({
    client: z.string(),
    secret: secretText,
    overlapSeconds,
  }),
  result: z.object({
    client: z.string(),
    secretId: z.string(),
    /** False where it had the secret already. */
    changed: z.boolean(),
    ending,
  }),
  async run(
    { clients, clientSecrets, keyring, clock, ...deps }: ChangesSecrets,
    { tx, actor, input: { client: id, secret, overlapSeconds }, record },
  ) {
    const client = await withSecret({ clients }, tx, id);
    await assertMayGiveAdminScopes(deps, actor, client.metadata, tx);
    const same = client.secrets
      .filter(isLiveAt(clock.now()))
      .find(({ digest }) => clientSecretMatches(keyring, digest, secret));
    if (same?.endsAt !== undefined)
      throw conflict(
        'client_secret_ending',
        `"${same.id}" is this secret, and ends at ${same.endsAt.toISOString()}.`,
      );
    if (same !== undefined) return { client: id, secretId: same.id, changed: false, ending: [] };
    const made = { digest: digestClientSecret(keyring, secret), overlapSeconds };
    const added = await addSecret({ clients, clientSecrets, clock }, tx, record, client, made);
    return { client: id, changed: true, ...added };
  },
});

/** The client, held, which authenticates with a secret. Throws `client_unknown` (404), `client_without_secret` (409). */
async function withSecret(
  { clients }: Pick<ChangesSecrets, 'clients'>,
  tx: Transaction,
  id: string,
): Promise<Client> {
  const client = await clients.hold(tx, id);
  if (client === undefined) throw clientUnknown(id);
  if (!usesSecret(client.metadata)) throw withoutSecret(client);
  return client;
}

/** Puts a secret beside those of a client that is held, which end then. Throws `client_secrets_full` (409). */
async function addSecret(
  { clients, clientSecrets, clock }: Pick<ChangesSecrets, 'clients' | 'clientSecrets' | 'clock'>,
  tx: Transaction,
  record: (...events: ActEvent[]) => Promise<void>,
  client: Client,
  { digest, overlapSeconds }: { readonly digest: string; readonly overlapSeconds: number },
) {
  const { id } = client;
  const now = clock.now();
  const before = client.secrets.filter(isLiveAt(now));
  if (before.length > 1 && overlapSeconds > 0) throw full(client, before);
  const end = earliest(addSeconds(now, overlapSeconds), expiryOf(client));
  const secretId = await clientSecrets.add(tx, id, digest, end, expiryOf(client));
  if (expiryOf(client) !== undefined)
    await clients.update(tx, id, { ...client.metadata, client_secret_expires_at: 0 });
  const endsAt = end < now ? now : end;
  await record({
    type: 'client.secret_rotated',
    client: id,
    details: { secret: secretId, former: before.map((each) => each.id), until: endsAt.toISOString() },
  });
  return { secretId, ending: before.map((each) => ({ id: each.id, endsAt })) };
}

/**
 * Ends one of two secrets at once; the other one lasts, as long as it was going to before there were two. Throws `client_unknown` and `client_secret_unknown` (404), and
 * `client_secret_last` (409) for the only one.
 */
export const endSecret = defineAct({
  name: 'clients.end_secret',
  summary: 'Ends one secret of a client.',
  http: { method: 'DELETE', path: '/clients/{client}/secrets/{secret}' },
  scope: 'clients:write',
  about: oneClient,
  irreversible: true,
  input: z.strictObject({ client: z.string(), secret: z.string() }),
  result: z.object({ client: z.string(), secret: z.string() }),
  async run(
    { clients, clientSecrets, clock }: ChangesSecrets,
    { tx, input: { client: id, secret }, record },
  ) {
    const client = await clients.hold(tx, id);
    if (client === undefined) throw clientUnknown(id);
    const live = client.secrets.filter(isLiveAt(clock.now()));
    if (!live.some((each) => each.id === secret)) {
      throw notFound(
        'client_secret_unknown',
        `The client "${id}" has no secret "${secret}", or it has ended.`,
      );
    }
    if (live.length === 1) {
      throw conflict(
        'client_secret_last',
        `"${secret}" is the only secret of "${id}". To replace it at once: gatehouse clients rotate-secret ${id} --overlap 0`,
      );
    }
    const { expiresAt } = (await clientSecrets.end(tx, id, secret)) ?? {};
    // A secret that had an end before the other one was made has it again: it is not prolonged by taking back what replaced it.
    if (expiresAt !== undefined)
      await clients.update(tx, id, { ...client.metadata, client_secret_expires_at: epochSeconds(expiresAt) });
    await record({ type: 'client.secret_ended', client: id, details: { secret } });
    return { client: id, secret };
  },
});

/** Until when the secret from before works by the metadata (RFC 7591, section 3.2.1); undefined where it says nothing. */
function expiryOf({ metadata }: Client): Date | undefined {
  const { client_secret_expires_at: at } = metadata;
  return typeof at === 'number' && at > 0 ? new Date(at * 1000) : undefined;
}

const earliest = (one: Date, other: Date | undefined): Date =>
  other !== undefined && other < one ? other : one;

const withoutSecret = ({ id, metadata }: Client): GatehouseError =>
  conflict(
    'client_without_secret',
    `The client "${id}" authenticates with ${String(metadata.token_endpoint_auth_method)} and has no secret.`,
  );

const full = ({ id }: Client, live: readonly { id: string; endsAt: Date | undefined }[]): GatehouseError => {
  const named = live.map(({ id: name, endsAt }) =>
    endsAt === undefined ? `"${name}"` : `"${name}" (until ${endsAt.toISOString()})`,
  );
  return conflict(
    'client_secrets_full',
    `The client "${id}" has two secrets already: ${named.join(' and ')}. End one (gatehouse clients end-secret ${id} SECRET), ` +
      'wait, or use --overlap 0, which ends both at once.',
  );
};
