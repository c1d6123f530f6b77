import { expect } from 'chai';
import { REDIRECT_URI, WEB_CLIENT } from '../support/relying-party.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { UserAgent } from '../support/user-agent.ts';
import { BEHIND_PROXY } from './behind-proxy.ts';
import { authorizePath, type Client, codeFor, get, post, redeem } from './support.ts';

const REGISTERED = 'https://app.example.org/callback';

/** Addresses that are not the registered one, each near enough for a careless comparison. */
const MUTATIONS: readonly string[] = [
  'https://evil.example/callback',
  'https://app.example.org.evil.example/callback',
  'https://evil.example/https://app.example.org/callback',
  'https://app.example.org@evil.example/callback',
  'https://user:pass@app.example.org/callback',
  'https://evil.example#@app.example.org/callback',
  'https://evil.example\\@app.example.org/callback',
  'https:evil.example/callback',
  '//app.example.org/callback',
  'https:/app.example.org/callback',
  'http://app.example.org/callback',
  'HTTPS://app.example.org/callback',
  'https://APP.example.org/callback',
  'https://app.example.org/Callback',
  'https://app.example.org/callback/',
  'https://app.example.org/callback/..',
  'https://app.example.org/callback/../admin',
  'https://app.example.org/./callback',
  'https://app.example.org//callback',
  'https://app.example.org/callback?',
  'https://app.example.org/callback?next=https://evil.example',
  'https://app.example.org/callback;a=b',
  'https://app.example.org/callback#',
  'https://app.example.org/callback#fragment',
  'https://app.example.org/callback%2f',
  'https://app.example.org/%63allback',
  'https://app.example.org/callback%00',
  'https://app.example.org/callback\0',
  'https://app.example.org/callback ',
  ' https://app.example.org/callback',
  'https://app.example.org/callback\t',
  'https://app.example.org/callback\r\nX: y',
  'https://app.example.org:443/callback',
  'https://app.example.org:8443/callback',
  'https://app.example.org./callback',
  'https://sub.app.example.org/callback',
  'https://example.org/callback',
  'https://аpp.example.org/callback',
  'https://app.example.org/callbac',
  'https://app.example.org/callbackk',
  'https://*.example.org/callback',
  'javascript:alert(document.domain)//https://app.example.org/callback',
  'data:text/html,https://app.example.org/callback',
  'urn:ietf:wg:oauth:2.0:oob',
  'callback',
  '/callback',
  '',
  'null',
];

