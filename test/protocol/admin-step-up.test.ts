import { expect } from 'chai';
import { decodeJwt } from 'jose';
import { type AdminApi, commandLine, GUARDED, provingClient, serveAdminApi } from '../support/admin-api.ts';
import { createProofKey } from '../support/dpop.ts';
import { addApp, asksFor, typeCode, typePassword } from '../support/factors.ts';
import { callbackOf } from '../support/protocol.ts';
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

/** RFC 9470 from the refusal to the answer, as the gatehouse command goes through it. */
describe('stepping up for the administration API', function stepUp() {
  this.timeout(60_000);
  const time = useTravel();
  let server: TestServer;
  let api: AdminApi;

  before(async () => {
    server = await startTestServer({ replace: { clock: time.clock } });
    api = await serveAdminApi(server);
  });
  after(async () => {
    await api.served[Symbol.asyncDispose]();
    await server.stop();
  });

  it('is asked for by level and by age, and a token that has both gets through', async () => {
    const person = await server.addAccount();
    const cli = await commandLine(server);
    const agent = new UserAgent();
    const first = (await cli.tokens(person, {}, agent)).access_token as string;
    const app = await addApp(server, person);

    const refused = await api.withProof(cli.key, first, GUARDED);
    expect([refused.status, refused.body.error]).to.deep.equal([401, 'insufficient_user_authentication']);
    expect(refused.headers.get('www-authenticate')).to.match(/^DPoP /);
    const { acr_values, max_age } = demandOf(refused.headers);
    expect([acr_values, max_age]).to.deep.equal(['aal2', undefined]);

    const tokenBy = async (page: Page) => {
      const allowed = await agent.follow(await agent.submit(page, { decision: 'allow' }, '/consent'));
      const { body } = await cli.redeem(String(callbackOf(allowed).get('code')));
      return String(body.access_token);
    };
    const asked = await agent.open(
      cli.client.authorizeUrl({ ...cli.parameters, acr_values: String(acr_values) }),
    );
    expect(asksFor(asked), 'the password was shown already').to.equal('totp');
    const second = await tokenBy(await agent.follow(await typeCode(agent, asked, await app.fresh())));
    expect(decodeJwt(second)).to.include({ acr: 'aal2' });
    expect((await api.withProof(cli.key, second, GUARDED)).status).to.equal(200);
    expect((await api.withProof(cli.key, first, GUARDED)).status, 'the one from before').to.equal(401);

    time.pass(301);
    const stale = await api.withProof(cli.key, second, GUARDED);
    const demand = demandOf(stale.headers);
    expect([stale.status, demand.error, demand.acr_values, demand.max_age]).to.deep.equal([
      401,
      'insufficient_user_authentication',
      'aal2',
      '300',
    ]);
    const { acr_values: level = '', max_age: age = '' } = demand;
    const again = await agent.open(
      cli.client.authorizeUrl({ ...cli.parameters, acr_values: level, max_age: age }),
    );
    const code = await typePassword(agent, again, person);
    expect(asksFor(code)).to.equal('totp');
    const third = await tokenBy(await agent.follow(await typeCode(agent, code, await app.fresh())));
    expect((await api.withProof(cli.key, third, GUARDED)).status).to.equal(200);
  });

  it('is nothing that a program can do, which may bind its tokens to a key, too', async () => {
    const key = await createProofKey();
    const service = provingClient(
      server.issuer,
      await server.addClient({
        grant_types: ['client_credentials'],
        response_types: [],
        redirect_uris: [],
        admin_scopes: ['people:read'],
      }),
      key,
    );
    const { body } = await service.post('/token', {
      grant_type: 'client_credentials',
      resource: `${server.issuer}/api/admin`,
      scope: 'people:read',
    });
    expect(body.token_type).to.equal('DPoP');
    expect((await api.withProof(key, body.access_token)).body).to.deep.equal({
      kind: 'client',
      scopes: ['people:read'],
    });
    expect((await api.withBearer(body.access_token)).status).to.equal(401);
  });
});
