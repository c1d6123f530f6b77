import { expect } from 'chai';
import { loadConfig } from '../../src/config/load.ts';
import { REDIRECT_URI, WEB_CLIENT } from '../support/relying-party.ts';
import { startTestServer, type TestServer, testEnvironment } from '../support/server.ts';
import { UserAgent } from '../support/user-agent.ts';
import {
  audited,
  authorizePath,
  type Client,
  codeFor,
  get,
  introspect,
  post,
  redeem,
  token,
  tokensFor,
  userinfo,
} from './support.ts';

/** A clock that tests move. */
const clock = {
  offset: 0,
  now: () => new Date(Date.now() + clock.offset),
};

describe('grants', () => {
  let server: TestServer;
  let client: Client;
  let other: Client;
  let person: { email: string; password: string };

  before(async () => {
    server = await startTestServer({ replace: { clock } });
    client = await server.addClient(WEB_CLIENT);
    other = await server.addClient(WEB_CLIENT);
    person = await server.addAccount();
  });
  after(() => server.stop());
  afterEach(() => {
    clock.offset = 0;
  });

  const errorOf = async (path: string): Promise<string | null> => {
    const location = (await get(server, path)).headers.get('location');
    return location === null ? null : new URL(location).searchParams.get('error');
  };

  it('line 47: a code works once; the second use takes back what the first one got', async () => {
    const code = (await codeFor(server, client, person)).get('code');
    const { body } = await redeem(server, client, code);
    expect((await userinfo(server, String(body.access_token))).status).to.equal(200);
    const replay = await redeem(server, client, code);
    expect(replay.status).to.equal(400);
    expect(replay.body.error).to.equal('invalid_grant');
    const told = (await audited(server, 'token.reuse_detected')).at(-1);
    expect(told, 'by which session it was given').to.have.property('session').that.is.a('string');
    expect((await userinfo(server, String(body.access_token))).status).to.equal(401);
    const refresh = { grant_type: 'refresh_token', refresh_token: String(body.refresh_token) };
    expect((await token(server, client, refresh)).body.error).to.equal('invalid_grant');
  });

  it('line 47: of many at once, one gets tokens, and they are dead afterwards', async () => {
    const code = (await codeFor(server, client, person)).get('code');
    const answers = await Promise.all(Array.from({ length: 20 }, () => redeem(server, client, code)));
    const won = answers.filter(({ status }) => status === 200);
    expect(won).to.have.length(1);
    expect((await userinfo(server, String(won[0]?.body.access_token))).status).to.equal(401);
    expect(await audited(server, 'token.reuse_detected')).to.not.have.length(0);
  });

  it('line 48: a code lives a minute; no setting makes it more than ten', async () => {
    const code = (await codeFor(server, client, person)).get('code');
    clock.offset = 61_000;
    expect((await redeem(server, client, code)).body.error).to.equal('invalid_grant');
    const configured = (seconds: string) =>
      loadConfig({
        env: testEnvironment(server.database, 3000, { AUTHORIZATION_CODE_SECONDS: seconds }),
        configFile: false,
      });
    expect(() => configured('601')).to.throw(/AUTHORIZATION_CODE_SECONDS/);
    expect(configured('60').tokens.authorizationCodeSeconds).to.equal(60);
  });

  it('line 49: a code is bound to its client, its redirect URI and its challenge', async () => {
    for (const attempt of [
      (code: string | null) => redeem(server, other, code),
      (code: string | null) => redeem(server, client, code, { redirect_uri: `${REDIRECT_URI}2` }),
      (code: string | null) => redeem(server, client, code, { code_verifier: 'x'.repeat(43) }),
      (code: string | null) =>
        token(server, client, {
          grant_type: 'authorization_code',
          code: String(code),
          redirect_uri: REDIRECT_URI,
        }),
    ]) {
      const { status, body } = await attempt((await codeFor(server, client, person)).get('code'));
      expect(status).to.equal(400);
      expect(body.error).to.equal('invalid_grant');
    }
  });

  describe('line 50: PKCE is required, and only S256', () => {
    for (const [what, changes] of [
      ['none', { code_challenge: undefined, code_challenge_method: undefined }],
      ['plain', { code_challenge_method: 'plain' }],
      ['plain by default', { code_challenge_method: undefined }],
      ['a method that there is not', { code_challenge_method: 's256' }],
      ['a challenge that is too short', { code_challenge: 'abc' }],
      ['an empty challenge', { code_challenge: '' }],
    ] as const) {
      it(`refuses ${what}`, async () => {
        expect(await errorOf(authorizePath(client, { prompt: 'none', ...changes }))).to.equal(
          'invalid_request',
        );
      });
    }

    it('for pushed requests, too', async () => {
      const fields = Object.fromEntries(new URLSearchParams(authorizePath(client).split('?')[1]));
      const { code_challenge: _challenge, code_challenge_method: _method, ...without } = fields;
      expect((await post(server, '/par', without, client)).status).to.equal(400);
      expect(
        (await post(server, '/par', { ...fields, code_challenge_method: 'plain' }, client)).status,
      ).to.equal(400);
      expect((await post(server, '/par', fields, client)).status).to.equal(201);
    });
  });

  it('line 51: a verifier for a code without a challenge is refused (downgrade)', async () => {
    const old = await server.addClient({ ...WEB_CLIENT, require_pkce: false });
    const without = { code_challenge: undefined, code_challenge_method: undefined };
    const code = (await codeFor(server, old, person, without)).get('code');
    expect((await redeem(server, old, code)).body.error).to.equal('invalid_grant');
  });

  describe('line 52: nothing but codes comes from the front door', () => {
    for (const type of [
      'token',
      'id_token',
      'id_token token',
      'code token',
      'code id_token',
      'code id_token token',
      'none code',
      'code\tnone',
    ]) {
      it(`refuses response_type=${JSON.stringify(type)}`, async () => {
        const { headers, status } = await get(
          server,
          authorizePath(client, { response_type: type, prompt: 'none' }),
        );
        expect(status).to.equal(303);
        expect(String(headers.get('location'))).to.match(/error=(unsupported_response_type|invalid_request)/);
        expect(String(headers.get('location'))).not.to.contain('access_token');
      });
    }

    for (const grantType of [
      'password',
      'implicit',
      'urn:ietf:params:oauth:grant-type:device_code',
      'urn:openid:params:grant-type:ciba',
      'urn:ietf:params:oauth:grant-type:jwt-bearer',
      'urn:ietf:params:oauth:grant-type:token-exchange',
    ]) {
      it(`refuses grant_type=${grantType}`, async () => {
        const fields = { grant_type: grantType, username: person.email, password: person.password };
        expect((await token(server, client, fields)).body.error).to.equal('unsupported_grant_type');
      });
    }
  });

  describe('line 53: each client has what it was registered for', () => {
    it('grants, response types, response modes and scopes', async () => {
      const narrow = await server.addClient({
        ...WEB_CLIENT,
        grant_types: ['authorization_code'],
        response_modes: ['query'],
        scope: 'openid email',
      });
      for (const mode of ['fragment', 'form_post']) {
        const path = authorizePath(narrow, { response_mode: mode, prompt: 'none', scope: 'openid' });
        const answer = await get(server, path);
        const told = `${answer.headers.get('location')}${answer.text}`;
        expect(told).to.contain('invalid_request').and.not.to.contain('code=');
      }
      expect(await errorOf(authorizePath(narrow, { prompt: 'none', scope: 'openid roles' }))).to.equal(
        'invalid_scope',
      );
      expect(await errorOf(authorizePath(narrow, { prompt: 'none', response_type: 'none' }))).to.equal(
        'invalid_request',
      );
      const answer = await token(server, narrow, { grant_type: 'client_credentials' });
      expect(answer.status).to.equal(400);
      expect(answer.body.error).to.be.oneOf(['unauthorized_client', 'invalid_request']);
      const tokens = await tokensFor(server, narrow, person, { scope: 'openid email' });
      expect(tokens).not.to.have.property('refresh_token');
    });
  });

  describe('line 54: refresh tokens rotate', () => {
    const refresh = (refreshToken: unknown, as = client, more: Record<string, string> = {}) =>
      token(server, as, { grant_type: 'refresh_token', refresh_token: String(refreshToken), ...more });

    it('the second use ends the family, the newest token included', async () => {
      const first = await tokensFor(server, client, person);
      const second = (await refresh(first.refresh_token)).body;
      const third = (await refresh(second.refresh_token)).body;
      expect((await refresh(first.refresh_token)).body.error).to.equal('invalid_grant');
      for (const { refresh_token } of [second, third])
        expect((await refresh(refresh_token)).body.error).to.equal('invalid_grant');
      for (const { access_token } of [first, second, third])
        expect((await userinfo(server, String(access_token))).status).to.equal(401);
    });

    it('of many at once one wins, and the family is dead', async () => {
      const { refresh_token } = await tokensFor(server, client, person);
      const answers = await Promise.all(Array.from({ length: 20 }, () => refresh(refresh_token)));
      const won = answers.filter(({ status }) => status === 200);
      expect(won).to.have.length(1);
      expect((await refresh(won[0]?.body.refresh_token)).status).to.equal(400);
    });

    it('and end together, at a time that no rotation moves', async () => {
      const first = await tokensFor(server, client, person);
      const lifetime = server.app.config.tokens.refreshTokenSeconds * 1000;
      const second = (await refresh(first.refresh_token)).body;
      clock.offset = lifetime + 1_000;
      expect((await refresh(second.refresh_token)).body.error).to.equal('invalid_grant');
    });

    it('line 55: they stay with their client and their scope', async () => {
      const { refresh_token } = await tokensFor(server, client, person, { scope: 'openid email' });
      expect((await refresh(refresh_token, other)).body.error).to.equal('invalid_grant');
      const wider = await refresh(refresh_token, client, { scope: 'openid email roles' });
      expect(wider.body.error).to.equal('invalid_scope');
      const narrower = await refresh(refresh_token, client, { scope: 'openid' });
      expect(narrower.body.scope).to.equal('openid');
      const back = await refresh(narrower.body.refresh_token, client, { scope: 'openid email roles' });
      expect(back.body.error).to.equal('invalid_scope');
    });
  });

  it('a pushed request is for its client, once, and hides what it holds', async () => {
    const fields = Object.fromEntries(
      new URLSearchParams(authorizePath(client, { prompt: 'none' }).split('?')[1]),
    );
    const { body } = await post(server, '/par', fields, client);
    const by = (as: Client) =>
      `/authorize?${new URLSearchParams({ client_id: String(as.client_id), request_uri: String(body.request_uri) })}`;
    const stolen = await get(server, by(other));
    expect(stolen.status).to.equal(400);
    expect(stolen.headers.get('location')).to.equal(null);
    const agent = new UserAgent();
    await codeFor(server, client, person, {}, agent);
    const used = await agent.get(server.issuer + by(client));
    expect(String(used.location)).to.contain('code=');
    expect(String((await agent.get(server.issuer + by(client))).location ?? '')).not.to.contain('code=');
  });

  it('an opaque token shows itself to nobody but who may ask', async () => {
    const { access_token } = await tokensFor(server, client, person);
    expect((await introspect(server, client, String(access_token))).body.active).to.equal(true);
    expect((await introspect(server, other, String(access_token))).body).to.deep.equal({ active: false });
  });
});
