import { expect } from 'chai';
import { postForm } from '../support/protocol.ts';
import { type Line, useRefusalLog } from '../support/refusal-log.ts';
import { REDIRECT_URI } from '../support/relying-party.ts';
import { UserAgent } from '../support/user-agent.ts';

/** "It says invalid_request" is answered by the log, the trail and `gatehouse clients problems`. */
describe('a request of an application that is refused', function refusals() {
  this.timeout(60_000);
  const setup = useRefusalLog();
  const { code, during } = setup;

  const open = (url: string) => new UserAgent().open(url);
  const authorize = (parameters: Record<string, string | undefined>) =>
    open(setup.client.authorizeUrl(parameters));
  const post = (path: string, fields: Record<string, string>, headers = {}) =>
    postForm(`${setup.server.issuer}${path}`, fields, headers);

  const OTHER = 'https://elsewhere.example/';
  type Case = [
    what: string,
    endpoint: string,
    parameter: string,
    words: RegExp,
    work: () => Promise<unknown>,
  ];
  const cases: Case[] = [
    [
      'PKCE missing',
      '/authorize',
      'code_challenge',
      /require_pkce/u,
      () => authorize({ code_challenge: undefined, code_challenge_method: undefined }),
    ],
    [
      'PKCE plain',
      '/authorize',
      'code_challenge_method',
      /S256/u,
      () => authorize({ code_challenge_method: 'plain' }),
    ],
    [
      'another redirect_uri',
      '/authorize',
      'redirect_uri',
      /127\.0\.0\.1:9\/callback, which differs in the slash/u,
      () => authorize({ redirect_uri: `${REDIRECT_URI}/` }),
    ],
    [
      'no redirect_uri',
      '/authorize',
      'redirect_uri',
      /redirect_uri/u,
      () => authorize({ redirect_uri: undefined }),
    ],
    [
      'an unknown client',
      '/authorize',
      'client_id',
      /clients create/u,
      () => authorize({ client_id: 'nobody' }),
    ],
    [
      'an implicit flow',
      '/authorize',
      'response_type',
      /code flow/u,
      () => authorize({ response_type: 'token' }),
    ],
    ['an unknown scope', '/authorize', 'scope', /scope=openid/u, () => authorize({ scope: 'nothing' })],
    ['no openid', '/authorize', 'scope', /openid/u, () => authorize({ scope: 'profile', nonce: 'n-0123' })],
    [
      'an unknown resource',
      '/authorize',
      'resource',
      /resources list/u,
      () => authorize({ resource: OTHER }),
    ],
    ['a wrong prompt', '/authorize', 'prompt', /prompt/u, () => authorize({ prompt: 'sometimes' })],
    [
      'a wrong id_token_hint',
      '/authorize',
      'id_token_hint',
      /ID token/u,
      () => authorize({ id_token_hint: 'a.b.c' }),
    ],
    ['a request object', '/authorize', 'request', /JAR/u, () => authorize({ request: 'a.b.c' })],
    [
      'a spent request_uri',
      '/authorize',
      'request_uri',
      /once/u,
      () => authorize({ request_uri: 'urn:ietf:params:oauth:request_uri:x' }),
    ],
    [
      'a parameter twice',
      '/authorize',
      'state',
      /once/u,
      () => open(`${setup.client.authorizeUrl()}&state=again`),
    ],
    [
      'a wrong secret',
      '/token',
      'client_secret',
      /copy it/u,
      () => setup.client.post('/token', {}, basicOf('wrong-secret-of-this-client')),
    ],
    [
      'a secret where a public client is meant',
      '/par',
      'client_secret',
      /"none"/u,
      () => post('/par', setup.client.parameters()),
    ],
    [
      'no client at all',
      '/token',
      'client_id',
      /client_id/u,
      () => post('/token', { grant_type: 'client_credentials' }),
    ],
    [
      'JSON',
      '/token',
      'Content-Type',
      /form/u,
      () =>
        fetch(`${setup.server.issuer}/token`, {
          method: 'POST',
          body: '{}',
          headers: { 'content-type': 'application/json' },
        }),
    ],
    [
      'GET',
      '/token',
      'method',
      /method/u,
      () => fetch(`${setup.server.issuer}/token?client_id=${setup.client.id}`),
    ],
    ['DELETE', '/par', 'method', /method/u, () => fetch(`${setup.server.issuer}/par`, { method: 'DELETE' })],
    [
      'a page at an origin that is not registered',
      '/token',
      'Origin',
      /redirect_uris/u,
      () =>
        setup.client.post('/token', { grant_type: 'refresh_token' }, { origin: 'https://elsewhere.example' }),
    ],
    [
      'a grant type that there is not',
      '/token',
      'grant_type',
      /password/u,
      () => setup.client.post('/token', { grant_type: 'password' }),
    ],
    [
      'a grant type of others',
      '/token',
      'grant_type',
      /grant_types/u,
      () => setup.client.post('/token', { grant_type: 'client_credentials' }),
    ],
    [
      'an unknown code',
      '/token',
      'code',
      /at once/u,
      () => setup.client.redeem('no-such-code-that-was-given'),
    ],
    [
      'another redirect_uri at the token endpoint',
      '/token',
      'redirect_uri',
      /both requests/u,
      async () => setup.client.redeem(await code(), { redirect_uri: OTHER }),
    ],
    [
      'another code_verifier',
      '/token',
      'code_verifier',
      /verifier/u,
      async () => setup.client.redeem(await code(), { code_verifier: 'v'.repeat(43) }),
    ],
    [
      'no code_verifier',
      '/token',
      'code_verifier',
      /with the code/u,
      async () => setup.client.redeem(await code(), { code_verifier: undefined }),
    ],
    [
      'a scope of a service without resource',
      '/token',
      'resource',
      /resource/u,
      () => setup.service.post('/token', { grant_type: 'client_credentials', scope: 'records:read' }),
    ],
    [
      'an unknown refresh token',
      '/token',
      'refresh_token',
      /offline_access/u,
      () => setup.client.refresh('no-such-refresh-token'),
    ],
    [
      'an unknown access token',
      '/userinfo',
      'Authorization',
      /refresh/u,
      () => setup.client.userinfo('no-such-access-token'),
    ],
    [
      'introspection with a wrong secret',
      '/token/introspect',
      'client_secret',
      /copy it/u,
      () =>
        setup.client.post(
          '/token/introspect',
          { token: 'a-token-of-somebody' },
          basicOf('wrong-secret-of-this-client'),
        ),
    ],
    [
      'revocation without a token',
      '/token/revoke',
      'token',
      /token/u,
      () => setup.client.post('/token/revoke', {}),
    ],
    [
      'a post_logout_redirect_uri that is not registered',
      '/logout',
      'post_logout_redirect_uri',
      /nearest is http:\/\/127\.0\.0\.1:9\/signed-out, which differs in its port/u,
      () =>
        open(
          `${setup.server.issuer}/logout?client_id=${setup.client.id}&post_logout_redirect_uri=http%3A%2F%2F127.0.0.1%3A10%2Fsigned-out`,
        ),
    ],
    [
      'a broken hint at sign-out',
      '/logout',
      'id_token_hint',
      /whole ID token/u,
      () => open(`${setup.server.issuer}/logout?id_token_hint=a-broken-hint`),
    ],
  ];
  const basicOf = (secret: string) => ({
    authorization: `Basic ${Buffer.from(`${setup.client.id}:${secret}`).toString('base64')}`,
  });

  for (const [what, endpoint, parameter, words, work] of cases) {
    it(`is told once, with what to change: ${what}`, async () => {
      const { told, events } = await during(work);
      expect(told).to.have.length(1);
      const [line] = told as [Line];
      expect(line).to.include({ level: 'warn', endpoint, parameter });
      expect(`${line.expected} ${line.change}`).to.match(words);
      const event = events.at(-1);
      expect(event?.type).to.match(/^(token|authorization)\.refused$/u);
      expect(event?.request_id).to.equal(line.requestId);
      expect(event?.client ?? undefined).to.equal(line.client);
      const { error, expected, change, values, present } = line;
      expect(event?.details).to.deep.include(
        JSON.parse(JSON.stringify({ error, endpoint, parameter, expected, change, values, present })),
      );
      for (const secret of [
        'wrong-secret',
        'no-such',
        'a-token-of',
        'a-broken-hint',
        'v'.repeat(43),
        'n-0123',
        'the-state',
      ])
        expect(JSON.stringify([line, event?.details])).to.not.include(secret);
    });
  }
});
