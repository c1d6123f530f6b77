import { createRefusalBudget } from '../domain/audit/refusal-budget.ts';
import { longestSession } from '../domain/sessions/policy.ts';
import { createDeviceCookie } from '../http/device-cookie.ts';
import type { Pages } from '../http/pages.ts';
import { createScreens } from '../http/screens.ts';
import { createActiveProvider } from '../oidc/active-provider.ts';
import { providerMetadata } from '../oidc/clients.ts';
import { auditProviderEvents } from '../oidc/events.ts';
import { createProvider } from '../oidc/provider.ts';
import { createRegistrations } from '../oidc/registrations.ts';
import type { Foundation, OnClose } from './foundation.ts';
import type { Stores } from './stores.ts';

/** The provider with the keys of the moment, made anew when they change; at the first start, the keys themselves. */
export async function openProtocol(foundation: Foundation, stores: Stores, pages: Pages, onClose: OnClose) {
  const { config, database, keyring, changes, clock, random, log, report } = foundation;
  const { accounts, artifacts, clients, consents, keys, resources, rateLimits, limits } = stores;
  const { people, factorSettings, sessionSettings, sessionRecords, statuses, statusIndexes } = stores;
  const { sharedWorkstations } = stores;
  await ensureKeys(foundation, stores);
  const deviceCookie = createDeviceCookie({ https: config.server.issuer.startsWith('https:') });
  const refusals = createRefusalBudget(() => clock.now().getTime());
  const onError = (error: unknown) => log.error({ err: error }, 'signing keys could not be read');
  const active = await createActiveProvider({
    keyStore: keys,
    clock,
    pollSeconds: config.keys.pollSeconds,
    onError,
    create: (signingKeys) => {
      const provider = createProvider({
        issuer: config.server.issuer,
        cookieKeys: config.secrets.cookieKeys,
        tokens: config.tokens,
        sessionSeconds: longestSession(sessionSettings),
        allowLoopbackFetches: config.outbound.allowLoopback,
        keys: signingKeys,
        adapter: {
          database,
          artifacts,
          keyring,
          clock,
          random,
          sessionRecords,
          findClient: async (id) => {
            const client = await clients.find(id);
            return client && providerMetadata(client);
          },
        },
        accounts,
        consents,
        resources,
        registrations: createRegistrations(clients, resources),
        statuses,
        statusIndexes,
        screens: createScreens(pages, accounts),
        tokenLimit: { rateLimits, limit: limits.tokenPerClient },
        sessionCheck: {
          people,
          settings: factorSettings,
          deviceOf: deviceCookie.read,
          sharedWorkstations,
          clock,
        },
        sharedWorkstations,
      });
      auditProviderEvents(provider, refusals);
      provider.on('server_error', (ctx, error) => report(error, ctx));
      return provider;
    },
  });
  onClose(() => active.close());
  changes.onChange('signing_keys', () => void active.reload().catch(onError));
  return active;
}

async function ensureKeys({ database }: Foundation, { keys, audit }: Stores): Promise<void> {
  await database.transaction(async (tx) => {
    for (const { kid, algorithm } of await keys.ensure(tx)) {
      await audit.record(tx, {
        type: 'key.published',
        outcome: 'success',
        actor: 'system',
        details: { kid, algorithm },
      });
    }
  });
}
