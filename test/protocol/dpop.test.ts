import { expect } from 'chai';
import { decodeJwt } from 'jose';
import * as openid from 'openid-client';
import { provingClient } from '../support/admin-api.ts';
import { createProofKey, type ProofKey } from '../support/dpop.ts';
import { typePassword } from '../support/factors.ts';
import {
  answerOf,
  authorize,
  callbackOf,
  type HandClient,
  handClient,
  type Person,
} from '../support/protocol.ts';
import { createRelyingParty, REDIRECT_URI, WEB_CLIENT } from '../support/relying-party.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { UserAgent } from '../support/user-agent.ts';

const RECORDS = 'https://records.example.org';
const PUBLIC = { ...WEB_CLIENT, token_endpoint_auth_method: 'none', dpop_bound_access_tokens: true };

/** Sender-constrained tokens (RFC 9449) at the protocol's own endpoints. */
describe('a client that binds its tokens to a key', function dpop() {
  this.timeout(60_000);
  let server: TestServer;
  let key: ProofKey;
  let client: HandClient;
  let api: HandClient;
  let person: Person;

  before(async () => {
    server = await startTestServer();
    key = await createProofKey();
    await server.addResource({ identifier: RECORDS, name: 'Records', scopes: ['records:read'] });
    client = provingClient(server.issuer, await server.addClient(PUBLIC), key);
    api = handClient(
      server.issuer,
      await server.addClient({
        grant_types: [],
        response_types: [],
        redirect_uris: [],
        introspect_any_token: true,
      }),
    );
    person = await server.addAccount();
  });
  after(() => server.stop());

  const codeFor = async (parameters: Record<string, string> = {}, by = client) =>
    String(callbackOf(await authorize(new UserAgent(), by.authorizeUrl(parameters), person)).get('code'));
  const tokens = async (parameters: Record<string, string> = {}) => {
    const { resource } = parameters;
    const { status, body } = await client.redeem(await codeFor(parameters), resource ? { resource } : {});
    expect(status, JSON.stringify(body)).to.equal(200);
    return body;
  };
  const userinfo = async (authorization: string, dpop?: string) =>
    answerOf(
      await fetch(`${server.issuer}/userinfo`, {
        headers: { authorization, ...(dpop === undefined ? {} : { dpop }) },
      }),
    );

  it('is given tokens of the type DPoP, and none without a proof', async () => {
    const body = await tokens();
    expect(body.token_type).to.equal('DPoP');
    const code = await codeFor();
    const plain = handClient(server.issuer, { client_id: client.id, token_endpoint_auth_method: 'none' });
    const { status, body: refused } = await plain.post('/token', {
      grant_type: 'authorization_code',
      code,
      redirect_uri: REDIRECT_URI,
      code_verifier: client.verifier,
    });
    expect([status, refused.error]).to.deep.equal([400, 'invalid_grant']);
  });

  it('shows its token at userinfo with a proof, and not as a bearer’s', async () => {
    const { access_token: token } = await tokens();
    const at = `${server.issuer}/userinfo`;
    const good = await key.prove('GET', at, { token });
    expect((await userinfo(`DPoP ${token}`, good)).body).to.have.property('sub');
    expect((await userinfo(`DPoP ${token}`, good)).status, 'the proof again').to.equal(401);
    expect((await userinfo(`Bearer ${token}`)).status).to.equal(401);
    const thief = await createProofKey();
    for (const proof of [
      await thief.prove('GET', at, { token }),
      await key.prove('POST', at, { token }),
      await key.prove('GET', `${server.issuer}/token`, { token }),
      await key.prove('GET', at),
    ])
      expect((await userinfo(`DPoP ${token}`, proof)).status).to.equal(401);
    const forged = await key.prove('GET', 'http://evil.example/userinfo', { token });
    const answer = await fetch(at, {
      headers: { authorization: `DPoP ${token}`, dpop: forged, 'x-forwarded-host': 'evil.example' },
    });
    expect(answer.status).to.equal(401);
  });

  it('is told by introspection to which key a token is bound, opaque or not', async () => {
    const jwt = await tokens({ scope: 'openid records:read', resource: RECORDS });
    expect(decodeJwt(jwt.access_token).cnf).to.deep.equal({ jkt: key.thumbprint });
    for (const token of [jwt.access_token, (await tokens()).access_token]) {
      const { body } = await api.post('/token/introspect', { token });
      expect(body).to.deep.include({ active: true, token_type: 'DPoP', cnf: { jkt: key.thumbprint } });
    }
  });

  it('refreshes with the key alone', async () => {
    const { refresh_token: refreshToken } = await tokens();
    const thief = provingClient(server.issuer, withId(client), await createProofKey());
    const stolen = await thief.refresh(refreshToken);
    expect([stolen.status, stolen.body.error]).to.deep.equal([400, 'invalid_grant']);
    const { refresh_token: next } = await tokens();
    const { status, body } = await client.refresh(next);
    expect([status, body.token_type]).to.deep.equal([200, 'DPoP']);
  });

  it('may bind the code as well (dpop_jkt)', async () => {
    const bound = await codeFor({ dpop_jkt: (await createProofKey()).thumbprint });
    expect((await client.redeem(bound)).body.error).to.equal('invalid_grant');
    expect((await client.redeem(await codeFor({ dpop_jkt: key.thumbprint }))).status).to.equal(200);
  });

  it('cannot use a proof twice, not in parallel either', async () => {
    const at = `${server.issuer}/token`;
    const service = handClient(
      server.issuer,
      await server.addClient({ grant_types: ['client_credentials'], redirect_uris: [], response_types: [] }),
    );
    const fields = { grant_type: 'client_credentials' };
    const proof = await key.prove('POST', at);
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => service.post('/token', fields, { dpop: proof })),
    );
    expect(answers.filter(({ status }) => status === 200)).to.have.length(1);
    for (const { status, body } of answers.filter((answer) => answer.status !== 200))
      expect([status, body.error]).to.satisfy(
        ([code, error]: [number, string]) =>
          code === 400 && ['invalid_dpop_proof', 'invalid_grant'].includes(error),
      );
  });

  it('does not keep a session alive with a token and no key', async () => {
    const { access_token: token } = await tokens();
    const headers = { authorization: `Bearer ${token}` };
    const { status, body } = await answerOf(await fetch(`${server.issuer}/session`, { headers }));
    expect([status, body.error]).to.deep.equal([401, 'invalid_token']);
  });

  it('works with openid-client as it comes', async () => {
    const party = await createRelyingParty(server.issuer, await server.addClient(PUBLIC), openid.None());
    const handle = openid.getDPoPHandle(party.configuration, await openid.randomDPoPKeyPair('ES256'));
    const pending = await party.begin();
    const agent = new UserAgent();
    const page = await typePassword(agent, await agent.open(pending.url), person);
    const answer = await openid.authorizationCodeGrant(
      party.configuration,
      new URL(String(page.location)),
      { pkceCodeVerifier: pending.verifier, expectedState: pending.state, expectedNonce: pending.nonce },
      undefined,
      { DPoP: handle },
    );
    expect(answer.token_type.toLowerCase()).to.equal('dpop');
    const claims = await openid.fetchUserInfo(party.configuration, answer.access_token, person.id, {
      DPoP: handle,
    });
    expect(claims.sub).to.equal(person.id);
  });
});

const withId = ({ id }: HandClient) => ({ client_id: id, token_endpoint_auth_method: 'none' });
