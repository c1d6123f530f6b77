import { randomUUID } from 'node:crypto';
import { request } from 'node:http';
import { expect } from 'chai';
import { postForm } from '../support/protocol.ts';
import type { TestServer } from '../support/server.ts';
import { ASSERTION_TYPE, type Claims, HOUR, REFUSED, useAssertions } from './assertions.ts';

/** RFC 7523, and what RFC 7519 leaves open: identifiers and audiences of client assertions, wherever clients come. */
describe('client assertions', function assertions() {
  this.timeout(60_000);
  const assertion = useAssertions();
  const { now, made, ENDPOINTS, at, outcome, everywhere } = assertion;
  let server: TestServer;
  let id: string;
  before(() => {
    ({ server, id } = assertion);
  });

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
