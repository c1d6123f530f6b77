import { expect } from 'chai';
import { type Answer, answerOf, authorize } from '../support/protocol.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { sessionsOf } from '../support/sessions.ts';
import { type Page, UserAgent } from '../support/user-agent.ts';

const clock = { offset: 0, now: () => new Date(Date.now() + clock.offset) };
const MINUTE = 60_000;

describe('the end of a session on people’s own pages', function ownPages() {
  this.timeout(60_000);
  let server: TestServer;

  before(async () => {
    server = await startTestServer({ replace: { clock } });
  });
  after(() => server.stop());
  beforeEach(() => {
    clock.offset = 0;
  });

  const at = (path: string) => `${server.issuer}${path}`;

  async function signedIn(path = '/account') {
    const person = await server.addAccount({ zoneinfo: 'Europe/Madrid' });
    const agent = new UserAgent();
    const page = await agent.follow(await authorize(agent, at(path), person));
    expect(page.status).to.equal(200);
    return { person, agent, page };
  }

  async function request(agent: UserAgent, path: string, init: RequestInit = {}): Promise<Answer> {
    const cookie = await agent.jar.getCookieString(server.issuer);
    return answerOf(
      await fetch(at(path), { redirect: 'manual', ...init, headers: { cookie, ...init.headers } }),
    );
  }
  const ask = (agent: UserAgent) => request(agent, '/account/session');
  const use = (agent: UserAgent, csrf: string, headers = {}) =>
    request(agent, '/account/session/activity', {
      method: 'POST',
      body: new URLSearchParams({ csrf }),
      headers,
    });
  const tokenOf = (page: Page) => String(/data-csrf="([^"]+)"/.exec(page.body)?.[1]);

  it('is said on every page, in the reader’s zone, as it is after this very request', async () => {
    const { person, agent } = await signedIn();
    for (const path of [
      '/account',
      '/account/profile',
      '/account/password',
      '/account/address',
      '/account/security',
    ]) {
      clock.offset += 20_000;
      const page = await agent.get(at(path));
      const shown = /data-session-end><time datetime="([^"]+)"[^>]*>([^<]+)</.exec(page.body);
      const [row] = await sessionsOf(server, person.id);
      expect(shown?.[1], path).to.equal(row?.idle_expires_at.toISOString());
      expect(shown?.[2], path).to.match(/at \d\d:\d\d CES?T$/);
    }
    // A page of nobody, and one of something that went wrong, say nothing.
    for (const path of ['/account/signed-out?because=idle', '/forgot', '/no-such-page']) {
      const { body } = await new UserAgent().get(at(path));
      expect(body, path).to.include('<h1').and.not.include('data-session');
    }
  });

  it('is told to the script, whose asking is no use of the session', async () => {
    const { person, agent } = await signedIn();
    const [before] = await sessionsOf(server, person.id);
    clock.offset = 19 * MINUTE;
    const { status, body, headers } = await ask(agent);
    expect(status).to.equal(200);
    expect(headers.get('cache-control')).to.equal('no-store');
    const end = Math.floor(Number(before?.idle_expires_at.getTime()) / 1000);
    expect(body).to.include({ warn_at: end - 120, idle_expires_at: end });
    expect(body.now).to.be.closeTo(end - 60, 5);
    expect((await sessionsOf(server, person.id))[0]).to.deep.equal(before);
    clock.offset = 20 * MINUTE;
    expect((await ask(agent)).body).to.include({ error: 'login_required' });
    expect((await ask(agent)).status).to.equal(401);
  });

  it('is put off by the person, with the form’s token, and from nowhere else', async () => {
    const { person, agent, page } = await signedIn();
    const csrf = tokenOf(page);
    clock.offset = 19 * MINUTE;
    const stays = async () => (await sessionsOf(server, person.id))[0]?.idle_expires_at.getTime();
    const before = await stays();
    const other = await signedIn();
    for (const [refused, status] of [
      [await use(agent, 'x'), 403],
      [await use(agent, tokenOf(other.page)), 403],
      [await use(agent, csrf, { origin: 'https://evil.example' }), 403],
      [await use(agent, csrf, { 'sec-fetch-site': 'cross-site' }), 403],
      [await request(agent, '/account/session/activity', { method: 'POST' }), 415],
      [await request(agent, `/account/session/activity?csrf=${csrf}`), 404],
      [await use(new UserAgent(), csrf), 401],
    ] as const) {
      expect(refused.status).to.equal(status);
    }
    const twice = new URLSearchParams([
      ['csrf', csrf],
      ['csrf', csrf],
    ]);
    expect(
      (await request(agent, '/account/session/activity', { method: 'POST', body: twice })).status,
    ).to.equal(400);
    expect(await stays()).to.equal(before);
    const answers = await Promise.all(Array.from({ length: 50 }, () => use(agent, csrf)));
    const told = new Set(answers.map(({ status, body }) => `${status} ${body.idle_expires_at}`));
    expect([...told]).to.deep.equal([`200 ${Math.floor(Number(await stays()) / 1000)}`]);
    expect(Number(await stays()) - Number(before)).to.be.closeTo(19 * MINUTE, 5_000);
  });

  it('leads to a page that says why, and back to where one was', async () => {
    for (const path of [
      '/account',
      '/account/profile',
      '/account/security',
      '/account/password',
      '/account/address',
    ]) {
      clock.offset = 0;
      const { person, agent } = await signedIn(path);
      clock.offset = 20 * MINUTE;
      const over = await agent.get(at(`/account/signed-out?because=idle&from=${encodeURIComponent(path)}`));
      expect(over.status).to.equal(200);
      expect(over.body).to.include('Nothing was done here for a while');
      const back = String(/class="button" href="([^"]+)"/.exec(over.body)?.[1]);
      expect(back).to.equal(path);
      const page = await agent.follow(await authorize(agent, at(back), person));
      expect(page.url, path).to.equal(at(path));
      expect(page.status).to.equal(200);
    }
  });

  it('leads to pages of one’s own and to nowhere else, whatever the address says', async () => {
    const agent = new UserAgent();
    for (const from of [
      'https://evil.example/account',
      '//evil.example/account',
      '/\\evil.example',
      '/account//evil.example',
      '/account/../logout',
      '/account/%2e%2e/logout',
      '/account?x=https://evil.example',
      '/account\r\nLocation: https://evil.example',
      'javascript:alert(1)',
      '/account/signed-out',
      '/accountant',
      `/account/${'x'.repeat(300)}`,
      '',
    ]) {
      const { status, body } = await agent.get(at(`/account/signed-out?from=${encodeURIComponent(from)}`));
      expect(status).to.equal(200);
      expect(/class="button" href="([^"]+)"/.exec(body)?.[1], from).to.equal('/account');
    }
    const twice = await agent.get(
      at('/account/signed-out?from=/account/profile&from=//evil.example&because=1'),
    );
    expect(twice.body).to.include('href="/account"').and.include('Your session was ended');
  });

  it('is nothing to tell whoever is signed in, which is no use of the session either', async () => {
    const { person, agent } = await signedIn();
    const [before] = await sessionsOf(server, person.id);
    clock.offset = MINUTE;
    const page = await agent.get(at('/account/signed-out?because=idle&from=/account/profile'));
    expect([page.status, page.location]).to.deep.equal([303, at('/account/profile')]);
    expect((await sessionsOf(server, person.id))[0]).to.deep.equal(before);
  });

  it('comes at once with the button of the warning', async () => {
    const { person, agent, page } = await signedIn('/account/profile');
    const answer = await agent.submit(page, {}, '/account/sessions/end');
    expect(answer.location).to.equal(at('/logout/success'));
    expect((await sessionsOf(server, person.id))[0]?.end_reason).to.equal('ended_by_person');
    expect((await ask(agent)).status).to.equal(401);
  });
});