describe('where answers of /authorize go', () => {
  let server: TestServer;
  let client: Client;
  let native: Client;

  before(async () => {
    server = await startTestServer();
    client = await server.addClient({ ...WEB_CLIENT, redirect_uris: [REGISTERED] });
    native = await server.addClient({
      client_name: 'Desktop application',
      application_type: 'native',
      token_endpoint_auth_method: 'none',
      redirect_uris: ['http://127.0.0.1/callback', 'http://[::1]/callback', 'org.example.app:/callback'],
      first_party: true,
    });
  });
  after(() => server.stop());

  describe('line 45: redirect_uri is compared exactly', () => {
    it('takes the registered one', async () => {
      const { headers } = await get(
        server,
        authorizePath(client, { redirect_uri: REGISTERED, prompt: 'none' }),
      );
      expect(String(headers.get('location'))).to.match(
        /^https:\/\/app\.example\.org\/callback\?error=login_required/,
      );
    });

    for (const redirectUri of MUTATIONS) {
      it(`refuses ${JSON.stringify(redirectUri)}`, async () => {
        // prompt=none and a wrong scope would each be answered by a redirect at once.
        for (const changes of [{ prompt: 'none' }, { scope: 'nonsense' }, { response_type: 'token' }, {}]) {
          const path = authorizePath(client, { redirect_uri: redirectUri, ...changes });
          const { status, headers, text } = await get(server, path, { accept: 'text/html' });
          expect(status).to.equal(400);
          expect(headers.get('location')).to.equal(null);
          expect(text)
            .not.to.contain('evil.example')
            .and.not.to.match(/http-equiv=.?refresh/i);
        }
      });
    }

    it('refuses it when it comes twice, or not at all', async () => {
      const twice = `${authorizePath(client, { redirect_uri: REGISTERED })}&redirect_uri=https://evil.example/`;
      for (const path of [twice, authorizePath(client, { redirect_uri: undefined })]) {
        const { status, headers } = await get(server, path);
        expect(status).to.equal(400);
        expect(headers.get('location')).to.equal(null);
      }
    });

    it('refuses a pushed request with another one', async () => {
      const fields = Object.fromEntries(
        new URLSearchParams(authorizePath(client, { redirect_uri: 'https://evil.example/' }).split('?')[1]),
      );
      const { status, body } = await post(server, '/par', fields, client);
      expect(status).to.equal(400);
      expect(body).not.to.have.property('request_uri');
    });

    it('forgives native applications the port on the loopback, and nothing else', async () => {
      const location = async (redirect_uri: string) => {
        const answer = await get(server, authorizePath(native, { redirect_uri, prompt: 'none' }));
        return answer.headers.get('location');
      };
      for (const good of [
        'http://127.0.0.1:51234/callback',
        'http://[::1]:51234/callback',
        'org.example.app:/callback',
      ])
        expect(await location(good), good).to.contain('error=login_required');
      for (const bad of [
        'http://127.0.0.1:51234/other',
        'http://127.0.0.1:51234/callback?x=y',
        'http://127.0.0.2:51234/callback',
        'http://localhost:51234/callback',
        'https://127.0.0.1:51234/callback',
        'http://127.0.0.1.evil.example:51234/callback',
        'http://127.0.0.1:51234@evil.example/callback',
        'org.example.app:/callback/other',
        'org.example.app://evil.example/callback',
      ]) {
        expect(await location(bad), bad).to.equal(null);
      }
      const web = await server.addClient({ ...WEB_CLIENT, redirect_uris: ['http://127.0.0.1/callback'] });
      const { status } = await get(
        server,
        authorizePath(web, { redirect_uri: 'http://127.0.0.1:51234/callback' }),
      );
      expect(status).to.equal(400);
    });

    it('takes localhost and both loopback addresses as three hosts, each with any port', async () => {
      for (const host of ['localhost', '127.0.0.1', '[::1]']) {
        const one = await server.addClient({
          ...WEB_CLIENT,
          application_type: 'native',
          token_endpoint_auth_method: 'none',
          redirect_uris: [`http://${host}/callback`],
        });
        for (const used of ['localhost', '127.0.0.1', '[::1]']) {
          const redirect_uri = `http://${used}:51234/callback`;
          const { status } = await get(server, authorizePath(one, { redirect_uri, prompt: 'none' }));
          expect(status, `${host} ${used}`).to.equal(used === host ? 303 : 400);
        }
      }
    });

    it('holds at the token endpoint, too', async () => {
      const web = await server.addClient(WEB_CLIENT);
      const person = await server.addAccount();
      for (const redirect_uri of [`${REDIRECT_URI}/`, REGISTERED, '']) {
        const callback = await codeFor(server, web, person);
        const answer = await redeem(server, web, callback.get('code'), { redirect_uri });
        expect(answer.status).to.equal(400);
      }
    });

    it('cannot be registered in the clear where the issuer is not', async () => {
      const secure = await startTestServer({ settings: BEHIND_PROXY });
      try {
        const register = (uri: string) =>
          secure.addClient({ ...WEB_CLIENT, redirect_uris: [uri] }).then(
            () => 'registered',
            (error) => error.code,
          );
        expect(await register('http://app.example.org/callback')).to.equal('client_metadata_invalid');
        expect(await register('http://localhost.evil.example/callback')).to.equal('client_metadata_invalid');
        expect(await register('https://app.example.org/callback')).to.equal('registered');
        expect(await register('http://localhost:3001/callback')).to.equal('registered');
      } finally {
        await secure.stop();
      }
    });

    it('cannot be registered for a scheme that runs code, or with a fragment', async () => {
      for (const uri of ['javascript:alert(1)', 'data:text/html,x', 'vbscript:x', 'https://a.example/#x']) {
        for (const application_type of ['web', 'native']) {
          const registration = server.addClient({ ...WEB_CLIENT, application_type, redirect_uris: [uri] });
          expect(await registration.catch((error) => error.code), uri).to.equal('client_metadata_invalid');
        }
      }
    });
  });

  describe('line 46: a bad client or address gets a page, never a redirect', () => {
    const bad: [string, Record<string, string | undefined>][] = [
      ['an unknown client', { client_id: 'nobody', redirect_uri: 'https://evil.example/' }],
      ['no client', { client_id: undefined, redirect_uri: 'https://evil.example/' }],
      ['an empty client', { client_id: '', redirect_uri: 'https://evil.example/' }],
      [
        'a foreign address and everything else wrong',
        { redirect_uri: 'https://evil.example/', scope: '', state: '' },
      ],
      [
        'an unknown request_uri',
        { request_uri: 'urn:ietf:params:oauth:request_uri:x', redirect_uri: 'https://evil.example/' },
      ],
      ['a request object', { request: 'eyJhbGciOiJub25lIn0.e30.', redirect_uri: 'https://evil.example/' }],
    ];
    for (const [what, changes] of bad) {
      for (const response_mode of ['query', 'fragment', 'form_post']) {
        it(`${what}, ${response_mode}`, async () => {
          const path = authorizePath(client, { response_mode, prompt: 'none', ...changes });
          const { status, headers, text } = await get(server, path, { accept: 'text/html' });
          expect(status).to.equal(400);
          expect(headers.get('location')).to.equal(null);
          expect(text).not.to.contain('evil.example');
          expect(text).to.contain('view-error');
        });
      }
    }

    it('own pages lead nowhere else', async () => {
      const agent = new UserAgent();
      for (const path of [
        '/account?iss=https://evil.example',
        '/account?redirect_uri=https://evil.example&next=https://evil.example',
        '/account/signed-out?from=https://evil.example',
        '/account/profile?iss=https://evil.example',
        '//evil.example/account',
        '/\\evil.example',
        '/%5cevil.example',
        '/.//evil.example',
      ]) {
        const page = await agent.get(server.issuer + path);
        if (page.location !== undefined) expect(new URL(page.location).origin, path).to.equal(server.issuer);
      }
    });
  });
});
