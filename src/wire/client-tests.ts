import { mayTestSignIn } from '../administration/clients/testing.ts';
import type { AdministrationDependencies } from '../administration/index.ts';
import type { ActiveProvider } from '../oidc/active-provider.ts';
import { createTestSignIns } from '../oidc/test-sign-ins.ts';
import type { ToldClaims } from '../oidc/told-claims.ts';
import type { Foundation } from './foundation.ts';
import type { Stores } from './stores.ts';

interface Served extends Foundation, Stores {
  readonly protocol: { readonly active: ActiveProvider; readonly told: ToldClaims };
}

/** Test sign-ins of clients, and who may do one. */
export const openClientTests = (
  { accounts, clients, clock, protocol, random }: Served,
  { clientRules, rights }: Pick<AdministrationDependencies, 'clientRules' | 'rights'>,
) => ({
  testSignIns: createTestSignIns({
    active: protocol.active,
    links: accounts.links,
    clients: clients.store,
    resources: clients.resources,
    told: protocol.told,
    clock,
    random,
  }),
  mayTestSignIn: (accountId: string, clientId: string) => mayTestSignIn(rights, accountId, clientId),
  whyRefused: clientRules.whyRefused,
});
