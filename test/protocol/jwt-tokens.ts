import { type Answer, type HandClient, handClient, type Person, tokensFor } from '../support/protocol.ts';
import { WEB_CLIENT } from '../support/relying-party.ts';
import { startTestServer, type TestServer } from '../support/server.ts';

export const RECORDS = 'https://records.example.org';
export const FOR_RECORDS = { scope: 'openid records:read', resource: RECORDS };
export const SERVICE = { grant_types: ['client_credentials'], redirect_uris: [], response_types: [] };

/** A server with clients and resources whose access tokens are JWTs, for the tests of a `describe`: call it inside. */
export function useJwtTokens() {
  let server: TestServer;
  let person: Person;
  let client: HandClient;
  let service: HandClient;
  let api: HandClient;

  before(async () => {
    server = await startTestServer();
    person = await server.addAccount({ roles: ['clinician'] });
    const register = async (metadata: object) =>
      handClient(server.issuer, await server.addClient(metadata as Record<string, unknown>));
    client = await register(WEB_CLIENT);
    service = await register(SERVICE);
    api = await register({ ...SERVICE, introspect_any_token: true });
    await server.addResource({ identifier: RECORDS, name: 'Records', scopes: ['records:read', 'roles'] });
    await server.addResource({
      identifier: 'urn:elliptic',
      name: 'Elliptic',
      scopes: ['read'],
      token_algorithm: 'ES256',
    });
    await server.addResource({
      identifier: 'urn:edwards',
      name: 'Edwards',
      scopes: ['read'],
      token_algorithm: 'EdDSA',
    });
  });
  after(() => server.stop());

  const look = (who: HandClient, token: string, more = {}): Promise<Answer> =>
    who.post('/token/introspect', { token, ...more });
  const isActive = async (token: string) => (await look(api, token)).body.active;
  const revoke = (who: HandClient, token: string, more = {}): Promise<Answer> =>
    who.post('/token/revoke', { token, ...more });
  const forPerson = async (parameters = {}): Promise<string> =>
    (await tokensFor(client, person, { ...FOR_RECORDS, ...parameters })).access_token;
  const forService = async (who = service, resource = RECORDS): Promise<string> => {
    const scope = resource === RECORDS ? 'records:read' : 'read';
    return (await who.post('/token', { grant_type: 'client_credentials', resource, scope })).body
      .access_token;
  };

  return {
    get server() {
      return server;
    },
    get person() {
      return person;
    },
    get client() {
      return client;
    },
    get service() {
      return service;
    },
    get api() {
      return api;
    },
    ...{ look, isActive, revoke, forPerson, forService },
  };
}
