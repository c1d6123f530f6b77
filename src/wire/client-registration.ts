import { type ClientRegistration, createClientRegistration } from '../administration/clients/registration.ts';
import type { Access } from '../oidc/access.ts';
import type { ActiveProvider } from '../oidc/active-provider.ts';
import { createClientRules } from '../oidc/client-rules.ts';
import { CLIENT_REGISTRATION_PATH } from '../oidc/discovery.ts';
import type { ToldClaims } from '../oidc/told-claims.ts';
import type { Foundation } from './foundation.ts';
import type { Stores } from './stores.ts';

interface Served extends Foundation, Stores {
  readonly lifecycle: { readonly access: Access };
  readonly protocol: { readonly active: ActiveProvider; readonly told: ToldClaims };
}

/** How clients register themselves; undefined where they are not to. */
export function openClientRegistration(app: Served): ClientRegistration | undefined {
  const { config, database, clock, random, audit, clients, logouts, secrets } = app;
  const { enabled, unusedDays, ...policy } = config.clientRegistration;
  if (!enabled) return undefined;
  const { keyring } = secrets;
  return createClientRegistration({
    database,
    clock,
    random,
    audit: audit.log,
    clients: clients.store,
    clientSecrets: clients.secrets,
    clientOwners: clients.owners,
    registrations: clients.registrations,
    consents: clients.consents,
    logouts: logouts.outbox,
    access: app.lifecycle.access,
    clientRules: createClientRules(app.protocol.active, {
      keyring,
      resources: clients.resources,
      clock,
      random,
      told: app.protocol.told,
    }),
    policy,
    unusedDays,
    endpoint: `${config.server.issuer}${CLIENT_REGISTRATION_PATH}`,
  });
}
