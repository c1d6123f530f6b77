import { expect } from 'chai';
import connect from 'express-openid-connect';
import { decodeJwt } from 'jose';
import { type ExpressApplication, startExpress, visit } from '../support/express-application.ts';
import type { Person } from '../support/protocol.ts';
import { startTestServer, type TestServer } from '../support/server.ts';

const RECORDS = 'https://records.example.org';

/** Reads nothing of a person but the ID token. */
describe('express-openid-connect', function expressOpenidConnect() {
  this.timeout(60_000);
  let server: TestServer;
  let person: Person;
  const running: ExpressApplication[] = [];

  before(async () => {
    server = await startTestServer();
    person = await server.addAccount({ name: 'Robin Reyes', roles: ['clinician'] });
    await server.addResource({ identifier: RECORDS, name: 'Records', scopes: ['records:read'] });
  });
  after(async () => {
    for (const application of running) await application.stop();
    await server.stop();
  });

  /** What the application knows after a sign-in. */
  async function known(metadata: object, scope: string): Promise<{ user: object; token: string }> {
    const application = await startExpress(async (app, base) => {
      const { client_id: clientID, client_secret: clientSecret } = await server.addClient({
        redirect_uris: [`${base}/callback`],
        first_party: true,
        ...metadata,
      });
      app.use(
        connect.auth({
          issuerBaseURL: server.issuer,
          baseURL: base,
          clientID: String(clientID),
          clientSecret: String(clientSecret),
          secret: 'a secret of the application alone',
          authorizationParams: { response_type: 'code', scope },
        }),
      );
      app.get('/', (request, response) => {
        const { user, accessToken } = request.oidc;
        response.json({ user, token: accessToken?.access_token });
      });
    });
    running.push(application);
    return JSON.parse((await visit(application.base, person)).body);
  }

  it('knows who signs in, by id_token_claims', async () => {
    const { user } = await known(
      { id_token_claims: ['name', 'email', 'groups'] },
      'openid profile email groups',
    );
    expect(user).to.deep.include({
      sub: person.id,
      name: 'Robin Reyes',
      email: person.email,
      groups: ['clinician'],
    });
  });

  it('knows nothing but the subject without it', async () => {
    const { user } = await known({}, 'openid profile email groups');
    expect(user).to.include({ sub: person.id }).and.not.have.any.keys('name', 'email', 'groups');
  });

  it('has a token for the one service that its scope means, and knows who signs in', async () => {
    const { user, token } = await known(
      { resource_scopes: ['records:read'] },
      'openid profile email records:read',
    );
    expect(decodeJwt(token)).to.include({ aud: RECORDS, scope: 'records:read', sub: person.id });
    expect(user).to.include({ name: 'Robin Reyes', email: person.email });
  });
});
