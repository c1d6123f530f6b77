import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { expect } from 'chai';
import { createSessions } from '../../examples/relying-party/sessions.ts';
import { addApp } from '../support/factors.ts';
import { freePort, type TestServer } from '../support/server.ts';
import { UserAgent } from '../support/user-agent.ts';
import { COOKIE, useSampleApplication } from './sample-application.ts';

/** People copy the sample application: here it is attacked as theirs would be. */
describe('the sample application, attacked', function attacked() {
  this.timeout(120_000);
  const sample = useSampleApplication();
  const { launch, arrive, answerFor, signedIn, cookieOf, seenWith, isInside, expectNothingTold } = sample;
  let server: TestServer;
  let home: string;
  let clientId: string;
  before(() => {
    ({ server, home, clientId } = sample);
  });

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

  it('speaks plain http with nobody but this machine', async () => {
    for (const ISSUER of ['http://localhost.evil.example', 'http://id.example.org']) {
      const port = await freePort();
      const { output } = await launch('relying-party', { PORT: String(port), CLIENT_ID: clientId, ISSUER });
      await fetch(`http://localhost:${port}/sign-in`, { method: 'POST', redirect: 'manual' });
      expect(output(), ISSUER).to.match(/only requests to HTTPS are allowed/u);
    }
  });

  it('has written no secret, no token and no code anywhere', () => expectNothingTold());
});
