import { SYSTEM_ACTOR } from '../domain/audit/actor.ts';
import { createSecretRenewal } from '../domain/clients/renewal.ts';
import { longestSession } from '../domain/sessions/policy.ts';
import { createCsrf } from '../http/kit/csrf.ts';
import { createDeviceCookie } from '../http/kit/device-cookie.ts';
import { createTestCookie } from '../http/kit/test-cookie.ts';
import type { Pages } from '../http/pages/pages.ts';
import { createScreens } from '../http/pages/screens.ts';
import { GatehouseError } from '../kernel/errors.ts';
import type { Notices } from '../lifecycle/notices.ts';
import { createActiveProvider } from '../oidc/active-provider.ts';
import { builtInClients } from '../oidc/built-in-clients.ts';
import { CLIENT_REFUSED, createClientReader, whyRefused } from '../oidc/client-reading.ts';
import { createCookieKeys } from '../oidc/cookies.ts';
import { createUserCodeGuard } from '../oidc/device-codes.ts';
import { auditProviderEvents, type ToldRefusal } from '../oidc/events.ts';
import { createProvider } from '../oidc/provider.ts';
import { createRefusalNotes } from '../oidc/refusals.ts';
import { createRegistrations } from '../oidc/registrations.ts';
import { findBegunTest } from '../oidc/test-sign-ins.ts';
import { toldClaims } from '../oidc/told-claims.ts';
import type { Foundation, OnClose } from './foundation.ts';
import type { Stores } from './stores.ts';

/** The provider with the keys of the moment, made anew when they change; at the first start, the keys themselves. */
export async function openProtocol(
  foundation: Foundation,
  stores: Stores,
  pages: Pages,
  notices: Notices,
  onClose: OnClose,
) {
  const { config, database, clock, random, log, report } = foundation;
  const { keyring } = foundation.secrets;
  const { records: sessionRecords, settings: sessionSettings, sharedWorkstations } = stores.sessions;
  const { artifacts, statuses, statusIndexes } = stores.tokens;
  const { store: clients, secrets: clientSecrets, uses, resources, consents } = stores.clients;
  const { rateLimits, limits } = stores.protection;
  const accounts = stores.accounts.store;
  const builtIn = builtInClients(config.server.issuer, {
    cli: config.administration.cli,
    deviceSignIn: config.deviceSignIn.enabled,
  });
  await Promise.all([ensureKeys(foundation, stores), warnOfUnknownKeys(foundation, stores)]);
  const told = toldClaims(foundation.attributes);
  const deviceCookie = createDeviceCookie({
    https: config.server.issuer.startsWith('https:'),
    keys: createCookieKeys(config.secrets.cookieKeys),
  });
  const testCookie = createTestCookie({ https: config.server.issuer.startsWith('https:') });
  const begunTest = findBegunTest(stores.accounts.links);
  const refusals = createRefusalNotes({
    rateLimits,
    clock,
    onMore: (network, seconds) => log.warn({ network, seconds }, MORE_REFUSED),
  });
  // What needs no change, such as `login_required` after `prompt=none`, is no warning.
  const onRefused = ({ reason, ...request }: ToldRefusal) =>
    log[reason.change === undefined ? 'info' : 'warn']({ ...request, ...reason }, APPLICATION_REFUSED);
  const renew = createSecretRenewal({
    secrets: clientSecrets,
    keyring,
    clock,
    onRenewed: uses.secret,
    onError: (error) => log.warn({ err: error }, 'the digest of a client secret was not renewed'),
  });
  const onError = (error: unknown) => log.error({ err: error }, 'signing keys could not be read');
  const active = await createActiveProvider({
    keyStore: stores.keys.store,
    clock,
    pollSeconds: config.keys.pollSeconds,
    onError,
    create: (signingKeys) => {
      const reader = createClientReader({
        whyRefused: (client) => whyRefused(provider, client, told),
        onRefused: (client, problems) => log.error({ client, problems }, CLIENT_REFUSED),
      });
      const provider = createProvider({
        issuer: config.server.issuer,
        cookieKeys: config.secrets.cookieKeys,
        tokens: config.tokens,
        sessionSeconds: longestSession(sessionSettings),
        allowLoopbackFetches: config.outbound.allowLoopback,
        clockTolerance: config.tokens.clockToleranceSeconds,
        keys: signingKeys,
        adapter: {
          database,
          artifacts,
          keyring,
          clock,
          random,
          sessionRecords,
          guardUserCode: createUserCodeGuard({ rateLimits, limits, clock }),
          findClient: async (id) => {
            const client = await clients.find(id);
            return client && reader.metadataOf(client);
          },
        },
        accounts,
        consents,
        resources,
        builtInClients: builtIn,
        registrations: createRegistrations(clients, resources, builtIn),
        statuses,
        statusIndexes,
        screens: createScreens(pages, accounts, {
          csrf: createCsrf(config.secrets.cookieKeys, config.server.issuer),
          showReasons: config.environment === 'development',
        }),
        clientRegistration: config.clientRegistration.enabled,
        registrationOpen: config.registration.enabled,
        told,
        tokenLimit: { rateLimits, limit: limits.tokenPerClient },
        deviceSignIn: config.deviceSignIn.enabled
          ? { rateLimits, limits, accounts, notices, clock }
          : undefined,
        onSecret: (clientId, digest, secret) => {
          uses.secret(clientId, digest);
          renew(clientId, digest, secret);
        },
        onClientUse: uses.client,
        sessionCheck: {
          people: stores.signIn.people,
          settings: stores.factors.settings,
          deviceOf: deviceCookie.read,
          sharedWorkstations,
          clock,
          agreements: stores.signIn.agreements,
          documents: foundation.documents,
        },
        sharedWorkstations,
        begunTests: async (ctx) => {
          const token = testCookie.read(ctx);
          return token === undefined ? undefined : begunTest(token);
        },
      });
      auditProviderEvents(provider, { refusals, onRefused, whyHeld: reader.whyHeld });
      provider.on('server_error', (ctx, error) => report(error, ctx));
      return provider;
    },
  }).catch(nameSetting);
  onClose(() => active.close());
  foundation.storage.changes.onChange('signing_keys', () => void active.reload().catch(onError));
  return { active, told, refusals, onRefused, builtIn };
}

