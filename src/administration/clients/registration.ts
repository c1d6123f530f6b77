import { client as clientActor, SYSTEM_ACTOR } from '../../domain/audit/actor.ts';
import type { AuditedBy, Origin } from '../../domain/audit/events.ts';
import type { AuditLog } from '../../domain/audit/store.ts';
import type { ClientOwnerStore } from '../../domain/clients/owner-store.ts';
import {
  isElevated,
  ownToSay,
  type RegistrationPolicy,
  registrable,
} from '../../domain/clients/registration-policy.ts';
import type { ClientRegistrationStore } from '../../domain/clients/registration-store.ts';
import type { Client, ClientStore } from '../../domain/clients/store.ts';
import { versionOf } from '../../domain/clients/version.ts';
import { addSeconds, type Clock } from '../../kernel/clock.ts';
import { badRequest, GatehouseError, isCode } from '../../kernel/errors.ts';
import { newToken, type Randomness } from '../../kernel/ids.ts';
import type { ClientRules } from '../../oidc/client-rules.ts';
import type { Registration } from '../../oidc/clients.ts';
import type { Database, Transaction } from '../../storage/database.ts';
import { recorder } from '../act.ts';
import {
  applyCreation,
  applyDeletion,
  applyFirstOwner,
  applyUpdate,
  type DeletesClients,
  type UpdatesClients,
} from './applying.ts';
import { fileOf } from './metadata.ts';

/**
 * Dynamic registration (RFC 7591) and its management (RFC 7592): clients that register themselves with an initial access token, and
 * read, change and remove their own registration with the registration access token that they got. What they may say of themselves
 * is `domain/clients/registration-policy.ts`; the rest is what acts do.
 */
export interface ClientRegistration {
  /** Whether a client could be registered with this initial access token now. */
  isUsable(token: string): Promise<boolean>;
  /**
   * Registers a client and spends one use of the token. Throws `invalid_redirect_uri` and `invalid_client_metadata` (400; RFC 7591,
   * section 3.2.2), and `invalid_token` (401) where the last use went to somebody else.
   */
  register(token: string, given: Record<string, unknown>, origin: Origin): Promise<Record<string, unknown>>;
  /** The client whose registration access token this is; undefined where there is none, or it is disabled. */
  find(access: string): Promise<Client | undefined>;
  /** The registration as its client is told of it; never a secret, of which only a digest is kept. */
  describe(client: Client, access: string): Record<string, unknown>;
  /**
   * Replaces what the client says of itself (RFC 7592, section 2.2). Throws as {@link register}; `access_denied` (403) where an
   * administrator has given the client more than a registration gives, and changes it alone from then on; `precondition_failed` (412)
   * where somebody changes it at the same moment.
   */
  replace(
    client: Client,
    access: string,
    given: Record<string, unknown>,
    origin: Origin,
  ): Promise<Record<string, unknown>>;
  /** Removes the client (RFC 7592, section 2.3). */
  remove(client: Client, access: string, origin: Origin): Promise<void>;
  /** Removes clients of this kind that are unused for too long, some at a time; answers how many. */
  expireUnused(): Promise<number>;
}

export interface ClientRegistrationDependencies extends UpdatesClients, DeletesClients {
  readonly database: Pick<Database, 'transaction'>;
  readonly audit: Pick<AuditLog, 'record'>;
  readonly clients: Pick<ClientStore, 'find' | 'hold' | 'create' | 'update' | 'delete'>;
  readonly access: UpdatesClients['access'] & DeletesClients['access'];
  readonly clientRules: Pick<ClientRules, 'problems' | 'register'>;
  readonly clientOwners: Pick<ClientOwnerStore, 'add'>;
  readonly registrations: ClientRegistrationStore;
  readonly random: Randomness;
  readonly clock: Clock;
  readonly policy: RegistrationPolicy;
  /** Clients that are unused for so long are removed; 0: never. */
  readonly unusedDays: number;
  /** Where clients manage their registration. */
  readonly endpoint: string;
}

const DAY = 86_400;
/** Clients that are looked at in one round. */
const BATCH = 50;

