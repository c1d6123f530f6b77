import { expect } from 'chai';
import { fixtures } from '../support/evidence/fixture.ts';
import { WEB_CLIENT } from '../support/relying-party.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { type Page, UserAgent } from '../support/user-agent.ts';
import { authorizePath, type Client, codeFor, get, introspect, tokensFor, userinfo } from './support.ts';

const SESSION = 'gatehouse_session';

/** A clock that tests move. */
const clock = { offset: 0, now: () => new Date(Date.now() + clock.offset) };

describe('sessions', () => {
  let server: TestServer;
  let client: Client;

  before(async () => {
    server = await startTestServer({ replace: { clock } });
    client = await server.addClient(WEB_CLIENT);
  });
  after(() => server.stop());
  afterEach(() => {
    clock.offset = 0;
  });

  const sessionCookie = async (agent: UserAgent): Promise<string | undefined> =>
    (await agent.jar.getCookies(server.issuer)).find(({ key }) => key === SESSION)?.value;

  /** What a thief has: the browser's cookies of this moment. */
  async function copyOf(agent: UserAgent): Promise<UserAgent> {
    const thief = new UserAgent();
    for (const cookie of await agent.jar.getCookies(server.issuer))
      await thief.jar.setCookie(cookie.cookieString(), server.issuer);
    return thief;
  }

  const isSignedIn = async (agent: UserAgent): Promise<boolean> =>
    (await agent.get(`${server.issuer}/account`)).status === 200;

  async function signOut(agent: UserAgent): Promise<Page> {
    return agent.submit(await agent.open(`${server.issuer}/logout`), { logout: 'yes' });
  }

  it('lines 32 and 33: a session ends twelve hours after the sign-in, however much it is used', async () => {
    const person = await server.addAccount();
    const agent = new UserAgent();
    await codeFor(server, client, person, {}, agent);
    const absolute = server.app.config.sessions.absoluteSeconds * 1000;
    expect(absolute).to.equal(12 * 3_600_000);
    const tenMinutes = 600_000;
    for (clock.offset = tenMinutes; clock.offset < absolute; clock.offset += tenMinutes) {
      expect(await isSignedIn(agent)).to.equal(true);
    }
    clock.offset = absolute - 1_000;
    await codeFor(server, client, person, { prompt: 'none' }, agent);
    clock.offset = absolute + 1_000;
    expect(await isSignedIn(agent)).to.equal(false);
    const silent = await agent.get(server.issuer + authorizePath(client, { prompt: 'none' }));
    expect(String(silent.location)).to.contain('error=login_required');
  });

  it('line 31: a session that its person does not use ends after twenty minutes, for everybody who asks', async () => {
    const person = await server.addAccount();
    const agent = new UserAgent();
    const tokens = await tokensFor(server, client, person, {}, agent);
    const thief = await copyOf(agent);
    clock.offset = 20 * 60_000;
    expect(await isSignedIn(agent)).to.equal(false);
    expect(await isSignedIn(thief)).to.equal(false);
    expect((await introspect(server, client, String(tokens.access_token))).body).to.deep.equal({
      active: false,
    });
    const silent = await thief.get(server.issuer + authorizePath(client, { prompt: 'none' }));
    expect(String(silent.location)).to.contain('error=login_required');
  });

  it('line 34: an application that asks in the background, however often, does not keep a session alive', async () => {
    const person = await server.addAccount();
    const agent = new UserAgent();
    await codeFor(server, client, person, {}, agent);
    for (let minute = 1; minute < 20; minute += 3) {
      clock.offset = minute * 60_000;
      await codeFor(server, client, person, { prompt: 'none' }, agent);
    }
    clock.offset = 20 * 60_000;
    expect(await isSignedIn(agent)).to.equal(false);
  });

  describe('line 35: a new session id at every authentication', () => {
    it('the id from before a sign-in is worth nothing after it (fixation)', async () => {
      const person = await server.addAccount();
      const agent = new UserAgent();
      await agent.open(`${server.issuer}/logout`);
      const before = await sessionCookie(agent);
      const thief = await copyOf(agent);
      await codeFor(server, client, person, {}, agent);
      expect(before).to.be.a('string');
      expect(await sessionCookie(agent)).not.to.equal(before);
      expect(await isSignedIn(agent)).to.equal(true);
      expect(await isSignedIn(thief)).to.equal(false);
    });

    it('signing in again takes the old id out of use', async () => {
      const person = await server.addAccount();
      const agent = new UserAgent();
      await codeFor(server, client, person, {}, agent);
      const thief = await copyOf(agent);
      expect(await isSignedIn(thief)).to.equal(true);
      await codeFor(server, client, person, { prompt: 'login' }, agent);
      expect(await sessionCookie(agent)).not.to.equal(await sessionCookie(thief));
      expect(await isSignedIn(agent)).to.equal(true);
      expect(await isSignedIn(thief)).to.equal(false);
    });

    it('an id that an attacker made up is not taken', async () => {
      const person = await server.addAccount();
      const agent = new UserAgent();
      await agent.jar.setCookie(`${SESSION}=attackers-choice`, server.issuer);
      await agent.jar.setCookie(`${SESSION}.sig=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA`, server.issuer);
      await codeFor(server, client, person, {}, agent);
      expect(await sessionCookie(agent)).not.to.equal('attackers-choice');
    });
  });

  it('line 36: session ids have 128 bits or more, differ, and are stored hashed', async () => {
    const person = await server.addAccount();
    const ids = new Set<string>();
    for (let count = 0; count < 5; count += 1) {
      const agent = new UserAgent();
      await codeFor(server, client, person, {}, agent);
      const id = String(await sessionCookie(agent));
      expect(id).to.match(/^[\w-]{22,}$/);
      ids.add(id);
      const rows = await server.app.database.query(
        `select 1 from oidc_artifacts where model = 'Session' and payload::text like '%' || $1 || '%'`,
        [id],
      );
      expect(rows).to.have.length(0);
    }
    expect(ids).to.have.property('size', 5);
  });

  describe('line 37: signing out ends the session on the server', () => {
    it('replayed cookies sign nobody in, and what was issued in the session is dead', async () => {
      const person = await server.addAccount();
      const agent = new UserAgent();
      const tokens = await tokensFor(server, client, person, {}, agent);
      const thief = await copyOf(agent);
      expect((await userinfo(server, String(tokens.access_token))).status).to.equal(200);
      await signOut(agent);
      expect(await isSignedIn(thief)).to.equal(false);
      const silent = await thief.get(server.issuer + authorizePath(client, { prompt: 'none' }));
      expect(String(silent.location)).to.contain('error=login_required');
      expect((await userinfo(server, String(tokens.access_token))).status).to.equal(401);
      for (const token of [tokens.access_token, tokens.refresh_token])
        expect((await introspect(server, client, String(token))).body).to.deep.equal({ active: false });
    });

    it('a request that began before the sign-out does not bring the session back', async () => {
      const person = await server.addAccount();
      const agent = new UserAgent();
      await codeFor(server, client, person, {}, agent);
      const confirm = await agent.open(`${server.issuer}/logout`);
      const thief = await copyOf(agent);
      await Promise.all([
        agent.submit(confirm, { logout: 'yes' }),
        ...Array.from({ length: 10 }, () =>
          thief.get(server.issuer + authorizePath(client, { prompt: 'none' })),
        ),
      ]);
      expect(await isSignedIn(thief)).to.equal(false);
      expect(await isSignedIn(agent)).to.equal(false);
    });
  });

  it('line 38: a disabled account has no session and no token from that moment', async () => {
    const person = await server.addAccount();
    const agent = new UserAgent();
    const tokens = await tokensFor(server, client, person, {}, agent);
    await server.app.accounts.store.setStatus(fixtures(server.app.database), person.id, 'disabled');
    expect((await userinfo(server, String(tokens.access_token))).status).to.equal(401);
    expect(await isSignedIn(agent)).to.equal(false);
    const silent = await agent.get(server.issuer + authorizePath(client, { prompt: 'none' }));
    expect(String(silent.location)).to.contain('error=login_required');
  });

  it('a changed, unsigned or otherwise signed cookie counts for nothing', async () => {
    const person = await server.addAccount();
    const agent = new UserAgent();
    await codeFor(server, client, person, {}, agent);
    const id = String(await sessionCookie(agent));
    const signature = (await agent.jar.getCookies(server.issuer)).find(
      ({ key }) => key === `${SESSION}.sig`,
    )?.value;
    const account = (cookie: string) => get(server, '/account', { cookie, accept: 'text/html' });
    expect((await account(`${SESSION}=${id}; ${SESSION}.sig=${signature}`)).status).to.equal(200);
    for (const cookie of [
      `${SESSION}=${id}`,
      `${SESSION}=${id}; ${SESSION}.sig=`,
      `${SESSION}=${id}; ${SESSION}.sig=${String(signature).slice(0, -2)}AA`,
      `${SESSION}=${id}x; ${SESSION}.sig=${signature}`,
      `${SESSION}.sig=${signature}; gatehouse_sign_in=${id}`,
    ]) {
      expect((await account(cookie)).status, cookie).to.equal(303);
    }
  });

  describe('line 44: no session comes to be without the person', () => {
    it('asking for a page or for an authorization makes none', async () => {
      const agent = new UserAgent();
      for (const path of [
        '/account',
        authorizePath(client),
        authorizePath(client, { prompt: 'none' }),
        '/setup',
      ])
        await agent.open(server.issuer + path);
      expect(await sessionCookie(agent)).to.equal(undefined);
    });

    it('nor is it, with its cookies planted, where another site has sent the browser', async () => {
      const attacker = await server.addAccount();
      for (const [site, status] of [
        ['cross-site', 400],
        ['same-site', 400],
        ['same-origin', 303],
        ['none', 303],
      ] as const) {
        const agent = new UserAgent();
        const page = await agent.open(server.issuer + authorizePath(client));
        const done = await agent.submit(page, { identifier: attacker.email, password: attacker.password });
        const resumed = await agent.get(String(done.location), { 'sec-fetch-site': site });
        expect(resumed.status, site).to.equal(status);
        expect((await sessionCookie(agent)) === undefined, site).to.equal(status === 400);
      }
    });

    it('a sign-in that an attacker finished cannot be put under another browser (login CSRF)', async () => {
      const attacker = await server.addAccount();
      const own = new UserAgent();
      const page = await own.open(server.issuer + authorizePath(client));
      const done = await own.submit(page, { identifier: attacker.email, password: attacker.password });
      const victim = new UserAgent();
      const resumed = await victim.open(String(done.location));
      expect([resumed.status, resumed.location]).to.deep.equal([400, undefined]);
      expect(await sessionCookie(victim)).to.equal(undefined);
      const posted = await victim.submit(page, { identifier: attacker.email, password: attacker.password });
      expect(posted.status).to.equal(400);
      expect(await isSignedIn(victim)).to.equal(false);
    });

    it('somebody else who signs in takes nothing over from who was signed in before', async () => {
      const [first, second] = [await server.addAccount(), await server.addAccount()];
      const agent = new UserAgent();
      const tokens = await tokensFor(server, client, first, {}, agent);
      const before = await sessionCookie(agent);
      const page = await agent.open(server.issuer + authorizePath(client, { prompt: 'login' }));
      let answer = await agent.follow(
        await agent.submit(page, { identifier: second.email, password: second.password }),
      );
      // The library signs the first person out before it goes on, with a form that submits itself.
      if (answer.forms[0] !== undefined) answer = await agent.follow(await agent.submit(answer, {}));
      expect(String(answer.location)).to.contain('code=');
      expect(await sessionCookie(agent)).not.to.equal(before);
      const account = await agent.get(`${server.issuer}/account`);
      expect(account.body.replaceAll('<wbr>', '')).to.contain(second.email).and.not.to.contain(first.email);
      expect((await userinfo(server, String(tokens.access_token))).status).to.equal(401);
    });
  });
});
