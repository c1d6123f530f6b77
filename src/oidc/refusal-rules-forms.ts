import type { RefusalFacts, RefusalRule } from './refusal-facts.ts';

/** Why requests are refused for their form, and what is said where nothing else fits. */

/** The names that may be told where the library names parameters. */
const NAMES: ReadonlySet<string> = new Set(
  (
    'acr_values claims client_assertion client_assertion_type client_id client_secret code code_challenge code_challenge_method ' +
    'code_verifier display grant_type id_token_hint login_hint logout_hint max_age nonce post_logout_redirect_uri prompt ' +
    'redirect_uri refresh_token request request_uri response_mode response_type scope state token token_type_hint ui_locales'
  ).split(' '),
);

/** Names of parameters in what the library says: `missing required parameters 'code' and 'redirect_uri'`. */
const named = ({ said }: RefusalFacts): string[] =>
  [...said.matchAll(/'([a-z_]{1,40})'/gu)].map(([, name = '']) => name).filter((name) => NAMES.has(name));
const names = (facts: RefusalFacts): string => named(facts).join(', ') || 'a parameter';

/** What a parameter that is missing is for. */
const MISSING: Readonly<Record<string, string>> = {
  client_id: 'set the client_id in the application',
  redirect_uri:
    'send redirect_uri with every request, also where one is registered only (OpenID Connect Core, 3.1.2.1)',
  response_type: 'send response_type=code',
  grant_type:
    'send grant_type=authorization_code, refresh_token or client_credentials, in the body of the form',
  code: 'send the code of the callback, in the body of the form',
  refresh_token: 'send the refresh_token of the last answer',
  token: 'send the token in the body of the form',
};

export const FORM_RULES: readonly RefusalRule[] = [
  {
    says: /^only .* content-type bodies/mu,
    parameter: 'Content-Type',
    expected: 'application/x-www-form-urlencoded',
    change: 'send a form, not JSON: RFC 6749 knows nothing else at this endpoint',
  },
  {
    says: /failed to parse the request body/u,
    parameter: 'body',
    expected: 'a form (application/x-www-form-urlencoded) of 56 KB at most, as long as Content-Length says',
    change: 'correct the body in the application; look whether a proxy in front changes it',
  },
  {
    says: /must not be provided twice/u,
    parameter: names,
    expected: 'each parameter once; only resource may be repeated',
    change: 'take the second one out: it is often in the configured address of the endpoint already',
  },
  {
    says: /missing required parameter/u,
    parameter: names,
    expected: (facts) => `what is missing: ${names(facts)}`,
    change: (facts) => {
      const hints = named(facts).flatMap((name) => MISSING[name] ?? []);
      return hints.length > 0 ? hints.join('; ') : 'send it';
    },
  },
  {
    error: ['method_not_allowed', 'not_found'],
    parameter: 'method',
    expected: ({ endpoint }) =>
      endpoint === '/authorize' || endpoint === '/logout' || endpoint === '/userinfo'
        ? 'GET or POST'
        : 'POST',
    change: 'send the request with this method: see the address and the documentation of the library',
  },
  {
    error: 'https_required',
    parameter: 'address',
    expected: ({ issuer }) => `the https address: ${issuer}`,
    change: 'set the issuer in the application with https',
  },
  {
    error: ['proxy_not_trusted', 'proxy_misconfigured'],
    parameter: 'address',
    expected: ({ issuer }) => `a request by https, through the proxy in front: ${issuer}`,
    change:
      'use the public address in the application; if it does, see the line of the log about TRUSTED_PROXIES',
  },
  {
    error: 'bad_request',
    parameter: 'request',
    expected: 'a well-formed request: address, headers and body that can be read',
    change: 'look at what the application, or a proxy in front, sends',
  },
];

/** Where nothing else fits: without the words of the library, which may quote the request. */
export const LAST_RULES: readonly RefusalRule[] = [
  {
    error: ['sign_in_already_finished', 'session_cap_reached'],
    expected: 'a sign-in that nobody has finished or ended elsewhere',
  },
  {
    error: 'invalid_client',
    parameter: 'client_id',
    expected: 'a client that proves itself as it is registered',
    change: 'compare client_id, secret or key and token_endpoint_auth_method with gatehouse clients show',
  },
  {
    error: 'invalid_grant',
    expected: 'a code or refresh token of this client that is still good',
    change: 'start a new sign-in',
  },
  {
    expected: 'a request as OAuth 2.0 and OpenID Connect have it',
    change: 'compare it with the error_description that the application was sent, and with docs/clients.md',
  },
];