export function createClientRegistration(deps: ClientRegistrationDependencies): ClientRegistration {
  const { database, clients, registrations, clientRules, clock, policy } = deps;

  const change = <T>(
    by: AuditedBy,
    work: (tx: Transaction, record: ReturnType<typeof recorder>) => Promise<T>,
  ) => database.transaction((tx) => work(tx, recorder(deps, tx, by)));

  const managed = (id: string, access: string) => ({
    registration_access_token: access,
    registration_client_uri: `${deps.endpoint}/${encodeURIComponent(id)}`,
  });

  /** What would be stored of it. */
  async function judged(
    given: Record<string, unknown>,
    within: RegistrationPolicy,
    more = {},
  ): Promise<Registration> {
    const { metadata, problems } = registrable(given, within);
    const all = { ...metadata, ...more };
    const lines = [...problems, ...clientRules.problems(all)];
    if (lines.length > 0) throw refused(lines);
    try {
      return await clientRules.register(fileOf(clientRules, all));
    } catch (error) {
      if (!isCode(error, 'client_metadata_invalid') && !isCode(error, 'input_invalid')) throw error;
      throw refused((error as GatehouseError).safeMessage.split('\n'), error);
    }
  }

  /** In the transaction: the client may have been removed, disabled, or given more since the request came in. */
  async function held(tx: Transaction, access: string, id: string): Promise<Client> {
    const client = await clients.hold(tx, id);
    if (
      client === undefined ||
      client.disabledAt !== undefined ||
      (await registrations.clientOf(access, tx)) !== id
    )
      throw tokenInvalid();
    return client;
  }

  return {
    isUsable: (token) => registrations.isUsable(token, clock.now()),

    async register(token, given, origin) {
      const registration = await judged(given, policy);
      const { client, response } = registration;
      const access = newToken(deps.random);
      const now = clock.now();
      await change({ actor: clientActor(client.id), origin }, async (tx, record) => {
        const spent = await registrations.spend(tx, token, now);
        if (spent === undefined) throw tokenInvalid();
        await applyCreation(deps, tx, record, client, { registrationToken: spent.id });
        await registrations.note(tx, client.id, spent.id, access, now);
        if (spent.owner === undefined) return;
        await applyFirstOwner(deps, tx, record, client.id, spent.owner);
      });
      return { ...response, ...managed(client.id, access) };
    },

    async find(access) {
      const id = await registrations.clientOf(access);
      const client = id === undefined ? undefined : await clients.find(id);
      return client?.disabledAt === undefined ? client : undefined;
    },

    describe: ({ id, metadata, secrets }, access) => ({
      ...metadata,
      ...(secrets.length === 0 ? {} : { client_secret_expires_at: metadata.client_secret_expires_at ?? 0 }),
      ...managed(id, access),
    }),

    async replace({ id }, access, given, origin) {
      if (given.client_id !== undefined && given.client_id !== id)
        throw refused(['client_id: is not the one of this registration']);
      // As it is stored at this moment: what is known of it here may be older.
      const { metadata } = await database.transaction((tx) => held(tx, access, id));
      if (isElevated(metadata)) throw elevated();
      // What an operator has given besides stays, and may be said again.
      const within = {
        ...policy,
        grants: [...policy.grants, ...textsOf(metadata.grant_types)],
        scopes: [...policy.scopes, ...String(metadata.scope ?? '').split(' ')].filter(
          (each) => each !== 'offline_access',
        ),
      };
      const own = ownToSay(metadata);
      const kept = Object.fromEntries(Object.entries(metadata).filter(([member]) => !(member in own)));
      const registration = await judged(given, within, { ...kept, client_id: id });
      const { secret } = await change({ actor: clientActor(id), origin }, async (tx, record) => {
        await held(tx, access, id);
        return applyUpdate(deps, tx, record, registration, { expects: versionOf(metadata) });
      });
      const { client_secret: _made, client_secret_expires_at: expires, ...said } = registration.response;
      return {
        ...said,
        client_id_issued_at: metadata.client_id_issued_at,
        ...(expires === undefined ? {} : { client_secret_expires_at: expires }),
        ...(secret === null ? {} : { client_secret: secret }),
        ...managed(id, access),
      };
    },

    async remove({ id }, access, origin) {
      await change({ actor: clientActor(id), origin }, async (tx, record) => {
        await held(tx, access, id);
        await applyDeletion(deps, tx, record, id);
      });
    },

    async expireUnused() {
      if (deps.unusedDays === 0) return 0;
      const since = addSeconds(clock.now(), -deps.unusedDays * DAY);
      const ids = await registrations.unusedSince(since, BATCH);
      for (const id of ids)
        await change({ actor: SYSTEM_ACTOR, origin: {} }, async (tx, record) => {
          const client = await clients.hold(tx, id);
          // Somebody has used or removed it meanwhile.
          if (client === undefined || !(await registrations.isUnusedSince(tx, id, since))) return;
          await applyDeletion(deps, tx, record, id);
        });
      return ids.length;
    },
  };
}

const textsOf = (value: unknown): string[] => (Array.isArray(value) ? value.map(String) : []);

/** RFC 7591, section 3.2.2: what is wrong with an address of a redirect has a code of its own. The first finding decides. */
const refused = (lines: readonly string[], cause?: unknown) =>
  badRequest(
    lines[0]?.startsWith('redirect_uris:') ? 'invalid_redirect_uri' : 'invalid_client_metadata',
    [...new Set(lines)].join('\n'),
    cause,
  );

const tokenInvalid = () =>
  new GatehouseError('invalid_token', {
    status: 401,
    message: 'The token is not valid, or has no use left.',
  });

const elevated = () =>
  new GatehouseError('access_denied', {
    status: 403,
    message: 'An administrator has given this client more than it may register, and alone changes it.',
  });
