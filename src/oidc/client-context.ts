import type { Provider } from 'oidc-provider';
import type { ClientContext } from '../domain/clients/rules/index.ts';
import { SIGNING_ALGORITHMS } from '../domain/keys/policy.ts';
import { offersDeviceSignIn } from './device-endpoints.ts';
import { ACR_VALUES } from './interaction-policy.ts';
import type { ToldClaims } from './told-claims.ts';

/** What the rules of client metadata have to know of the provider. */
export const clientContext = (
  provider: Provider,
  told: Pick<ToldClaims, 'byScope' | 'scopes'>,
): ClientContext => ({
  issuer: provider.issuer,
  deviceSignIn: offersDeviceSignIn(provider),
  scopes: told.scopes,
  claims: told.byScope,
  acrValues: ACR_VALUES,
  idTokenAlgorithms: SIGNING_ALGORITHMS,
});
