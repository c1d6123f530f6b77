import type { DeclaredAttributes } from '../domain/attributes/policy.ts';
import { CLAIMS_BY_SCOPE, SCOPES, type ToldClaims } from './claims.ts';

export type { ToldClaims } from './claims.ts';

/** `phone`, `address` and scopes of the organisation's own are there only where an attribute has them. */
export function toldClaims({
  claimsByScope,
  claims,
}: Pick<DeclaredAttributes, 'claimsByScope' | 'claims'>): ToldClaims {
  const more = Object.keys(claimsByScope).filter((scope) => !SCOPES.includes(scope));
  const byScope = Object.fromEntries(
    [...Object.keys(CLAIMS_BY_SCOPE), ...more].map((scope) => [
      scope,
      [...(CLAIMS_BY_SCOPE[scope] ?? []), ...(claimsByScope[scope] ?? [])],
    ]),
  );
  return { byScope, scopes: [...SCOPES, ...more], ofAttributes: claims };
}
