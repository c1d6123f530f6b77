import type { IncomingMessage, RequestListener } from 'node:http';
import type { Meters } from '../../metrics/meters.ts';
import { ROUTES } from '../../oidc/provider.ts';

/** What an address is, by its first part; what is not here is `other`, whatever strangers ask for. */
const BY_FIRST_PART: ReadonlyMap<string, string> = new Map([
  ['sign-in', 'sign_in'],
  ['account', 'account'],
  ['recovery-codes', 'account'],
  ['forgot', 'account_life'],
  ['reset', 'account_life'],
  ['register', 'account_life'],
  ['invitation', 'account_life'],
  ['secure', 'account_life'],
  ['verify-address', 'account_life'],
  ['authorize', 'authorization'],
  ['logout', 'sign_out'],
  ['.well-known', 'metadata'],
  ['jwks', 'metadata'],
  ['assets', 'assets'],
  ['health', 'health'],
]);

const BY_PATH: ReadonlyMap<string, string> = new Map([
  [ROUTES.token, 'token'],
  [ROUTES.introspection, 'introspection'],
  [ROUTES.revocation, 'revocation'],
  [ROUTES.userinfo, 'userinfo'],
  [ROUTES.pushed_authorization_request, 'pushed_authorization_request'],
]);

/** The kind of address that a request asks for: one of a few words, and nothing that stands in the request. */
export function routeClassOf(url = ''): string {
  const path = url.split('?', 1)[0] ?? '';
  return BY_PATH.get(path) ?? BY_FIRST_PART.get(path.split('/', 2)[1] ?? '') ?? 'other';
}

/** Times every request from its head to the end of its answer. Stands outermost, so that nothing is left out. */
export function measured(handle: RequestListener, meters: Pick<Meters, 'request'>): RequestListener {
  return (request: IncomingMessage, response) => {
    const began = performance.now();
    response.once('close', () => {
      const status = response.writableFinished ? response.statusCode : undefined;
      meters.request(routeClassOf(request.url), status, (performance.now() - began) / 1000);
    });
    handle(request, response);
  };
}
