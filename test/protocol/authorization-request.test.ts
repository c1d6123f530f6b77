import { expect } from 'chai';
import { decodeJwt } from 'jose';
import { authorize, callbackOf, type HandClient, handClient, type Person } from '../support/protocol.ts';
import { REDIRECT_URI, WEB_CLIENT } from '../support/relying-party.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { UserAgent } from '../support/user-agent.ts';

/** Three levels, and so many arrays in one another. */
const deepClaims = (arrays: number) =>
  `{"id_token":{"name":{"value":${'['.repeat(arrays)}${']'.repeat(arrays)}}}}`;

describe('authorization request', () => {
  let server: TestServer;
  let person: Person;
  let client: HandClient;

  before(async () => {
    server = await startTestServer();
    person = await server.addAccount();
    client = handClient(server.issuer, await server.addClient(WEB_CLIENT));
  });
  after(() => server.stop());

  const callback = async (url: string, agent = new UserAgent()) =>
    callbackOf(await authorize(agent, url, person));

  describe('the response', () => {
    it('carries code, state and issuer, in the query', async () => {
      const page = await authorize(new UserAgent(), client.authorizeUrl({ state: 'a b&c' }), person);
      expect(page.status).to.equal(303);
      expect(page.location?.startsWith(`${REDIRECT_URI}?`)).to.equal(true);
      const answer = callbackOf(page);
      expect([...answer.keys()]).to.have.members(['code', 'state', 'iss']);
      expect(answer.get('state')).to.equal('a b&c');
      expect(answer.get('iss')).to.equal(server.issuer);
    });

    it('carries state and issuer with an error too', async () => {
      const answer = await callback(client.authorizeUrl({ prompt: 'none' }));
      expect(answer.get('error')).to.equal('login_required');
      expect(answer.get('state')).to.equal('the-state');
      expect(answer.get('iss')).to.equal(server.issuer);
      expect(answer.has('code')).to.equal(false);
    });

    it('has no state where none was sent', async () => {
      expect((await callback(client.authorizeUrl({ state: undefined }))).has('state')).to.equal(false);
    });

    it('is posted to the client on request', async () => {
      const page = await authorize(
        new UserAgent(),
        client.authorizeUrl({ response_mode: 'form_post' }),
        person,
      );
      const form = page.forms.find(({ action }) => action === REDIRECT_URI);
      expect(form?.fields).to.include({ state: 'the-state', iss: server.issuer });
      expect(form?.fields.code).to.be.a('string');
    });

    it('repeats the nonce in the ID token, and nothing without one', async () => {
      for (const nonce of ['n-0S6_WzA2Mj', undefined]) {
        const page = await authorize(new UserAgent(), client.authorizeUrl({ nonce }), person);
        const { body } = await client.redeem(String(page.location));
        expect(decodeJwt(body.id_token).nonce).to.equal(nonce);
      }
    });

    it('is empty but for state and issuer with response_type=none', async () => {
      const registration = await server.addClient({
        ...WEB_CLIENT,
        grant_types: [],
        response_types: ['none'],
        token_endpoint_auth_method: 'none',
      });
      const quiet = handClient(server.issuer, registration);
      const answer = await callback(quiet.authorizeUrl({ response_type: 'none' }));
      expect([...answer.keys()]).to.have.members(['state', 'iss']);
      const refused = await callback(quiet.authorizeUrl());
      expect(refused.get('error')).to.equal('invalid_request');
    });

    for (const type of ['token', 'id_token', 'code id_token', 'id_token token', 'code token']) {
      it(`refuses response_type=${type}`, async () => {
        const url = client.authorizeUrl({ response_type: type, nonce: 'n' });
        const page = await new UserAgent().open(url);
        expect(page.location).to.be.a('string');
        expect(page.location).to.include('error=unsupported_response_type');
      });
    }
  });

  describe('redirect_uri', () => {
    for (const uri of [
      `${REDIRECT_URI}/`,
      `${REDIRECT_URI}?x=1`,
      'http://127.0.0.1:10/callback',
      'http://localhost:9/callback',
      undefined,
    ]) {
      it(`stays on a page of ours for ${uri ?? 'none'}`, async () => {
        const registration = await server.addClient({
          ...WEB_CLIENT,
          redirect_uris: [REDIRECT_URI, `${REDIRECT_URI}/second`],
        });
        const page = await new UserAgent().open(
          handClient(server.issuer, registration).authorizeUrl({ redirect_uri: uri }),
        );
        expect(page.location).to.equal(undefined);
        expect(page.status).to.equal(400);
        expect(page.headers.get('content-type')).to.include('html');
      });
    }

    it('of a native application may have any port of the loopback, and no other difference', async () => {
      const native = handClient(
        server.issuer,
        await server.addClient({
          ...WEB_CLIENT,
          application_type: 'native',
          token_endpoint_auth_method: 'none',
          redirect_uris: ['http://127.0.0.1/callback'],
        }),
      );
      const uri = 'http://127.0.0.1:53127/callback';
      const page = await authorize(new UserAgent(), native.authorizeUrl({ redirect_uri: uri }), person);
      expect(page.location?.startsWith(`${uri}?`)).to.equal(true);
      const { status } = await native.redeem(String(page.location), { redirect_uri: uri });
      expect(status).to.equal(200);
      for (const wrong of ['http://127.0.0.1:53127/other', 'http://localhost:53127/callback']) {
        const refused = await new UserAgent().open(native.authorizeUrl({ redirect_uri: wrong }));
        expect([refused.status, refused.location]).to.deep.equal([400, undefined]);
      }
    });

    it('must be the same at the token endpoint', async () => {
      const page = await authorize(new UserAgent(), client.authorizeUrl(), person);
      const { status, body } = await client.redeem(String(page.location), {
        redirect_uri: 'http://127.0.0.1:10/callback',
      });
      expect([status, body.error]).to.deep.equal([400, 'invalid_grant']);
    });

    it('of an unknown client leads nowhere', async () => {
      const page = await new UserAgent().open(client.authorizeUrl({ client_id: 'nobody' }));
      expect([page.status, page.location]).to.deep.equal([400, undefined]);
    });
  });

  describe('PKCE', () => {
    const refusal = async (parameters: Record<string, string | undefined>) =>
      (await callback(client.authorizeUrl(parameters))).get('error');

    it('is required of every client', async () => {
      expect(await refusal({ code_challenge: undefined, code_challenge_method: undefined })).to.equal(
        'invalid_request',
      );
    });

    it('accepts S256 only', async () => {
      expect(await refusal({ code_challenge_method: 'plain' })).to.equal('invalid_request');
      expect(await refusal({ code_challenge_method: undefined })).to.equal('invalid_request');
      expect(await refusal({ code_challenge: 'too-short' })).to.equal('invalid_request');
    });

    it('refuses a wrong and a missing verifier', async () => {
      for (const verifier of [undefined, 'a'.repeat(43)]) {
        const page = await authorize(new UserAgent(), client.authorizeUrl(), person);
        const { status, body } = await client.redeem(String(page.location), { code_verifier: verifier });
        expect([status, body.error]).to.deep.equal([400, 'invalid_grant']);
      }
    });

    it('may be left out by a client that is exempted, and by that one only', async () => {
      const old = handClient(server.issuer, await server.addClient({ ...WEB_CLIENT, require_pkce: false }));
      const without = { code_challenge: undefined, code_challenge_method: undefined };
      const page = await authorize(new UserAgent(), old.authorizeUrl(without), person);
      const { status } = await old.redeem(String(page.location), { code_verifier: undefined });
      expect(status).to.equal(200);
    });

    it('refuses a verifier for a code without a challenge, against a downgrade', async () => {
      const old = handClient(server.issuer, await server.addClient({ ...WEB_CLIENT, require_pkce: false }));
      const without = { code_challenge: undefined, code_challenge_method: undefined };
      const page = await authorize(new UserAgent(), old.authorizeUrl(without), person);
      const { status, body } = await old.redeem(String(page.location));
      expect([status, body.error]).to.deep.equal([400, 'invalid_grant']);
    });
  });

  describe('what is malformed', () => {
    const cases: [string, Record<string, string | undefined>, string][] = [
      ['an unknown scope is ignored', { scope: 'openid surprise' }, ''],
      ['a request object', { request: 'e30.e30.' }, 'request_not_supported'],
      ['a request by reference', { request_uri: 'https://example.org/request' }, 'request_uri_not_supported'],
      ['an unknown prompt', { prompt: 'maybe' }, 'invalid_request'],
      ['none with another prompt', { prompt: 'none login' }, 'invalid_request'],
      ['a negative age', { max_age: '-1' }, 'invalid_request'],
      ['an age that is no number', { max_age: 'old' }, 'invalid_request'],
      ['claims that are no JSON', { claims: '{' }, 'invalid_request'],
      ['claims very deep in one another', { claims: deepClaims(1_500) }, 'invalid_request'],
      ['claims one level too deep', { claims: deepClaims(8) }, 'invalid_request'],
      ['claims as deep as they may be are not', { claims: deepClaims(7) }, ''],
      ['an ID token hint that is none', { id_token_hint: 'abc' }, 'invalid_request'],
      ['an unknown response mode', { response_mode: 'carrier_pigeon' }, 'unsupported_response_mode'],
    ];
    for (const [what, parameters, error] of cases) {
      it(error === '' ? what : `is refused: ${what}`, async () => {
        const answer = await callback(client.authorizeUrl(parameters));
        expect(answer.get('error')).to.equal(error === '' ? null : error);
        expect(answer.get('iss')).to.equal(server.issuer);
      });
    }

    for (const arrays of [8, 5_000, 20_000]) {
      it(`is refused: pushed claims, ${arrays} arrays in one another`, async () => {
        const { status, body } = await client.post('/par', client.parameters({ claims: deepClaims(arrays) }));
        expect([status, body.error]).to.deep.equal([400, 'invalid_request']);
      });
    }

    it('is refused: a parameter that comes twice', async () => {
      const page = await new UserAgent().open(`${client.authorizeUrl()}&nonce=a&nonce=b`);
      expect(callbackOf(page).get('error')).to.equal('invalid_request');
    });
  });
});
