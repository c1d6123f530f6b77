import { connect, type Socket } from 'node:net';
import { expect } from 'chai';
import { signIn } from '../../../../src/commands/remote/sign-in.ts';
import type { GatehouseError } from '../../../../src/kernel/errors.ts';
import {
  DISCOVERY,
  type HostileServer,
  idTokenOf,
  metadataOf,
  proofIn,
  type Reply,
  startServer,
} from './server.ts';

/** How a server of this test behaves where it is not as it should be. */
interface Behaviour {
  readonly metadata?: object;
  readonly discovery?: Reply;
  readonly token?: (issuer: string, nonce: string) => Reply;
  /** What the browser brings back, from what should be brought. */
  readonly back?: (params: URLSearchParams) => void;
  readonly waitMs?: number;
  /** What else knocks at the port before. */
  readonly knock?: (redirectUri: string, state: string) => Promise<void>;
}

let server: HostileServer;
async function login(behaviour: Behaviour, more: object = {}) {
  let nonce = '';
  server = await startServer((request, issuer) => {
    if (request.path === DISCOVERY)
      return behaviour.discovery ?? { body: metadataOf(issuer, behaviour.metadata) };
    if (request.path === '/token')
      return behaviour.token?.(issuer, nonce) ?? { body: tokensOf(issuer, nonce) };
    return { status: 404 };
  });
  const { issuer } = server;
  const told: string[] = [];
  let seen: URLSearchParams | undefined;
  let answer: { status: number; text: string } | undefined;
  const open = async (address: string) => {
    const asked = new URL(address).searchParams;
    seen = asked;
    nonce = asked.get('nonce') ?? '';
    const redirectUri = asked.get('redirect_uri') ?? '';
    await behaviour.knock?.(redirectUri, asked.get('state') ?? '');
    const params = new URLSearchParams({ code: 'c0de', state: asked.get('state') ?? '', iss: issuer });
    behaviour.back?.(params);
    const response = await fetch(`${redirectUri}?${params}`);
    answer = { status: response.status, text: await response.text() };
  };
  const terminal = {
    print: () => undefined,
    warn: (text: string) => void told.push(text),
    fail: () => undefined,
  };
  const opened = (address: string) => void open(address).catch(() => undefined);
  const result = await signIn(
    { issuer, ...more },
    { terminal, open: opened, waitMs: behaviour.waitMs ?? 10_000 },
  ).then(
    (done) => ({ done, error: undefined }),
    (error: GatehouseError) => ({ done: undefined, error }),
  );
  return { ...result, seen, told: told.join('\n'), issuer, answer };
}

const tokensOf = (issuer: string, nonce: string, more: object = {}) => ({
  access_token: 'at-1',
  token_type: 'DPoP',
  expires_in: 600,
  refresh_token: 'rt-1',
  id_token: idTokenOf({ iss: issuer, nonce }),
  ...more,
});

