import { expect } from 'chai';
import fc from 'fast-check';
import { handClient, tokensFor as handTokensFor } from '../support/protocol.ts';
import { WEB_CLIENT } from '../support/relying-party.ts';
import type { TestServer } from '../support/server.ts';
import { UserAgent } from '../support/user-agent.ts';
import { NUMBERS, RECORDS, useHarmlessServer } from './numbers.ts';
import { authorizePath, type Client, codeFor, isAlive } from './support.ts';

/** Whatever number comes from outside is bounded where it enters: none is answered with a fault (PostgreSQL’s or ours). */
describe('line 62: numbers from outside', function numbers() {
  this.timeout(120_000);
  const harmless = useHarmlessServer();
  const { mustBeHarmless, send, asClient } = harmless;
  let server: TestServer;
  let client: Client;
  let signedIn: UserAgent;
  let person: Awaited<ReturnType<TestServer['addAccount']>>;
  before(() => {
    ({ server, client, signedIn, person } = harmless);
  });

  const number = fc.oneof(
    fc.constantFrom(...NUMBERS),
    fc.double().map(String),
    fc.bigInt({ min: -(2n ** 80n), max: 2n ** 80n }).map(String),
    fc.integer().map(String),
  );

  it('in a parameter of any endpoint', async () => {
    const names = [
      'max_age',
      'claims',
      'scope',
      'resource',
      'state',
      'nonce',
      'client_id',
      'code',
      'refresh_token',
      'token',
      'expires_in',
      'exp',
      'id_token_hint',
      'request_uri',
      'login_hint',
      'ui_locales',
      'acr_values',
      'prompt',
      'code_challenge',
      'post_logout_redirect_uri',
      'logout_hint',
      'xsrf',
      'before',
      'time',
      'limit',
      'page',
      'cursor',
      'sign_in',
    ];
    const paths = [
      '/authorize',
      '/par',
      '/token',
      '/token/introspect',
      '/token/revoke',
      '/userinfo',
      '/logout',
      '/account/activity',
      '/status-lists/0',
      '/session',
      '/forgot',
    ];
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...paths),
        fc.constantFrom(...names),
        number,
        async (path, name, value) => {
          const query = new URLSearchParams(authorizePath(client, { [name]: value }).split('?')[1]);
          query.set('grant_type', 'client_credentials');
          query.set(name, value);
          const posted = await send(path, { method: 'POST', body: query, headers: asClient() });
          await mustBeHarmless(`POST ${path} ${name}=${value}`, posted);
          const opened = await signedIn.get(`${server.issuer}${path}?${query}`);
          await mustBeHarmless(`GET ${path} ${name}=${value}`, opened);
        },
      ),
      { numRuns: 300 },
    );
  });

  describe('max_age', () => {
    const errorOf = async (max_age: string, agent: UserAgent) => {
      const page = await agent.open(`${server.issuer}${authorizePath(client, { max_age })}`);
      await mustBeHarmless(max_age, page);
      return page.location === undefined ? undefined : new URL(page.location).searchParams.get('error');
    };
    it('is a number of seconds in digits, or refused, for whoever is signed in or not', async () => {
      for (const value of NUMBERS) {
        // The library takes whatever is nothing for 0, the strictest of all.
        const good = Number(value) === 0 || (/^\d{1,10}$/.test(value) && Number(value) < 2 ** 31);
        for (const agent of [new UserAgent(), signedIn]) {
          const error = await errorOf(value, agent);
          expect(error === 'invalid_request', value).to.equal(!good);
        }
        const pushed = new URLSearchParams(authorizePath(client, { max_age: value }).split('?')[1]);
        const { status } = await send('/par', { method: 'POST', body: pushed, headers: asClient() });
        expect(status, value).to.equal(good ? 201 : 400);
      }
    });

    it('leads through the whole sign-in at its bounds', async () => {
      for (const max_age of ['0', '1', '2147483647']) {
        const callback = await codeFor(server, client, person, { max_age });
        expect(callback.has('code'), max_age).to.equal(true);
      }
    });

    it('is as bounded where a client is registered with one', async () => {
      for (const default_max_age of [-1, 1.5, 2 ** 31, 1e300, '5', Number.MAX_SAFE_INTEGER]) {
        const made = await (async () => server.addClient({ ...WEB_CLIENT, default_max_age }))().catch(
          () => undefined,
        );
        expect(made, String(default_max_age)).to.equal(undefined);
      }
    });
  });

  it('in claims that a request asks for', async () => {
    const json = fc.oneof(
      number.filter((text) => /^-?\d+(\.\d+)?(e\+?\d+)?$/.test(text)),
      fc.constantFrom('null', '[]', '{}', '"5"'),
    );
    const claim = fc.constantFrom('auth_time', 'acr', 'sub', 'updated_at', 'email', 'exp', 'sid');
    const member = fc.constantFrom('value', 'values', 'essential', 'max_age');
    await fc.assert(
      fc.asyncProperty(claim, member, json, async (name, key, value) => {
        const claims = `{"id_token":{"${name}":{"${key}":${value}}},"userinfo":{"${name}":{"${key}":${value}}}}`;
        for (const agent of [new UserAgent(), signedIn]) {
          const page = await agent.open(`${server.issuer}${authorizePath(client, { claims })}`);
          await mustBeHarmless(claims, page);
        }
      }),
      { numRuns: 60 },
    );
    const wide = JSON.stringify({
      id_token: Object.fromEntries(Array.from({ length: 4_000 }, (_, i) => [`c${i}`, null])),
    });
    const deep = `{"id_token":{"acr":${'['.repeat(4_000)}${']'.repeat(4_000)}}}`;
    for (const claims of [wide, deep]) {
      const body = new URLSearchParams(authorizePath(client, { claims }).split('?')[1]);
      await mustBeHarmless(
        claims.slice(0, 40),
        await send('/par', { method: 'POST', body, headers: asClient() }),
      );
    }
  });

  it('in a JWT, wherever one is taken', async () => {
    const { id_token: hint, access_token: token } = await handTokensFor(
      handClient(server.issuer, client),
      person,
      { scope: 'openid records:read', resource: RECORDS },
    );
    const encode = (text: string) => Buffer.from(text).toString('base64url');
    const names = [
      'exp',
      'iat',
      'nbf',
      'auth_time',
      'aud',
      'sub',
      'iss',
      'jti',
      'sid',
      'client_id',
      'updated_at',
    ];
    const places: Record<string, (jwt: string) => Promise<{ status: number; body: string }>> = {
      'hint of a request': (id_token_hint) =>
        signedIn.open(`${server.issuer}${authorizePath(client, { id_token_hint })}`),
      'hint of a sign-out': (jwt) => send(`/logout?id_token_hint=${jwt}`),
      'request object': (request) => send(authorizePath(client, { request })),
      'pushed request object': (jwt) =>
        send('/par', { method: 'POST', body: new URLSearchParams({ request: jwt }), headers: asClient() }),
      introspected: (jwt) =>
        send('/token/introspect', {
          method: 'POST',
          body: new URLSearchParams({ token: jwt }),
          headers: asClient(),
        }),
      revoked: (jwt) =>
        send('/token/revoke', {
          method: 'POST',
          body: new URLSearchParams({ token: jwt }),
          headers: asClient(),
        }),
      'at userinfo': (jwt) => send('/userinfo', { headers: { authorization: `Bearer ${jwt}` } }),
      'asking for a session': (jwt) => send('/session', { headers: { authorization: `Bearer ${jwt}` } }),
      'keeping a session': (jwt) =>
        send('/session/activity', { method: 'POST', headers: { authorization: `Bearer ${jwt}` } }),
      'a client assertion': (jwt) =>
        send('/token', {
          method: 'POST',
          body: new URLSearchParams({
            grant_type: 'client_credentials',
            client_assertion: jwt,
            client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
          }),
        }),
    };
    const json = number.map((text) => (/^-?\d+(\.\d+)?(e\+?\d+)?$/.test(text) ? text : JSON.stringify(text)));
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...Object.keys(places)),
        fc.constantFrom(...names),
        json,
        fc.boolean(),
        async (place, name, value, asHint) => {
          const [head, body, signature] = (asHint ? hint : token).split('.');
          const claims = JSON.parse(Buffer.from(String(body), 'base64url').toString());
          delete claims[name];
          const altered = `${head}.${encode(`${JSON.stringify(claims).slice(0, -1)},"${name}":${value}}`)}.${signature}`;
          await mustBeHarmless(
            `${place}: ${name}=${value}`,
            await (places[place] as (jwt: string) => ReturnType<typeof send>)(altered),
          );
        },
      ),
      { numRuns: 300 },
    );
  });

  it('has not hurt the process', async () => {
    expect(await isAlive(server)).to.equal(true);
  });
});
