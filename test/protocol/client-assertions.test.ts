import { randomUUID } from 'node:crypto';
import { request } from 'node:http';
import { expect } from 'chai';
import fc from 'fast-check';
import { type CryptoKey, exportJWK, generateKeyPair } from 'jose';
import { type Answer, pkce, postForm } from '../support/protocol.ts';
import { REDIRECT_URI } from '../support/relying-party.ts';
import { startTestServer, type TestServer } from '../support/server.ts';

const ASSERTION_TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';
const HOUR = 3_600;
const { subtle } = globalThis.crypto;

/** RFC 7523, and what RFC 7519 leaves open: times, identifiers and audiences of client assertions, wherever clients come. */
describe('client assertions', function assertions() {
  this.timeout(60_000);
  let server: TestServer;
  let id: string;
  let key: CryptoKey;

  before(async () => {
    server = await startTestServer();
    const pair = await generateKeyPair('ES256', { extractable: true });
    key = pair.privateKey;
    const jwk = { ...(await exportJWK(pair.publicKey)), kid: 'one', use: 'sig', alg: 'ES256' };
    const registration = await server.addClient({
      grant_types: ['authorization_code', 'client_credentials'],
      redirect_uris: [REDIRECT_URI],
      token_endpoint_auth_method: 'private_key_jwt',
      jwks: { keys: [jwk] },
    });
    id = String(registration.client_id);
  });
  after(() => server.stop());

  const now = () => Math.floor(Date.now() / 1000);
  const encode = (text: string) => Buffer.from(text).toString('base64url');
  /** Signs the text as it is: JSON says more about numbers than a library would let through. */
  async function signed(payload: string, header = '{"alg":"ES256","kid":"one"}'): Promise<string> {
    const data = `${encode(header)}.${encode(payload)}`;
    const signature = await subtle.sign({ name: 'ECDSA', hash: 'SHA-256' }, key, Buffer.from(data));
    return `${data}.${Buffer.from(signature).toString('base64url')}`;
  }
  type Claims = Record<string, unknown>;
  const claims = (changes: Claims = {}): Claims => ({
    iss: id,
    sub: id,
    aud: server.issuer,
    jti: randomUUID(),
    iat: now(),
    exp: now() + 60,
    ...changes,
  });
  const made = (changes: Claims = {}, header?: string) => signed(JSON.stringify(claims(changes)), header);
  /** With a claim that is written as it is. */
  const written = (name: string, value: string) => {
    const { [name]: _replaced, ...others } = claims();
    return signed(`${JSON.stringify(others).slice(0, -1)},"${name}":${value}}`);
  };

  const { challenge } = pkce();
  /** Every endpoint at which clients authenticate themselves, with a request that is otherwise good. */
  const ENDPOINTS: Record<string, Record<string, string>> = {
    '/token': { grant_type: 'client_credentials' },
    '/par': {
      response_type: 'code',
      redirect_uri: REDIRECT_URI,
      scope: 'openid',
      code_challenge: challenge,
      code_challenge_method: 'S256',
    },
    '/token/introspect': { token: 'x' },
    '/token/revoke': { token: 'x' },
  };
  const at = (path: string, jwt: string): Promise<Answer> =>
    postForm(`${server.issuer}${path}`, {
      ...ENDPOINTS[path],
      ...(path === '/par' ? { client_id: id } : {}),
      client_assertion: jwt,
      client_assertion_type: ASSERTION_TYPE,
    });
  const outcome = ({ status, body }: Answer) => (status < 300 ? 'accepted' : `${status} ${body.error}`);
  const everywhere = async (make: () => Promise<string>) => {
    const answers = await Promise.all(Object.keys(ENDPOINTS).map(async (path) => at(path, await make())));
    return [...new Set(answers.map(outcome))].join();
  };
  const REFUSED = '401 invalid_client';

  it('are accepted where they are ordinary, at every endpoint', async () => {
    const ordinary: Claims[] = [
      {},
      { iat: undefined },
      { nbf: now() - 300 },
      { exp: now() + HOUR - 5 },
      { exp: now() + 60.5, iat: now() - 0.25 },
      { iat: now() - HOUR + 120 },
      { aud: [server.issuer] },
      { aud: [server.issuer, `${server.issuer}/token`] },
    ];
    for (const changes of ordinary) {
      expect(await everywhere(() => made(changes)), JSON.stringify(changes)).to.equal('accepted');
    }
    const longest = () => made({ jti: randomUUID().padEnd(256, 'x') });
    expect(await everywhere(longest)).to.equal('accepted');
  });

  it('may name the endpoint that they are sent to, and no other but the token endpoint', async () => {
    for (const path of Object.keys(ENDPOINTS)) {
      expect(outcome(await at(path, await made({ aud: `${server.issuer}${path}` })))).to.equal('accepted');
      const elsewhere = path === '/par' ? '/token/revoke' : '/par';
      expect(outcome(await at(path, await made({ aud: `${server.issuer}${elsewhere}` })))).to.equal(REFUSED);
    }
  });

  const times: Record<string, () => Claims> = {
    'end in two hours': () => ({ exp: now() + 2 * HOUR }),
    'were issued long ago': () => ({ iat: now() - HOUR - 60 }),
    'were issued before there were computers': () => ({ iat: 0 }),
    'were issued in the future': () => ({ iat: now() + 30 }),
    'were issued after their end': () => ({ iat: now() + 120 }),
    'are not good yet': () => ({ nbf: now() + 30 }),
    'begin before the epoch': () => ({ nbf: -1 }),
    'have expired': () => ({ iat: now() - 120, exp: now() - 60 }),
    'never end': () => ({ exp: undefined }),
  };
  for (const [what, changes] of Object.entries(times)) {
    it(`are refused that ${what}`, async () => {
      expect(await everywhere(() => made(changes()))).to.equal(REFUSED);
    });
  }

  const NUMBERS = [
    '1e11',
    '1e300',
    '1e999',
    '-1e999',
    '99999999999999',
    '9007199254740993',
    '-1',
    '0',
    '-0',
    'null',
    'true',
    '"1795429200"',
    '[]',
    '{}',
    '[1795429200]',
  ];
  for (const name of ['exp', 'iat', 'nbf']) {
    it(`are refused with an ${name} that is no time of these days, and never with a fault`, async () => {
      // What the times of these are good for: nbf may be any time that has passed.
      const harmless = name === 'nbf' ? ['0', '-0'] : [];
      for (const value of NUMBERS) {
        const expected = harmless.includes(value) ? 'accepted' : REFUSED;
        expect(await everywhere(() => written(name, value)), value).to.equal(expected);
      }
    });
  }

  it('are never answered with a fault, whatever numbers they hold', async () => {
    const number = fc.oneof(
      fc.double(),
      fc.integer(),
      fc.bigInt().map(String),
      fc.integer({ min: -2 * HOUR, max: 2 * HOUR }).map((offset) => now() + offset),
      fc.constantFrom(...NUMBERS),
    );
    await fc.assert(
      fc.asyncProperty(
        number,
        number,
        number,
        fc.constantFrom(...Object.keys(ENDPOINTS)),
        async (exp, iat, nbf, path) => {
          const given = Object.entries({ exp, iat, nbf }).map(([name, value]) => [
            name,
            String(value).replace('Infinity', '1e999').replace('NaN', 'null'),
          ]);
          const { exp: _exp, iat: _iat, ...others } = claims();
          const text = given.map(([name, value]) => `"${name}":${value}`).join();
          const answer = await at(path, await signed(`${JSON.stringify(others).slice(0, -1)},${text}}`));
          expect(answer.status, text).to.be.oneOf([200, 201, 401]);
          const [end, begun] = given.map(([, value]) => Number(value)) as [number, number];
          if (answer.status !== 401) {
            expect(end).to.be.within(now() - 6, now() + HOUR + 6);
            expect(end - begun).to.be.within(0, HOUR + 6);
          }
        },
      ),
      { numRuns: 150 },
    );
  });

  it('are refused for anybody else, also beside us', async () => {
    const foreign = 'https://other.example';
    const { host } = new URL(server.issuer);
    for (const aud of [
      foreign,
      [foreign, server.issuer],
      [server.issuer, foreign],
      [server.issuer, `${server.issuer}/`],
      [],
      [''],
      `${server.issuer}/`,
      `http://${host}.evil.example`,
      `${server.issuer} ${foreign}`,
      [[server.issuer]],
      { 0: server.issuer },
      1,
      null,
    ]) {
      expect(await everywhere(() => made({ aud })), JSON.stringify(aud)).to.equal(REFUSED);
    }
  });

  it('for another server are refused, also where the request calls us by its name', async () => {
    const make = (host: string, aud: string) => made({ aud }).then((jwt) => under(host, jwt));
    expect(await make('as.evil.example', 'http://as.evil.example/token')).to.equal(401);
    expect(await make(new URL(server.issuer).host, `${server.issuer}/token`)).to.equal(200);
  });

  /** Sends the assertion to us with another `Host`; what is answered. */
  function under(host: string, jwt: string): Promise<number | undefined> {
    const { hostname, port } = new URL(server.issuer);
    const body = new URLSearchParams({
      ...ENDPOINTS['/token'],
      client_assertion: jwt,
      client_assertion_type: ASSERTION_TYPE,
    }).toString();
    const headers = { host, 'content-type': 'application/x-www-form-urlencoded' };
    return new Promise((resolve, reject) => {
      const sent = request({ hostname, port, path: '/token', method: 'POST', headers }, (answer) => {
        answer.resume().once('end', () => resolve(answer.statusCode));
      });
      sent.once('error', reject).end(body);
    });
  }

  it('need an id, of a length that can be kept', async () => {
    for (const jti of [
      undefined,
      '',
      'x'.repeat(257),
      'x'.repeat(10_000),
      'a\0b',
      '\ud800',
      1,
      {},
      ['a'],
      true,
    ]) {
      expect(await everywhere(() => made({ jti })), JSON.stringify(jti)?.slice(0, 20)).to.equal(REFUSED);
    }
  });

  it('are about the client that made them', async () => {
    for (const changes of [{ iss: 'another' }, { iss: [id] }, { iss: undefined }]) {
      expect(await everywhere(() => made(changes)), JSON.stringify(changes)).to.equal(REFUSED);
    }
    for (const sub of ['another', 1, true, {}, [id], 'x'.repeat(5_000), 'a\0b']) {
      const answer = await everywhere(() => made({ sub }));
      expect(answer, JSON.stringify(sub).slice(0, 20)).to.match(
        /^(401 invalid_client|400 invalid_request|,)+$/u,
      );
    }
  });

  it('are no JWTs of another kind', async () => {
    for (const typ of ['at+jwt', 'dpop+jwt', 'logout+jwt', 'oauth-authz-req+jwt', 'secevent+jwt']) {
      const header = JSON.stringify({ alg: 'ES256', kid: 'one', typ });
      expect(await everywhere(() => made({}, header)), typ).to.equal(REFUSED);
    }
    for (const typ of ['JWT', 'jwt', 'client-authentication+jwt', 'application/client-authentication+jwt']) {
      const header = JSON.stringify({ alg: 'ES256', kid: 'one', typ });
      expect(await everywhere(() => made({}, header)), typ).to.equal('accepted');
    }
  });

  it('are good once, at whichever endpoint and on whichever node', async () => {
    const second = await server.secondNode();
    try {
      const other = `http://localhost:${second.app.config.server.port}`;
      for (const first of Object.keys(ENDPOINTS)) {
        const jwt = await made();
        expect(outcome(await at(first, jwt)), first).to.equal('accepted');
        for (const again of Object.keys(ENDPOINTS)) {
          expect(outcome(await at(again, jwt)), `${first}, ${again}`).to.equal(REFUSED);
        }
        const there = {
          ...ENDPOINTS['/token'],
          client_assertion: jwt,
          client_assertion_type: ASSERTION_TYPE,
        };
        expect((await postForm(`${other}/token`, there)).status).to.equal(401);
      }
      const raced = await made();
      const answers = await Promise.all(
        Object.keys(ENDPOINTS).flatMap((path) => Array.from({ length: 4 }, () => at(path, raced))),
      );
      expect(answers.map(outcome).filter((each) => each === 'accepted')).to.have.length(1);
    } finally {
      await second.stop();
    }
  });

  it('are used up by a request that is refused for something else', async () => {
    const jwt = await made();
    const wrong = {
      grant_type: 'client_credentials',
      scope: 'nonsense',
      client_assertion: jwt,
      client_assertion_type: ASSERTION_TYPE,
    };
    expect((await postForm(`${server.issuer}/token`, wrong)).body.error).to.equal('invalid_scope');
    expect(outcome(await at('/token', jwt))).to.equal(REFUSED);
  });
});
