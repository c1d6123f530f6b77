import type { Provider } from 'oidc-provider';
import type { ClientContext } from '../domain/clients/rules/index.ts';
import { SIGNING_ALGORITHMS } from '../domain/keys/policy.ts';
import { CLAIMS_BY_SCOPE, SCOPES } from './claims.ts';
import { offersDeviceSignIn } from './device-endpoints.ts';
import { ACR_VALUES } from './interaction-policy.ts';

/** What the rules of client metadata have to know of the provider. */
export const clientContext = (provider: Provider): ClientContext => ({
  issuer: provider.issuer,
  deviceSignIn: offersDeviceSignIn(provider),
  scopes: SCOPES,
  claims: CLAIMS_BY_SCOPE,
  acrValues: ACR_VALUES,
  idTokenAlgorithms: SIGNING_ALGORITHMS,
});
