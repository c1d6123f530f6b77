import { expect } from 'chai';
import { decodeJwt } from 'jose';
import { clients } from '../../src/administration/clients/index.ts';
import { type AdminApi, audienceOf, CALLBACK, commandLine, serveAdminApi } from '../support/admin-api.ts';
import { act } from '../support/administration.ts';
import { createProofKey } from '../support/dpop.ts';
import { authorize, callbackOf, postForm } from '../support/protocol.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { UserAgent } from '../support/user-agent.ts';

/** The `gatehouse` command on people's own machines, as a client that is built in. */
describe('the client of the gatehouse command', function commandLineClient() {
  this.timeout(60_000);
  let server: TestServer;
  let api: AdminApi;

  before(async () => {
    server = await startTestServer();
    api = await serveAdminApi(server);
  });
  after(async () => {
    await api.served[Symbol.asyncDispose]();
    await server.stop();
  });

  it('gets a token that is bound to the key of the machine, over a loopback address with any port', async () => {
    const person = await server.addAccount();
    const cli = await commandLine(server);
    const tokens = await cli.tokens(person);
    expect(tokens).to.include({ token_type: 'DPoP', scope: 'people:read people:write' });
    expect(decodeJwt(tokens.access_token)).to.deep.include({
      aud: audienceOf(server),
      cnf: { jkt: cli.key.thumbprint },
      acr: 'aal1',
      client_id: 'gatehouse-cli',
      scope: 'people:read people:write',
    });
    expect((await api.withProof(cli.key, tokens.access_token)).body).to.deep.equal({
      kind: 'person',
      scopes: ['people:read', 'people:write'],
    });
    expect(api.calls.at(-1)).to.deep.include({ accountId: person.id, clientId: 'gatehouse-cli' });
    const again = await cli.client.refresh(tokens.refresh_token, { resource: audienceOf(server) });
    expect([again.status, again.body.token_type]).to.deep.equal([200, 'DPoP']);
  });

  it('asks its person every time, and is named on the pages', async () => {
    const person = await server.addAccount();
    const cli = await commandLine(server);
    const agent = new UserAgent();
    await cli.tokens(person, {}, agent);
    const asked = await agent.open(cli.client.authorizeUrl(cli.parameters));
    expect(asked.location, 'no code without a click').to.equal(undefined);
    expect(asked.body).to.include('Gatehouse command line');
    const account = await agent.open(`${server.issuer}/account`);
    expect(account.body).to.include('Gatehouse command line');
    expect(account.body).to.include('Administration: see people and their accounts');
  });

  it('needs PKCE, a proof, the loopback address and this key', async () => {
    const person = await server.addAccount();
    const cli = await commandLine(server);
    const resource = audienceOf(server);
    const open = (more: Record<string, string | undefined>) =>
      new UserAgent().open(cli.client.authorizeUrl({ ...cli.parameters, ...more }));
    const noPkce = await open({ code_challenge: undefined, code_challenge_method: undefined });
    expect(callbackOf(noPkce).get('error')).to.equal('invalid_request');
    for (const redirect_uri of [
      'https://evil.example/callback',
      'http://127.0.0.1:1/other',
      'http://10.0.0.1/callback',
    ])
      expect((await open({ redirect_uri })).status, redirect_uri).to.equal(400);
    const page = await authorize(new UserAgent(), cli.client.authorizeUrl(cli.parameters), person);
    const code = String(callbackOf(page).get('code'));
    const fields = {
      grant_type: 'authorization_code',
      client_id: 'gatehouse-cli',
      code,
      redirect_uri: CALLBACK,
      code_verifier: cli.client.verifier,
      resource,
    };
    expect((await postForm(`${server.issuer}/token`, fields)).body.error).to.equal('invalid_grant');
    const { body } = await cli.redeem(code);
    const thief = await createProofKey();
    const stolen = await postForm(
      `${server.issuer}/token`,
      {
        grant_type: 'refresh_token',
        client_id: 'gatehouse-cli',
        refresh_token: body.refresh_token,
        resource,
      },
      { dpop: await thief.prove('POST', `${server.issuer}/token`) },
    );
    expect([stolen.status, stolen.body.error]).to.deep.equal([400, 'invalid_grant']);
  });

  it('gets nothing for itself and nothing of other resources', async () => {
    await server.addResource({ identifier: 'https://mine.example', name: 'Mine', scopes: ['own:read'] });
    const cli = await commandLine(server);
    const alone = await cli.client.post('/token', { grant_type: 'client_credentials', scope: 'people:read' });
    expect(alone.body.error).to.be.oneOf(['invalid_request', 'unauthorized_client']);
    const page = await authorize(
      new UserAgent(),
      cli.client.authorizeUrl({
        ...cli.parameters,
        resource: 'https://mine.example',
        scope: 'openid own:read',
      }),
      await server.addAccount(),
    );
    const { body } = await cli.redeem(String(callbackOf(page).get('code') ?? ''), {
      resource: 'https://mine.example',
    });
    expect(body).to.not.have.property('access_token');
  });

  it('has a name that nobody else registers, and is not there where it is switched off', async () => {
    const metadata = { client_id: 'gatehouse-cli', redirect_uris: ['https://evil.example/callback'] };
    const refused = await act(server.app, clients.create, { metadata }).catch((error) => error.safeMessage);
    expect(refused).to.include('the gatehouse command');
    await using off = await server
      .secondNode({ ADMINISTRATION_CLI: 'false' })
      .then((node) => ({ node, [Symbol.asyncDispose]: () => node.stop() }));
    const { client, parameters } = await commandLine(server);
    const url = client.authorizeUrl(parameters);
    const { port } = off.node.app.config.server;
    const page = await new UserAgent().open(url.replace(server.issuer, `http://localhost:${port}`));
    expect([page.status, page.location]).to.deep.equal([400, undefined]);
  });
});
