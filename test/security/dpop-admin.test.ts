import { expect } from 'chai';
import { decodeJwt, decodeProtectedHeader, SignJWT } from 'jose';
import { type AdminApi, audienceOf, commandLine, serveAdminApi, WHO } from '../support/admin-api.ts';
import { createProofKey, type ProofOptions } from '../support/dpop.ts';
import { asFixture } from '../support/evidence/fixture.ts';
import { type Answer, handClient, tokensFor } from '../support/protocol.ts';
import { WEB_CLIENT } from '../support/relying-party.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { useTravel } from '../support/time.ts';

/** Tokens that are bound to a key (RFC 9449), at the administration API. */
describe('line 71: a token that is bound to a key, at the administration API', function boundTokens() {
  this.timeout(60_000);
  const time = useTravel();
  let server: TestServer;
  let api: AdminApi;
  let cli: Awaited<ReturnType<typeof commandLine>>;
  let token: string;
  let uri: string;

  before(async () => {
    server = await startTestServer({ replace: { clock: time.clock } });
    api = await serveAdminApi(server);
    cli = await commandLine(server);
    token = (await cli.tokens(await server.addAccount())).access_token;
    uri = `${server.issuer}${WHO}`;
  });
  after(async () => {
    await api.served[Symbol.asyncDispose]();
    await server.stop();
  });

  const present = (dpop: string, more: Record<string, string> = {}, path = WHO, method = 'GET') =>
    api.ask(path, { authorization: `DPoP ${token}`, dpop, ...more }, method);
  const prove = (options: ProofOptions = {}, htm = 'GET', htu = uri) =>
    cli.key.prove(htm, htu, { token, ...options });
  const outcome = ({ status, body }: Answer) => `${status} ${body.error ?? 'ok'}`;
  const REFUSED = '401 invalid_dpop_proof';
  const seconds = () => Math.floor(time.clock.now().getTime() / 1000);

  it('comes with a proof by that key, for this request', async () => {
    expect(outcome(await present(await prove()))).to.equal('200 ok');
    expect(outcome(await present(await prove({}, 'POST'), {}, WHO, 'POST'))).to.equal('200 ok');
    const { origin, ...url } = { origin: new URL(uri).origin, upper: uri.replace('localhost', 'LOCALHOST') };
    expect(outcome(await present(await prove({}, 'GET', url.upper)))).to.equal('200 ok');
    const withQuery = await present(await prove({}, 'GET', `${uri}?a=b#c`), {}, `${WHO}?x=1`);
    expect(outcome(withQuery), 'query and fragment are no part of it').to.equal('200 ok');
    expect(origin).to.equal(server.issuer);
  });

  it('is refused as a bearer token, as is a bearer token with a proof', async () => {
    const stolen = await api.withBearer(token);
    expect(outcome(stolen)).to.equal('401 invalid_token');
    const beside = await api.ask(WHO, { authorization: `Bearer ${token}`, dpop: await prove() });
    expect(outcome(beside)).to.equal('401 invalid_token');
    const portal = handClient(
      server.issuer,
      await server.addClient({ ...WEB_CLIENT, admin_scopes: ['people:read'] }),
    );
    const asked = { resource: audienceOf(server), scope: 'openid people:read' };
    const { access_token: bearer } = await tokensFor(portal, await server.addAccount(), asked);
    const dpop = await cli.key.prove('GET', uri, { token: bearer });
    expect(outcome(await api.ask(WHO, { authorization: `DPoP ${bearer}`, dpop }))).to.equal(
      '401 invalid_token',
    );
    expect(outcome(await api.withBearer(bearer))).to.equal('200 ok');
  });

  it('is refused with a proof for something else, and says how it is to come', async () => {
    const other = await createProofKey();
    const another = (await cli.tokens(await server.addAccount())).access_token;
    const cases: Record<string, Promise<string>> = {
      'another key': other.prove('GET', uri, { token }),
      'another key, this one named': other.prove('GET', uri, { token, jwk: cli.key.publicJwk }),
      'another method': prove({}, 'POST'),
      'another path': prove({}, 'GET', `${server.issuer}/api/admin/v1/other`),
      'another host': prove({}, 'GET', `https://evil.example${WHO}`),
      'another port': prove({}, 'GET', `http://localhost:1${WHO}`),
      'no address': prove({}, 'GET', WHO),
      'another token': cli.key.prove('GET', uri, { token: another }),
      'no token': cli.key.prove('GET', uri),
      'long ago': prove({ iat: seconds() - 301 }),
      'the future': prove({ iat: seconds() + 302 }),
      'no time': prove({ claims: { iat: undefined } }),
      'half a second': prove({ claims: { iat: seconds() + 0.5 } }),
      'no id': prove({ claims: { jti: undefined } }),
      'an id too long': prove({ jti: 'x'.repeat(257) }),
      'an id that cannot be kept': prove({ jti: 'x\0y' }),
      'another type': prove({ typ: 'JWT' }),
      'the private key': prove({ jwk: cli.key.privateJwk }),
      'an expired one': prove({ claims: { exp: seconds() - 600 } }),
    };
    for (const [what, proof] of Object.entries(cases))
      expect(outcome(await present(await proof)), what).to.equal(REFUSED);
    const { headers } = await present(await prove({}, 'POST'));
    expect(headers.get('www-authenticate')).to.match(
      /^DPoP realm="[^"]+", error="invalid_dpop_proof", error_description="[^"]+", algs="ES256 Ed25519 EdDSA"$/,
    );
  });

  it('is refused without a proof, with two, and with one that is none', async () => {
    const [one, two] = [await prove(), await prove()];
    expect(outcome(await api.ask(WHO, { authorization: `DPoP ${token}` }))).to.equal(REFUSED);
    for (const dpop of [
      '',
      'x',
      `${one}, ${two}`,
      `${one} ${two}`,
      token,
      one.split('.').slice(0, 2).join('.'),
    ])
      expect(outcome(await present(dpop)), dpop).to.equal(REFUSED);
    const unsigned = [{ alg: 'none', typ: 'dpop+jwt', jwk: cli.key.publicJwk }, decodeJwt(one)]
      .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
      .join('.');
    expect(outcome(await present(`${unsigned}.`))).to.equal(REFUSED);
    const symmetric = await new SignJWT(decodeJwt(one))
      .setProtectedHeader({ alg: 'HS256', typ: 'dpop+jwt', jwk: { kty: 'oct', k: 'c2VjcmV0' } as never })
      .sign(Buffer.from('secret'));
    expect(decodeProtectedHeader(symmetric).alg).to.equal('HS256');
    expect(outcome(await present(symmetric))).to.equal(REFUSED);
  });

  it('is judged by the issuer’s address, whatever Host and forwarding headers say', async () => {
    const forged = {
      host: 'evil.example',
      'x-forwarded-host': 'evil.example',
      forwarded: 'host=evil.example',
    };
    const evil = await prove({}, 'GET', `http://evil.example${WHO}`);
    expect(outcome(await present(evil, forged))).to.equal(REFUSED);
    expect(outcome(await present(await prove(), forged))).to.equal('200 ok');
  });

  it('takes each proof once: of fifty at the same moment one, and none later', async () => {
    const before = api.calls.length;
    const proof = await prove();
    const answers = await Promise.all(Array.from({ length: 50 }, () => present(proof)));
    const good = answers.filter(({ status }) => status === 200);
    expect([good.length, api.calls.length - before]).to.deep.equal([1, 1]);
    expect(new Set(answers.filter(({ status }) => status !== 200).map(outcome))).to.deep.equal(
      new Set([REFUSED]),
    );
    expect(outcome(await present(proof))).to.equal(REFUSED);
    const jti = decodeJwt(proof).jti as string;
    expect(outcome(await present(await prove({ jti }))), 'its id in another proof').to.equal(REFUSED);
  });

  it('takes none again as long as it would be good, on no node', async () => {
    const node = await server.secondNode();
    const second = await serveAdminApi(node);
    try {
      const early = await prove({ iat: seconds() + 290 });
      const headers = { authorization: `DPoP ${token}`, dpop: early };
      expect(outcome(await second.ask(WHO, headers))).to.equal('200 ok');
      expect(outcome(await present(early))).to.equal(REFUSED);
      time.pass(540);
      await asFixture(server.app.database, (tx) =>
        tx.query(`delete from oidc_artifacts where model = 'ReplayDetection' and expires_at <= $1`, [
          time.clock.now(),
        ]),
      );
      expect(outcome(await present(early))).to.equal(REFUSED);
      time.pass(60);
      expect(outcome(await present(early)), 'the token has expired').to.equal('401 invalid_token');
    } finally {
      await second.served[Symbol.asyncDispose]();
      await node.stop();
    }
  });

  it('does not use up the id of another one’s key', async () => {
    const [mine, theirs] = [cli, await commandLine(server)];
    const [own, foreign] = await Promise.all(
      [mine, theirs].map(async (who) => (await who.tokens(await server.addAccount())).access_token as string),
    );
    const ask = async (key: typeof mine.key, bound: string) =>
      api.ask(WHO, {
        authorization: `DPoP ${bound}`,
        dpop: await key.prove('GET', uri, { token: bound, jti: 'the-same', iat: seconds() }),
      });
    expect(outcome(await ask(theirs.key, String(foreign)))).to.equal('200 ok');
    expect(outcome(await ask(mine.key, String(own)))).to.equal('200 ok');
    expect(outcome(await ask(mine.key, String(own)))).to.equal(REFUSED);
  });
});
