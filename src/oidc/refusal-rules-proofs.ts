import { adminAudience } from './admin-resource.ts';
import type { RefusalFacts, RefusalRule } from './refusal-facts.ts';

/** Why proofs of possession (DPoP, RFC 9449) are refused, and requests for the administration API. */

const EACH = 'have the application make a proof for each request, with a random jti and the time of now';

export const PROOF_RULES: readonly RefusalRule[] = [
  {
    says: /DPoP proof JWT Replay|DPoP proof was used/u,
    parameter: 'DPoP (jti)',
    expected: 'a proof that was never used before',
    change: `${EACH}, also for a request that is sent again`,
  },
  {
    says: /DPoP proof .*\biat\b/u,
    parameter: 'DPoP (iat)',
    expected: 'a time in whole seconds, at most 300 away from now',
    change: `${EACH}; set the clock of its machine by NTP`,
  },
  {
    says: /DPoP proof ht[mu]/u,
    parameter: 'DPoP (htm and htu)',
    expected: ({ endpoint, issuer }) => `the method of the request, and the address "${issuer}${endpoint}"`,
    change: 'use the issuer as discovery writes it, without query, also behind a proxy',
  },
  {
    says: /DPoP proof ath/u,
    parameter: 'DPoP (ath)',
    expected: 'the SHA-256 of the access token of the request, in base64url',
    change: 'add ath of this very token to proofs that come with a token',
  },
  {
    says: /DPoP proof JWT not provided|missing DPoP proof|`DPoP` header not provided/u,
    parameter: 'DPoP',
    expected:
      'a proof in the header DPoP: the client has dpop_bound_access_tokens, or the token or code is bound to a key',
    change: 'send a proof by that key with the request; let a library of the application make it',
  },
  {
    says: /dpop_jkt|thumbprint|jkt verification/u,
    parameter: 'DPoP (jwk)',
    expected: 'a proof by the key to which the code or token is bound',
    change:
      'keep one key for a sign-in and for what it gives, and send Authorization: DPoP with such a token',
  },
  {
    says: /`DPoP`|not sender-constrained/u,
    parameter: 'Authorization',
    expected:
      'the scheme DPoP with a proof for a token that is bound to a key, and for any other the scheme Bearer, without a proof',
    change: 'use the token_type of the token answer as the scheme',
  },
  {
    error: ['invalid_dpop_proof', 'use_dpop_nonce'],
    parameter: 'DPoP',
    expected:
      'a JWT of the type dpop+jwt, signed with ES256 or EdDSA by the key in its header, with jti, htm, htu and iat',
    change: 'let a library of the application make it (RFC 9449, section 4.2)',
  },
];

const namesAdministration = ({ params: { resource }, issuer }: RefusalFacts): boolean =>
  [resource].flat().includes(adminAudience(issuer));

export const ADMINISTRATION_RULES: readonly RefusalRule[] = [
  {
    error: 'invalid_target',
    says: /no scope of this resource was granted/u,
    when: namesAdministration,
    parameter: 'scope',
    expected: 'a scope of the administration API, in the authorization request, that the person has allowed',
    change: 'add one of the scopes in admin_scopes of the client file to the request, with resource',
  },
  {
    error: ['invalid_target', 'invalid_scope'],
    when: namesAdministration,
    parameter: 'resource',
    expected:
      'a client that may ask for the administration API, and scopes that its admin_scopes name; a token is for this resource alone',
    change:
      'ask for these only, or have somebody who holds the scopes add them to admin_scopes of the client',
  },
];
