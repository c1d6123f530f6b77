import type { ClientContext } from '../domain/clients/rules/index.ts';
import { SIGNING_ALGORITHMS } from '../domain/keys/policy.ts';
import { CLAIMS_BY_SCOPE, SCOPES } from './claims.ts';
import { ACR_VALUES } from './interaction-policy.ts';

/** What the rules of client metadata have to know of the provider. */
export const clientContext = (issuer: string): ClientContext => ({
  issuer,
  scopes: SCOPES,
  claims: CLAIMS_BY_SCOPE,
  acrValues: ACR_VALUES,
  idTokenAlgorithms: SIGNING_ALGORITHMS,
});
