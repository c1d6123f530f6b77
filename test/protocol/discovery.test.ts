import { expect } from 'chai';
import { answerOf } from '../support/protocol.ts';
import { startTestServer, type TestServer } from '../support/server.ts';

describe('discovery and keys', () => {
  let server: TestServer;
  before(async () => {
    server = await startTestServer();
  });
  after(() => server.stop());

  const get = async (path: string, init: RequestInit = {}) =>
    answerOf(await fetch(`${server.issuer}${path}`, init));

  it('names the endpoints at the addresses that others rely on', async () => {
    const { body, status } = await get('/.well-known/openid-configuration');
    expect(status).to.equal(200);
    const at = (path: string) => `${server.issuer}${path}`;
    expect(body).to.include({
      issuer: server.issuer,
      authorization_endpoint: at('/authorize'),
      token_endpoint: at('/token'),
      userinfo_endpoint: at('/userinfo'),
      jwks_uri: at('/jwks'),
      introspection_endpoint: at('/token/introspect'),
      revocation_endpoint: at('/token/revoke'),
      end_session_endpoint: at('/logout'),
      pushed_authorization_request_endpoint: at('/par'),
    });
    expect(body).to.not.have.any.keys('registration_endpoint', 'device_authorization_endpoint');
  });

  it('promises exactly what is built', async () => {
    const { body } = await get('/.well-known/openid-configuration');
    expect(body.response_types_supported).to.have.members(['code', 'none']);
    expect(body.code_challenge_methods_supported).to.deep.equal(['S256']);
    expect(body.authorization_response_iss_parameter_supported).to.equal(true);
    expect(body.claims_parameter_supported).to.equal(true);
    expect(body.acr_values_supported).to.deep.equal(['aal1', 'aal2', 'phr']);
    expect(body.subject_types_supported).to.deep.equal(['public']);
    expect(body.grant_types_supported).to.have.members([
      'authorization_code',
      'refresh_token',
      'client_credentials',
    ]);
    expect(body.scopes_supported).to.have.members([
      'openid',
      'profile',
      'email',
      'roles',
      'groups',
      'offline_access',
    ]);
    expect(body.claims_supported).to.include.members([
      'sub',
      'name',
      'given_name',
      'family_name',
      'preferred_username',
      'locale',
      'zoneinfo',
      'updated_at',
      'email',
      'email_verified',
      'roles',
      'groups',
      'acr',
      'amr',
      'auth_time',
      'sid',
      'iss',
    ]);
    expect(body.token_endpoint_auth_methods_supported).to.have.members([
      'client_secret_basic',
      'client_secret_post',
      'private_key_jwt',
      'none',
    ]);
    expect(body.id_token_signing_alg_values_supported).to.have.members(['RS256', 'ES256', 'EdDSA']);
    expect(body).to.include({ backchannel_logout_supported: true, request_uri_parameter_supported: false });
    expect(body.request_parameter_supported).to.not.equal(true);
    expect(body.dpop_signing_alg_values_supported).to.deep.equal(['ES256', 'Ed25519', 'EdDSA']);
    expect(body.scopes_supported).to.not.include('people:read');
  });

  it('offers no algorithm with a shared secret and none without a signature', async () => {
    const { body } = await get('/.well-known/openid-configuration');
    for (const [name, value] of Object.entries(body)) {
      if (!name.endsWith('alg_values_supported')) continue;
      expect(value, name).to.satisfy((algs: string[]) =>
        algs.every((alg) => !alg.startsWith('HS') && alg !== 'none'),
      );
    }
  });

  it('publishes the public half of one key for each algorithm', async () => {
    const { body } = await get('/jwks');
    expect(body.keys.map(({ alg }: { alg: string }) => alg)).to.have.members(['RS256', 'ES256', 'EdDSA']);
    const kids = new Set<string>();
    for (const key of body.keys) {
      expect(key).to.include({ use: 'sig' });
      expect(key.kid).to.be.a('string').with.length.greaterThan(20);
      kids.add(key.kid);
      expect(key).to.not.have.any.keys('d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k', 'priv');
    }
    expect(kids.size).to.equal(3);
    const rsa = body.keys.find(({ kty }: { kty: string }) => kty === 'RSA');
    expect(Buffer.from(rsa.n, 'base64url').length * 8).to.be.at.least(2048);
  });

  for (const path of ['/.well-known/openid-configuration', '/jwks']) {
    it(`lets caches and browsers of any origin read ${path}`, async () => {
      for (const turn of ['first', 'cached']) {
        const { headers, status } = await get(path, { headers: { origin: 'https://app.example.org' } });
        expect(status, turn).to.equal(200);
        expect(headers.get('access-control-allow-origin'), turn).to.equal('*');
        expect(headers.get('cache-control'), turn).to.match(/^public, max-age=\d+$/u);
        expect(headers.get('content-type'), turn).to.include('json');
        expect(headers.get('set-cookie'), turn).to.equal(null);
        expect(headers.get('cross-origin-resource-policy'), turn).to.equal('cross-origin');
      }
    });
  }

  it('answers HEAD, and preflights of browsers', async () => {
    const head = await fetch(`${server.issuer}/jwks`, { method: 'HEAD' });
    expect(head.status).to.equal(200);
    expect(await head.text()).to.equal('');
    const preflight = await fetch(`${server.issuer}/token`, {
      method: 'OPTIONS',
      headers: { origin: 'https://app.example.org', 'access-control-request-method': 'POST' },
    });
    expect(preflight.status).to.be.oneOf([200, 204]);
  });

  it('has no registration for everybody', async () => {
    const response = await fetch(`${server.issuer}/register`, { method: 'POST', body: '{}' });
    expect(response.status).to.equal(404);
  });
});