/** What the log says of a request that was refused, with its client, the reason and what to change. */
export const APPLICATION_REFUSED = 'a request of an application was refused';
/** What it says once of a network when more are refused than it tells. */
export const MORE_REFUSED = 'more requests of this network are refused; they are not told one by one';

/** Their secrets are right and are refused all the same: what to do about it is an operator's to know. */
async function warnOfUnknownKeys({ secrets, log }: Foundation, { clients }: Stores): Promise<void> {
  const ids = await clients.secrets.withUnknownKey([...secrets.keyring.keys.keys()]);
  if (ids.length === 0) return;
  log.warn(
    { clients: ids },
    'ENCRYPTION_KEYS: these clients cannot authenticate, because the key that their secrets are digested with is missing',
  );
}

/** A start that fails for want of a key says which setting has to have it. */
function nameSetting(error: unknown): never {
  const known = error instanceof GatehouseError ? error : undefined;
  if (known?.code !== 'unknown_encryption_key' && known?.code !== 'sealed_value_invalid') throw error;
  throw new GatehouseError(known.code, {
    message: `ENCRYPTION_KEYS: a signing key cannot be opened (${known.message}). Put the key back with which it was sealed.`,
    cause: error,
  });
}

async function ensureKeys({ database }: Foundation, { keys, audit }: Stores): Promise<void> {
  await database.transaction(async (tx) => {
    for (const { kid, algorithm } of await keys.store.ensure(tx)) {
      await audit.log.record(tx, {
        type: 'key.published',
        outcome: 'success',
        actor: SYSTEM_ACTOR,
        details: { kid, algorithm },
      });
    }
  });
}
