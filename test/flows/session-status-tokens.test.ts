import { expect } from 'chai';
import { decodeJwt, exportJWK, generateKeyPair, SignJWT } from 'jose';
import { answerOf } from '../support/protocol.ts';
import { clock, MINUTE, useSessionStatus } from '../support/session-status.ts';

describe('the deadlines of a session, for applications', function status() {
  this.timeout(60_000);
  const setup = useSessionStatus();
  const { ask, use, signedIn, KINDS, expectRefusal } = setup;

  it('are told for an access token in the header, and for nothing else', async () => {
    const { agent, tokens, token } = await signedIn();
    const { status, body, headers } = await answerOf(await fetch(`${setup.server.issuer}/session`));
    expect(status).to.equal(401);
    expect(body.error).to.equal('invalid_token');
    expect(headers.get('www-authenticate')).to.equal(`Bearer realm="${setup.server.issuer}"`);
    // A browser's cookies are no token; one in the address or in a form is none that we take.
    expect((await agent.get(`${setup.server.issuer}/session`)).status).to.equal(401);
    expect((await agent.post(`${setup.server.issuer}/session/activity`, '')).status).to.equal(401);
    const inAddress = await fetch(`${setup.server.issuer}/session?access_token=${token}`);
    expect(inAddress.status).to.equal(401);
    const inForm = await fetch(`${setup.server.issuer}/session/activity`, {
      method: 'POST',
      body: new URLSearchParams({ access_token: token }),
    });
    expect(inForm.status).to.equal(401);
    for (const other of [tokens.id_token, tokens.refresh_token, 'x', 'a.b.c', '..', `${token}x`]) {
      expectRefusal(await ask(other), 401, 'invalid_token');
      expectRefusal(await use(other), 401, 'invalid_token');
    }
    for (const authorization of ['Bearer', 'Bearer ', `Basic ${token}`, `Bearer ${token} ${token}`, token]) {
      const answer = await fetch(`${setup.server.issuer}/session`, { headers: { authorization } });
      expect(answer.status, authorization).to.equal(401);
    }
    const bodies = [{ body: '[1' }, { body: 'a=1', headers: { 'content-type': 'application/json' } }];
    for (const init of bodies) expect((await use(token, init)).status).to.equal(200);
  });

  it('are not told for a JWT that somebody else has made, or made of ours', async () => {
    const { tokens } = await signedIn(setup.client, {}, KINDS.JWT);
    const jwt = String(tokens.access_token);
    const [header, payload, signature] = jwt.split('.') as [string, string, string];
    const claims = decodeJwt(jwt);
    expect(claims).to.not.have.property('sid');
    const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const { kid } = JSON.parse(Buffer.from(header, 'base64url').toString());
    const { publicKey, privateKey } = await generateKeyPair('EdDSA', { extractable: true });
    const own = await new SignJWT(claims)
      .setProtectedHeader({
        alg: 'EdDSA',
        typ: 'at+jwt',
        kid,
        jwk: await exportJWK(publicKey),
      })
      .sign(privateKey);
    for (const forged of [
      own,
      `${encode({ alg: 'none', typ: 'at+jwt' })}.${payload}.`,
      `${header}.${encode({ ...claims, jti: 'another' })}.${signature}`,
      `${header}.${payload}.`,
      `${encode({ alg: 'HS256', typ: 'at+jwt', kid })}.${payload}.${signature}`,
    ]) {
      expectRefusal(await use(forged), 401, 'invalid_token');
    }
    expect((await use(jwt)).status).to.equal(200);
    clock.offset = 61 * MINUTE;
    expectRefusal(await use(jwt), 401, 'invalid_token');
  });
});
