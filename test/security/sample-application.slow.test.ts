import { createPrivateKey, type KeyObject, randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { expect } from 'chai';
import { type JWK, SignJWT, UnsecuredJWT } from 'jose';
import { createSessions } from '../../examples/relying-party/sessions.ts';
import { addApp } from '../support/factors.ts';
import { type Started, startNode } from '../support/processes.ts';
import { WEB_CLIENT } from '../support/relying-party.ts';
import { freePort, startTestServer, type TestServer } from '../support/server.ts';
import { type Page, UserAgent } from '../support/user-agent.ts';

const EVENT = 'http://schemas.openid.net/event/backchannel-logout';
const COOKIE = 'sample_session';

/** People copy the sample application: here it is attacked as theirs would be. */
describe('the sample application, attacked', function attacked() {
  this.timeout(120_000);
  let server: TestServer;
  let application: Started;
  let service: Started;
  let home: string;
  let clientId: string;
  let secret: string;
  const launched: Started[] = [];

  before(async () => {
    server = await startTestServer();
    const [port, servicePort] = [await freePort(), await freePort()];
    home = `http://localhost:${port}/`;
    const SERVICE = `http://localhost:${servicePort}`;
    await server.addResource({ identifier: SERVICE, name: 'Sample', scopes: ['sample:read'] });
    const registration = await server.addClient({
      ...WEB_CLIENT,
      redirect_uris: [`${home}callback`],
      post_logout_redirect_uris: [home],
    });
    clientId = String(registration.client_id);
    secret = String(registration.client_secret);
    service = await launch('service', { PORT: String(servicePort) });
    application = await launch('relying-party', {
      PORT: String(port),
      CLIENT_ID: clientId,
      CLIENT_SECRET: secret,
      SERVICE,
    });
  });
  after(async () => {
    for (const { child, exit } of launched) {
      child.kill();
      await exit;
    }
    await server.stop();
  });

  async function launch(name: string, settings: Record<string, string>): Promise<Started> {
    const { PATH = '' } = process.env;
    const started = startNode([`examples/${name}/main.ts`], {
      env: { PATH, ISSUER: server.issuer, ...settings },
    });
    launched.push(started);
    await started.waitFor(/listens/u);
    return started;
  }

  async function arrive(
    agent: UserAgent,
    from: Page,
    until: (url: string) => boolean = () => false,
  ): Promise<Page> {
    let page = from;
    for (let hops = 0; page.location !== undefined && hops < 20 && !until(page.location); hops += 1) {
      page = await agent.get(page.location);
    }
    return page;
  }
  const isCallback = (url: string) => url.startsWith(`${home}callback`);
  type Person = { id: string; name: string; email: string; password: string };

  /** As far as the answer for the application, which the browser does not follow. */
  async function answerFor(agent: UserAgent, person: Person): Promise<string> {
    const begun = await arrive(agent, await agent.post(`${home}sign-in`, {}), isCallback);
    if (begun.location !== undefined) return begun.location;
    const done = await agent.submit(begun, { identifier: person.email, password: person.password });
    return String((await arrive(agent, done, isCallback)).location);
  }
  async function signedIn(given?: Person) {
    const person = given ?? (await server.addAccount());
    const agent = new UserAgent();
    const inside = await arrive(agent, await agent.get(await answerFor(agent, person)));
    expect(inside.body).to.include(person.email);
    return { agent, person, inside };
  }
  const cookieOf = async (agent: UserAgent) =>
    (await agent.jar.getCookies(home)).find(({ key }) => key === COOKIE)?.value;
  const seenWith = async (cookie: string | undefined) =>
    (await fetch(home, { headers: { cookie: `${COOKIE}=${cookie}` } })).text();
  const isInside = async (agent: UserAgent) => (await agent.get(home)).body.includes('You are signed in');

  describe('its session', () => {
    it('has another name after the sign-in: one that somebody has planted before opens nothing', async () => {
      const person = await server.addAccount();
      const agent = new UserAgent();
      const answer = await answerFor(agent, person);
      const planted = await cookieOf(agent);
      expect(planted).to.match(/^[\w-]{43}$/u);
      await arrive(agent, await agent.get(answer));
      const own = await cookieOf(agent);
      expect(own)
        .to.match(/^[\w-]{43}$/u)
        .and.not.equal(planted);
      expect(await seenWith(own)).to.include(person.email);
      expect(await seenWith(planted)).to.not.include(person.email);
      // Nor does one that nobody has ever given out.
      const invented = 'A'.repeat(43);
      const other = new UserAgent();
      await other.jar.setCookie(`${COOKIE}=${invented}; Path=/`, home);
      await arrive(other, await other.get(await answerFor(other, person)));
      expect(await seenWith(invented)).to.not.include(person.email);
    });

    it('of one person has nothing of the one before in the same browser', async () => {
      const { agent, inside } = await signedIn();
      const called = await arrive(agent, await agent.submit(inside, {}, '/call-service'));
      expect(called.body).to.include('from the sample service');
      const before = await cookieOf(agent);
      const other = await server.addAccount();
      await agent.jar.removeAllCookies();
      await agent.jar.setCookie(`${COOKIE}=${before}; Path=/`, home);
      const next = await arrive(agent, await agent.get(await answerFor(agent, other)));
      expect(next.body).to.include(other.email).and.not.include('from the sample service');
      expect(await seenWith(before)).to.not.include('You are signed in');
    });

    it('is over for good after a sign-out', async () => {
      const { agent, inside, person } = await signedIn();
      const cookie = await cookieOf(agent);
      await agent.submit(inside, {}, '/sign-out');
      expect(await cookieOf(agent)).to.be.oneOf([undefined, '']);
      expect(await seenWith(cookie)).to.not.include(person.email);
    });

    it('is in a cookie of its own kind, over https one that nobody else can set', async () => {
      const set = async (address: string) =>
        (await fetch(`${address}sign-in`, { method: 'POST', redirect: 'manual' })).headers.get('set-cookie');
      expect(await set(home)).to.match(/^sample_session=[\w-]{43}; Path=\/; HttpOnly; SameSite=Lax$/u);
      const port = await freePort();
      await launch('relying-party', {
        PORT: String(port),
        CLIENT_ID: clientId,
        HOME: 'https://app.example.org/',
      });
      expect(await set(`http://localhost:${port}/`)).to.match(
        /^__Host-sample_session=[\w-]{43}; Path=\/; HttpOnly; SameSite=Lax; Secure$/u,
      );
    });

    it('is kept for nobody who only looks, and bounded for those who begin to sign in', async () => {
      for (const path of ['', 'callback', 'callback?code=x&state=y', 'nothing', 'session']) {
        const { headers } = await fetch(`${home}${path}`, { redirect: 'manual' });
        expect(headers.get('set-cookie'), path).to.equal(null);
      }
      const sessions = createSessions(new URL(home));
      const begin = (cookie = '', state = randomUUID()) => {
        let id = '';
        const response = {
          setHeader: (_name: string, value: string) => ([id] = value.split(';') as [string]),
        };
        const request = { headers: { cookie } } as IncomingMessage;
        sessions.expect(request, response as unknown as ServerResponse, state, {
          codeVerifier: '',
          nonce: '',
          begunAt: 0,
        });
        return { id: id || cookie, request };
      };
      const { id } = begin();
      for (let times = 0; times < 50; times += 1) begin(id);
      const first = { headers: { cookie: id } } as IncomingMessage;
      expect(sessions.find(first)?.pending.size).to.equal(10);
      const response = { setHeader: () => undefined } as unknown as ServerResponse;
      sessions.start({ headers: {} } as IncomingMessage, response, { claims: { sub: 'x' } } as never);
      for (let times = 0; times < 10_000; times += 1) begin();
      expect(sessions.find(first), 'the oldest makes room').to.equal(undefined);
      expect([...sessions.signedIn()], 'but nobody who is signed in').to.have.length(1);
    });
  });

  describe('a sign-in', () => {
    it('cannot be finished in another browser, nor twice, nor with an answer to something else', async () => {
      const person = await server.addAccount();
      const attacker = new UserAgent();
      const answer = await answerFor(attacker, person);
      const { agent: inside } = await signedIn();
      for (const agent of [new UserAgent(), inside]) {
        const page = await agent.get(answer);
        expect(page.body).to.not.include(person.email);
        expect((await agent.get(home)).body).to.not.include(person.email);
      }
      const without = new URL(answer);
      for (const name of ['state', 'iss', 'code']) {
        const agent = new UserAgent();
        const url = new URL(await answerFor(agent, person));
        if (name === 'state') url.searchParams.set('state', String(without.searchParams.get('state')));
        else url.searchParams.delete(name);
        expect((await agent.get(url.href)).status, name).to.be.oneOf([400, 502]);
        expect(await isInside(agent), name).to.equal(false);
      }
      await arrive(attacker, await attacker.get(answer));
      expect(await isInside(attacker)).to.equal(true);
      await attacker.jar.removeAllCookies();
      expect((await attacker.get(answer)).status).to.equal(400);
    });

    it('in two tabs succeeds in both', async () => {
      const person = await server.addAccount();
      const agent = new UserAgent();
      const second = await agent.post(`${home}sign-in`, {});
      await arrive(agent, await agent.get(await answerFor(agent, person)));
      const late = await arrive(agent, second);
      expect([late.url, late.status]).to.deep.equal([home, 200]);
      expect(late.body).to.include(person.email);
    });

    it('goes nowhere but to Gatehouse and back, whatever the request calls itself', async () => {
      for (const [name, value] of Object.entries({
        host: 'evil.example',
        'x-forwarded-host': 'evil.example',
        referer: 'https://evil.example/',
      })) {
        const { headers } = await fetch(`${home}sign-in?return_to=https://evil.example/`, {
          method: 'POST',
          redirect: 'manual',
          headers: { [name]: value },
        });
        const location = new URL(String(headers.get('location')));
        expect(location.origin).to.equal(server.issuer);
        expect(location.searchParams.get('redirect_uri')).to.equal(`${home}callback`);
        expect(location.searchParams.get('nonce')).to.match(/^[\w-]{43}$/u);
        expect(location.searchParams.get('code_challenge_method')).to.equal('S256');
      }
      for (const path of ['/evil.example', '//evil.example/', '/%5cevil.example', '/http://evil.example/']) {
        const { status, headers } = await fetch(`${home.slice(0, -1)}${path}`, { redirect: 'manual' });
        expect([status, headers.get('location')], path).to.deep.equal([404, null]);
      }
    });
  });

  it('does nothing that a page of another site, or of a neighbour, has posted', async () => {
    const { agent, person } = await signedIn();
    for (const path of ['sign-in', 'call-service', 'do-sensitive', 'session/activity', 'sign-out']) {
      for (const site of ['cross-site', 'same-site']) {
        const { status, location } = await agent.post(`${home}${path}`, {}, { 'sec-fetch-site': site });
        expect([status, location], `${path} ${site}`).to.deep.equal([403, undefined]);
      }
    }
    for (const path of [
      'sign-out',
      'sign-in',
      'call-service',
      'do-sensitive',
      'session/activity',
      'back-channel-logout',
    ]) {
      expect((await agent.get(`${home}${path}`)).status, path).to.equal(404);
    }
    expect((await agent.get(home)).body).to.include(person.email);
  });

  it('is in nobody’s frame, and lets no page of it be anything else', async () => {
    for (const path of ['', 'callback', 'session.js', 'nothing']) {
      const { headers } = await fetch(`${home}${path}`, { redirect: 'manual' });
      const policy = String(headers.get('content-security-policy'));
      expect(policy).to.include("frame-ancestors 'none'").and.include("default-src 'none'");
      expect(policy).to.include(`form-action 'self' ${server.issuer}`).and.not.include('unsafe');
      expect(headers.get('x-content-type-options')).to.equal('nosniff');
      expect(headers.get('cache-control')).to.equal('no-store');
      expect(headers.get('referrer-policy')).to.equal('no-referrer');
    }
  });

  it('shows no words as markup, and none that somebody has put into an address', async () => {
    const hostile = '<img src=x onerror=alert(1)>"\'';
    const { inside } = await signedIn(await server.addAccount({ name: hostile }));
    expect(inside.body).to.not.include('<img');
    const agent = new UserAgent();
    const { searchParams } = new URL(String((await agent.post(`${home}sign-in`, {})).location));
    const answer = new URLSearchParams({
      state: String(searchParams.get('state')),
      iss: server.issuer,
      error: 'server_error',
      error_description: `Call 0800 1234 ${hostile}`,
    });
    for (const url of [`${home}callback?${answer}`, `${home}callback?error=x&error_description=0800`]) {
      const page = await agent.get(url);
      expect(page.status).to.be.oneOf([400, 502]);
      expect(page.body).to.include('That did not work').and.not.include('0800').and.not.include('<img');
    }
  });

  it('does something sensitive for the person who wanted it, and not for who signs in instead', async () => {
    const { agent, inside, person } = await signedIn();
    await addApp(server, person);
    const { location } = await agent.submit(inside, {}, '/do-sensitive');
    const request = new URL(String(location));
    expect(request.searchParams.get('acr_values')).to.include('aal2');
    // Whom the request is about is said; without that anybody could finish it.
    expect(request.searchParams.get('id_token_hint')).to.match(/^[\w-]+\.[\w-]+\.[\w-]+$/u);
    const other = await server.addAccount();
    await addApp(server, other);
    for (const name of ['id_token_hint', 'acr_values', 'max_age']) request.searchParams.delete(name);
    request.searchParams.set('prompt', 'login');
    let page = await agent.open(request.href);
    page = await arrive(
      agent,
      await agent.submit(page, { identifier: other.email, password: other.password }),
    );
    if (page.forms.some(({ fields }) => 'xsrf' in fields))
      page = await arrive(agent, await agent.submit(page, {}));
    expect(page.body).to.not.include('something sensitive').and.not.include('second factor is needed');
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

  it('speaks plain http with nobody but this machine', async () => {
    for (const ISSUER of ['http://localhost.evil.example', 'http://id.example.org']) {
      const port = await freePort();
      const { output } = await launch('relying-party', { PORT: String(port), CLIENT_ID: clientId, ISSUER });
      await fetch(`http://localhost:${port}/sign-in`, { method: 'POST', redirect: 'manual' });
      expect(output(), ISSUER).to.match(/only requests to HTTPS are allowed/u);
    }
  });

  it('has written no secret, no token and no code anywhere', async () => {
    const { inside } = await signedIn();
    const told = `${application.output()}${service.output()}`;
    expect(told)
      .to.not.include(secret)
      .and.not.match(/eyJ|code=|[\w-]{43}/u);
    expect(inside.body).to.not.match(/eyJ[\w-]+\./u);
  });
});