describe('gatehouse login', () => {
  afterEach(() => server.close());

  it('asks for a code with PKCE, for the API alone, bound to a key of its own', async () => {
    const { done, seen, issuer, told, answer } = await login({});
    expect(done).to.include({ issuer, sub: 'pat', accessToken: 'at-1', refreshToken: 'rt-1' });
    expect(answer?.status).to.equal(200);
    const asked = Object.fromEntries(seen ?? []);
    expect(asked).to.include({
      client_id: 'gatehouse-cli',
      response_type: 'code',
      code_challenge_method: 'S256',
      resource: `${issuer}/api/admin`,
    });
    expect(asked.redirect_uri).to.match(/^http:\/\/127\.0\.0\.1:\d+\/callback$/);
    expect(asked.scope?.split(' ')).to.include.members(['openid', 'people:read', 'system:write']);
    expect(told).to.contain(`${issuer}/authorize?`);
    const [token] = server.at('/token');
    const proof = await proofIn(token as never, issuer);
    expect(proof).to.include({ fits: true, thumbprint: asked.dpop_jkt, ath: undefined });
    expect(proof.jwk).not.to.have.property('d');
    expect(Object.fromEntries(new URLSearchParams(token?.body))).to.include({
      code: 'c0de',
      resource: asked.resource,
    });
  });

  it('asks for the scopes, the level and the age that it is told to', async () => {
    const { seen } = await login({}, { scopes: ['people:read'], acrValues: 'aal2', maxAge: 300 });
    expect(Object.fromEntries(seen ?? [])).to.include({
      scope: 'openid people:read',
      acr_values: 'aal2',
      max_age: '300',
    });
  });

  it('never uses a key, state or verifier again', async () => {
    const first = await login({});
    await server.close();
    const second = await login({});
    for (const name of ['state', 'nonce', 'code_challenge', 'dpop_jkt', 'redirect_uri'])
      expect(first.seen?.get(name), name).not.to.equal(second.seen?.get(name));
  });

  for (const [what, back, code] of [
    [
      'another issuer',
      (params: URLSearchParams) => params.set('iss', 'https://evil.example'),
      'sign_in_mixed_up',
    ],
    ['no issuer', (params: URLSearchParams) => params.delete('iss'), 'sign_in_mixed_up'],
    ['no code', (params: URLSearchParams) => params.delete('code'), 'sign_in_refused'],
    [
      'a refusal with an escape sequence in it',
      (params: URLSearchParams) => {
        params.set('error', 'access_denied');
        params.set('error_description', 'no\u001b]0;owned\u0007');
      },
      'sign_in_refused',
    ],
    ['another state', (params: URLSearchParams) => params.set('state', 'x'.repeat(43)), 'sign_in_abandoned'],
    ['the state twice', (params: URLSearchParams) => params.append('state', 'x'), 'sign_in_abandoned'],
  ] as const) {
    it(`redeems nothing where the browser brings ${what}`, async () => {
      const { error } = await login({ back, ...(code === 'sign_in_abandoned' ? { waitMs: 200 } : {}) });
      expect(error?.code).to.equal(code);
      expect(server.at('/token')).to.deep.equal([]);
      expect(error?.safeMessage).not.to.match(/\p{C}/u);
    });
  }

  it('goes on where somebody else knocks at its port first', async () => {
    const knocked: number[] = [];
    const knock = async (redirectUri: string, state: string) => {
      const at = new URL(redirectUri);
      for (const [path, init] of [
        ['/callback?code=evil&state=wrong', {}],
        ['/callback', {}],
        ['/', {}],
        [`/callback?code=evil&state=${state}`, { method: 'POST' }],
      ] as const)
        knocked.push((await fetch(new URL(path, at), init)).status);
      // As by a page whose name was made to lead here (DNS rebinding).
      const named = await fetch(`http://localhost:${at.port}/callback?code=evil&state=${state}`).catch(
        () => undefined,
      );
      knocked.push(named?.status ?? 404);
    };
    const { done } = await login({ knock });
    expect(done?.sub).to.equal('pat');
    expect(knocked).to.deep.equal([404, 404, 404, 404, 404]);
    expect(server.at('/token').map(({ body }) => new URLSearchParams(body).get('code'))).to.deep.equal([
      'c0de',
    ]);
  });

  it('ends at once, though the browser has opened a connection that it does not use', async () => {
    let idle: Socket | undefined;
    const knock = (redirectUri: string) =>
      new Promise<void>((opened) => {
        idle = connect(Number(new URL(redirectUri).port), '127.0.0.1', opened);
        idle.on('error', () => undefined);
      });
    const { done } = await login({ knock });
    idle?.destroy();
    expect(done?.sub).to.equal('pat');
  });

  for (const [what, behaviour] of [
    ['that says that it is another', { metadata: { issuer: 'https://id.example.org' } }],
    ['whose tokens are elsewhere', { metadata: { token_endpoint: 'https://evil.example/token' } }],
    [
      'whose sign-in is elsewhere',
      { metadata: { authorization_endpoint: 'https://evil.example/authorize' } },
    ],
    ['without PKCE', { metadata: { code_challenge_methods_supported: ['plain'] } }],
    ['without DPoP', { metadata: { dpop_signing_alg_values_supported: undefined } }],
    [
      'that does not name itself in its answers',
      { metadata: { authorization_response_iss_parameter_supported: false } },
    ],
    ['that redirects', { discovery: { status: 302, headers: { location: 'https://evil.example/' } } }],
    ['that answers with a page', { discovery: { body: '<html>' } }],
    ['that answers with an error', { discovery: { status: 500 } }],
  ] as [string, Behaviour][]) {
    it(`goes no further at a server ${what}`, async () => {
      const { error, seen } = await login(behaviour);
      expect(error?.code).to.equal('server_answer_invalid');
      expect(seen).to.equal(undefined);
    });
  }

  for (const [what, more] of [
    ['a bearer token', { token_type: 'Bearer' }],
    ['no ID token', { id_token: undefined }],
    ['an ID token of another server', { id_token: idTokenOf({ iss: 'https://evil.example', nonce: 'x' }) }],
    ['no end', { expires_in: undefined }],
  ] as const) {
    it(`keeps nothing where it is given ${what}`, async () => {
      const { error } = await login({ token: (issuer, nonce) => ({ body: tokensOf(issuer, nonce, more) }) });
      expect(error?.code).to.equal('server_answer_invalid');
    });
  }

  for (const [what, claims] of [
    ['another nonce', { nonce: 'other' }],
    ['another client', { aud: 'other' }],
    ['an end that is past', { exp: 1 }],
  ] as const) {
    it(`keeps nothing where the ID token has ${what}`, async () => {
      const token = (issuer: string, nonce: string) => ({
        body: tokensOf(issuer, nonce, { id_token: idTokenOf({ iss: issuer, nonce, ...claims }) }),
      });
      expect((await login({ token })).error?.code).to.equal('server_answer_invalid');
    });
  }

  it('tells why the server gives nothing, in words that a terminal may have', async () => {
    const token = () => ({
      status: 400,
      body: { error: 'invalid_request', error_description: 'bad\u001b[2J' },
    });
    const { error } = await login({ token });
    expect(error?.safeMessage).to.match(/: bad\\x1b\[2J$/);
  });

  it('proves itself with the nonce that the server asks for', async () => {
    let asked = 0;
    const token = (issuer: string, nonce: string) => {
      asked += 1;
      return asked === 1
        ? { status: 400, headers: { 'dpop-nonce': 'n-1' }, body: { error: 'use_dpop_nonce' } }
        : { body: tokensOf(issuer, nonce) };
    };
    const { done, issuer } = await login({ token });
    expect(done?.sub).to.equal('pat');
    expect(await proofIn(server.at('/token')[1] as never, issuer)).to.include({ nonce: 'n-1', fits: true });
  });
});
