import type { ClientContext } from '../domain/clients/rules/index.ts';
import { SIGNING_ALGORITHMS } from '../domain/keys/policy.ts';
import { ACR_VALUES } from './interaction-policy.ts';
import type { ToldClaims } from './told-claims.ts';

/** What the rules of client metadata have to know of the provider. */
export const clientContext = (
  issuer: string,
  told: Pick<ToldClaims, 'byScope' | 'scopes'>,
): ClientContext => ({
  issuer,
  scopes: told.scopes,
  claims: told.byScope,
  acrValues: ACR_VALUES,
  idTokenAlgorithms: SIGNING_ALGORITHMS,
});
