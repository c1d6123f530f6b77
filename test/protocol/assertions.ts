import { randomUUID } from 'node:crypto';
import { type CryptoKey, exportJWK, generateKeyPair } from 'jose';
import { type Answer, pkce, postForm } from '../support/protocol.ts';
import { REDIRECT_URI } from '../support/relying-party.ts';
import { startTestServer, type TestServer, type TestServerOptions } from '../support/server.ts';

export const ASSERTION_TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';
export const HOUR = 3_600;
const { subtle } = globalThis.crypto;

export const REFUSED = '401 invalid_client';
export type Claims = Record<string, unknown>;

/** A server with a client that authenticates itself by assertions, for the tests of a `describe`: call it inside. */
export function useAssertions(options: TestServerOptions = {}) {
  let server: TestServer;
  let id: string;
  let key: CryptoKey;

  before(async () => {
    server = await startTestServer(options);
    const pair = await generateKeyPair('ES256', { extractable: true });
    key = pair.privateKey;
    const jwk = { ...(await exportJWK(pair.publicKey)), kid: 'one', use: 'sig', alg: 'ES256' };
    const registration = await server.addClient({
      grant_types: ['authorization_code', 'client_credentials'],
      redirect_uris: [REDIRECT_URI],
      token_endpoint_auth_method: 'private_key_jwt',
      jwks: { keys: [jwk] },
    });
    id = String(registration.client_id);
  });
  after(() => server.stop());

  const now = () => Math.floor(Date.now() / 1000);
  const encode = (text: string) => Buffer.from(text).toString('base64url');
  /** Signs the text as it is: JSON says more about numbers than a library would let through. */
  async function signed(payload: string, header = '{"alg":"ES256","kid":"one"}'): Promise<string> {
    const data = `${encode(header)}.${encode(payload)}`;
    const signature = await subtle.sign({ name: 'ECDSA', hash: 'SHA-256' }, key, Buffer.from(data));
    return `${data}.${Buffer.from(signature).toString('base64url')}`;
  }
  const claims = (changes: Claims = {}): Claims => ({
    iss: id,
    sub: id,
    aud: server.issuer,
    jti: randomUUID(),
    iat: now(),
    exp: now() + 60,
    ...changes,
  });
  const made = (changes: Claims = {}, header?: string) => signed(JSON.stringify(claims(changes)), header);
  /** With a claim that is written as it is. */
  const written = (name: string, value: string) => {
    const { [name]: _replaced, ...others } = claims();
    return signed(`${JSON.stringify(others).slice(0, -1)},"${name}":${value}}`);
  };

  const { challenge } = pkce();
  /** Every endpoint at which clients authenticate themselves, with a request that is otherwise good. */
  const ENDPOINTS: Record<string, Record<string, string>> = {
    '/token': { grant_type: 'client_credentials' },
    '/par': {
      response_type: 'code',
      redirect_uri: REDIRECT_URI,
      scope: 'openid',
      code_challenge: challenge,
      code_challenge_method: 'S256',
    },
    '/token/introspect': { token: 'x' },
    '/token/revoke': { token: 'x' },
  };
  const at = (path: string, jwt: string): Promise<Answer> =>
    postForm(`${server.issuer}${path}`, {
      ...ENDPOINTS[path],
      ...(path === '/par' ? { client_id: id } : {}),
      client_assertion: jwt,
      client_assertion_type: ASSERTION_TYPE,
    });
  const outcome = ({ status, body }: Answer) => (status < 300 ? 'accepted' : `${status} ${body.error}`);
  const everywhere = async (make: () => Promise<string>) => {
    const answers = await Promise.all(Object.keys(ENDPOINTS).map(async (path) => at(path, await make())));
    return [...new Set(answers.map(outcome))].join();
  };

  return {
    get server() {
      return server;
    },
    get id() {
      return id;
    },
    ...{ now, signed, claims, made, written, ENDPOINTS, at, outcome, everywhere },
  };
}
