import { expect } from 'chai';
import { ADMIN_SCOPES } from '../../src/domain/clients/admin-scopes.ts';
import { type AdminClient, adminClient } from '../support/admin-client.ts';
import { addApp, asksFor, typeCode, typePassword } from '../support/factors.ts';
import { callbackOf, handClient } from '../support/protocol.ts';
import { WEB_CLIENT } from '../support/relying-party.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { useTravel } from '../support/time.ts';
import { type Page, UserAgent } from '../support/user-agent.ts';

/** What the challenge of an answer asks for. */
const demandOf = (headers: Headers): Record<string, string> =>
  Object.fromEntries(
    [...String(headers.get('www-authenticate')).matchAll(/(\w+)="([^"]*)"/gu)].map(([, name, value]) => [
      String(name),
      String(value),
    ]),
  );

/** RFC 9470 at an act: what it refuses says what to ask the authorization endpoint for, and then it does it. */
describe('a dangerous act with an old proof', function stepUp() {
  this.timeout(60_000);
  const time = useTravel();
  let server: TestServer;
  let api: AdminClient;

  before(async () => {
    server = await startTestServer({ replace: { clock: time.clock } });
    api = await adminClient(server);
  });
  after(() => server.stop());

  it('answers 401 with max_age, and the same request passes with the token of a sign-in that has it', async () => {
    const account = await server.addAccount({ roles: ['administrator'] });
    const target = await server.addAccount();
    const app = await addApp(server, account);
    const registered = await server.addClient({
      ...WEB_CLIENT,
      first_party: true,
      admin_scopes: ADMIN_SCOPES,
    });
    const client = handClient(server.issuer, registered);
    const resource = `${server.issuer}/api/admin`;
    const parameters = { resource, scope: ['openid', ...ADMIN_SCOPES].join(' ') };
    const agent = new UserAgent();

    const signedIn = async (asked: Page) => {
      expect(asksFor(asked)).to.equal('totp');
      const done = await agent.follow(await typeCode(agent, asked, await app.fresh()));
      const { body } = await client.redeem(String(callbackOf(done).get('code')), { resource });
      return api.withToken(String(body.access_token));
    };
    const begin = (more = {}) => agent.open(client.authorizeUrl({ ...parameters, ...more }));

    const ask = await signedIn(await typePassword(agent, await begin(), account));
    time.pass(301);
    const request = [
      'DELETE',
      `/people/${target.id}?reason=left`,
      undefined,
      { 'idempotency-key': 'the same' },
    ] as const;
    const refused = await ask(...request);
    const { error, acr_values: level = '', max_age: age = '' } = demandOf(refused.headers);
    expect([refused.status, refused.body.error, error]).to.deep.equal([
      401,
      'insufficient_user_authentication',
      'insufficient_user_authentication',
    ]);
    expect([level, age]).to.deep.equal(['aal2', '300']);
    expect((await ask('GET', `/people/${target.id}`)).status, 'what is not dangerous goes on').to.equal(200);

    // A session that is there is not enough: the server asks for everything once more.
    const again = await begin({ acr_values: level, max_age: age });
    const fresh = await signedIn(await typePassword(agent, again, account));
    expect((await ask(...request)).status, 'the token from before').to.equal(401);
    const done = await fresh(...request);
    expect([done.status, done.headers.get('idempotency-replayed')]).to.deep.equal([200, null]);
    expect((await fresh('GET', `/people/${target.id}`)).status).to.equal(404);
  });
});
