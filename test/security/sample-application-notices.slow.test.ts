import { createPrivateKey, type KeyObject, randomUUID } from 'node:crypto';
import { expect } from 'chai';
import { type JWK, SignJWT, UnsecuredJWT } from 'jose';
import { freePort, type TestServer } from '../support/server.ts';
import { type Page, UserAgent } from '../support/user-agent.ts';
import { useSampleApplication } from './sample-application.ts';

const EVENT = 'http://schemas.openid.net/event/backchannel-logout';

/** Nobody ends anybody’s session at the sample application who has no right to. */
describe('the sample application, attacked', function attacked() {
  this.timeout(120_000);
  const sample = useSampleApplication();
  const { launch, arrive, answerFor, signedIn, isInside, expectNothingTold } = sample;
  let server: TestServer;
  let home: string;
  let clientId: string;
  before(() => {
    ({ server, home, clientId } = sample);
  });

  describe('notices that a session has ended', () => {
    let key: KeyObject;
    let kid: string;
    before(async () => {
      const { keys } = (await (await fetch(`${server.issuer}/jwks`)).json()) as { keys: JWK[] };
      kid = String(keys.find(({ alg }) => alg === 'RS256')?.kid);
      key = createPrivateKey({ key: (await server.app.keys.store.open(kid)) as never, format: 'jwk' });
    });
    const now = () => Math.floor(Date.now() / 1000);
    const claimsOf = (changes: object = {}) => ({
      iss: server.issuer,
      aud: clientId,
      iat: now(),
      exp: now() + 120,
      jti: randomUUID(),
      events: { [EVENT]: {} },
      ...changes,
    });
    const made = (changes: object, header: object = {}) =>
      new SignJWT(claimsOf(changes) as never)
        .setProtectedHeader({ alg: 'RS256', kid, typ: 'logout+jwt', ...header })
        .sign(key);
    const send = async (logout_token: string, address = home) =>
      (
        await fetch(`${address}back-channel-logout`, {
          method: 'POST',
          body: new URLSearchParams({ logout_token }),
        })
      ).status;
    const sidOf = (page: Page) => String(/&quot;sid&quot;: &quot;([\w-]+)&quot;/.exec(page.body)?.[1]);

    it('end that session, or all of that person, and nobody else’s', async () => {
      const [one, bystander] = [await signedIn(), await signedIn()];
      const second = await signedIn(one.person as never);
      expect(await send(await made({ sid: sidOf(one.inside), sub: one.person.id }))).to.equal(200);
      expect(await Promise.all([one, second, bystander].map(({ agent }) => isInside(agent)))).to.deep.equal([
        false,
        true,
        true,
      ]);
      expect(await send(await made({ sub: one.person.id }))).to.equal(200);
      expect(await Promise.all([second, bystander].map(({ agent }) => isInside(agent)))).to.deep.equal([
        false,
        true,
      ]);
      expect(await send(await made({ sid: sidOf(bystander.inside), sub: one.person.id }))).to.equal(200);
      expect(await isInside(bystander.agent), 'session and person do not belong together').to.equal(true);
      expect(await send(await made({ sid: 'no-such-session' }))).to.equal(200);
    });

    it('prove nothing, and end nothing, when anything is wrong with them', async () => {
      const { agent, inside, person } = await signedIn();
      const named = { sid: sidOf(inside), sub: person.id };
      const used = await made({ sid: 'somebody' });
      expect(await send(used)).to.equal(200);
      const wrong: Record<string, string> = {
        nothing: '',
        'no JWT': 'a.b.c',
        'too long': 'x'.repeat(20_000),
        unsigned: new UnsecuredJWT(claimsOf(named) as never).encode(),
        'for another client': await made({ ...named, aud: 'another' }),
        'of another issuer': await made({ ...named, iss: 'https://evil.example' }),
        'an ID token': await made(named, { typ: 'JWT' }),
        'an access token': await made(named, { typ: 'at+jwt' }),
        'without a kind': await made(named, { typ: undefined }),
        'with a nonce': await made({ ...named, nonce: 'n' }),
        'without events': await made({ ...named, events: undefined }),
        'with no event': await made({ ...named, events: {} }),
        'with null for events': await made({ ...named, events: null }),
        'with null for the event': await made({ ...named, events: { [EVENT]: null } }),
        'with a text for the event': await made({ ...named, events: { [EVENT]: 'yes' } }),
        'with another event': await made({
          ...named,
          events: { 'https://schemas.openid.net/secevent/risc/event-type/account-disabled': {} },
        }),
        'about nobody': await made({}),
        'about no text': await made({ sid: [named.sid] }),
        'that has expired': await made({ ...named, iat: now() - 200, exp: now() - 80 }),
        'that is old and would not expire': await made({ ...named, iat: now() - 3_600, exp: now() + 3_600 }),
        'from the future': await made({ ...named, iat: now() + 3_600, exp: now() + 7_200 }),
        'without an end': await made({ ...named, exp: undefined }),
        'without an id': await made({ ...named, jti: undefined }),
        'that was used': used,
      };
      for (const [what, token] of Object.entries(wrong)) expect(await send(token), what).to.equal(400);
      expect(await isInside(agent)).to.equal(true);
    });

    it('count although the sign-in is not finished yet', async () => {
      const person = await server.addAccount();
      const agent = new UserAgent();
      const answer = await answerFor(agent, person);
      const [row] = await server.app.database.query<{ sid: string }>(
        'select c.sid from session_clients c join sessions s on s.uid = c.session_uid where s.account_id = $1',
        [person.id],
      );
      expect(await send(await made({ sid: row?.sid, sub: person.id }))).to.equal(200);
      const page = await arrive(agent, await agent.get(answer));
      expect(page.body).to.include('You were signed out').and.not.include(person.email);
      // What has begun after that counts again, also in the same session at Gatehouse.
      await arrive(agent, await agent.get(await answerFor(agent, person)));
      expect(await isInside(agent)).to.equal(true);
    });

    it('are to be sent again while Gatehouse cannot be reached', async () => {
      const port = await freePort();
      const alone = await launch('relying-party', {
        PORT: String(port),
        CLIENT_ID: clientId,
        ISSUER: `http://localhost:${await freePort()}`,
      });
      expect(await send(await made({ sid: 'x' }), `http://localhost:${port}/`)).to.equal(503);
      alone.child.kill();
    });
  });

  it('has written no secret, no token and no code anywhere', () => expectNothingTold());
});
