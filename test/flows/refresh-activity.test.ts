import { expect } from 'chai';
import { fixture } from '../support/evidence/fixture.ts';
import { callbackOf, type HandClient, handClient, type Person, tokensFor } from '../support/protocol.ts';
import { WEB_CLIENT } from '../support/relying-party.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { sessionsOf } from '../support/sessions.ts';
import { useTravel } from '../support/time.ts';
import { UserAgent } from '../support/user-agent.ts';

const MINUTE = 60;

/** An application that cannot say when people are there may have its refreshes count, within bounds. */
describe('refreshes that count as activity', function counting() {
  this.timeout(60_000);
  const travel = useTravel();
  let server: TestServer;
  let keeps: HandClient;
  let plain: HandClient;

  const COUNTS = { ...WEB_CLIENT, refresh_counts_as_activity: true };
  const add = async (metadata: object) => handClient(server.issuer, await server.addClient({ ...metadata }));

  before(async () => {
    server = await startTestServer({
      replace: { clock: travel.clock },
      settings: {
        SESSION_POLICIES: JSON.stringify({
          nurse: { timeoutMinutes: 10 },
          night: { timeoutMinutes: 40 },
        }),
        // As long as anywhere: what is shared is not kept all the same.
        SHARED_WORKSTATION_TIMEOUT_MINUTES: '20',
        SHARED_WORKSTATION_NETWORKS: '198.51.100.0/24',
        MAX_CONCURRENT_SESSIONS: '2',
        SESSION_CAP_POLICY: 'evict-oldest',
        TRUSTED_PROXIES: '127.0.0.1,::1',
      },
    });
    keeps = await add({ ...COUNTS, refresh_keeps_minutes: 90 });
    plain = await add(WEB_CLIENT);
  });
  after(() => server.stop());

  /** Somebody who is signed in, whose tab goes on refreshing. */
  async function signIn(of: HandClient, given: object = {}, agent = new UserAgent(), parameters = {}) {
    const person = await server.addAccount(given);
    let token: string = (await tokensFor(of, person, parameters, agent)).refresh_token;
    return {
      person,
      agent,
      get token() {
        return token;
      },
      /** Whether the session still lasts. */
      async refresh(client = of): Promise<boolean> {
        const { status, body } = await client.refresh(token);
        if (status === 200) token = body.refresh_token;
        return status === 200;
      },
      session: async () => recordOf(person),
    };
  }
  async function recordOf(person: Person) {
    const [row] = await server.app.database.query<Record<string, string>>(
      `select last_active_at, refreshed_at, extract(epoch from idle_expires_at - last_active_at)::integer as away
       from sessions where account_id = $1`,
      [person.id],
    );
    return row ?? {};
  }
  /** For how many minutes the session lasts while its tab refreshes, asked every five of them. */
  async function lasts(tab: { refresh(): Promise<boolean> }, most = 150): Promise<number> {
    for (let minutes = 5; minutes <= most; minutes += 5) {
      travel.pass(5 * MINUTE);
      if (!(await tab.refresh())) return minutes;
    }
    return most;
  }

  it('keep people signed in for as long after their own last use as the client says', async () => {
    expect(await lasts(await signIn(keeps))).to.equal(90);
  });

  it('keep nobody by default, and for an hour where the client says no time', async () => {
    expect(await lasts(await signIn(plain))).to.equal(20);
    expect(await lasts(await signIn(await add(COUNTS)))).to.equal(60);
  });

  it('are no use of the person: their last one stays, and the session ends soon after the tab is closed', async () => {
    const tab = await signIn(keeps);
    const before = await tab.session();
    travel.pass(15 * MINUTE);
    expect(await tab.refresh()).to.equal(true);
    const after = await tab.session();
    expect(after.last_active_at).to.deep.equal(before.last_active_at);
    expect([before.refreshed_at, after.refreshed_at].map((at) => at !== null)).to.deep.equal([false, true]);
    expect(Number(after.away)).to.be.closeTo(35 * MINUTE, 2);
    travel.pass(21 * MINUTE);
    expect(await tab.refresh()).to.equal(false);
  });

  it('begin anew when the person is there themselves', async () => {
    const tab = await signIn(keeps);
    for (let minutes = 0; minutes < 60; minutes += 15) {
      travel.pass(15 * MINUTE);
      expect(await tab.refresh()).to.equal(true);
    }
    expect((await tab.agent.open(`${server.issuer}/account`)).status).to.equal(200);
    expect(await lasts(tab)).to.equal(90);
  });

  it('do not spare a session that the person left for longer than another one', async () => {
    const tab = await signIn(keeps);
    travel.pass(15 * MINUTE);
    await tokensFor(plain, tab.person);
    travel.pass(MINUTE);
    expect(await tab.refresh()).to.equal(true);
    await tokensFor(plain, tab.person);
    expect(await tab.refresh(), 'it made room').to.equal(false);
    const ended = (await sessionsOf(server, tab.person.id)).filter(
      ({ end_reason: reason }) => reason === 'evicted',
    );
    expect(ended.map(({ clients }) => Object.keys(clients ?? {}))).to.deep.equal([[keeps.id]]);
  });

  it('let the person go on everywhere, but nobody ask silently who has been away', async () => {
    const tab = await signIn(keeps);
    for (let minutes = 0; minutes < 30; minutes += 15) {
      travel.pass(15 * MINUTE);
      expect(await tab.refresh()).to.equal(true);
    }
    const back = async (parameters: object) =>
      callbackOf(await tab.agent.open(plain.authorizeUrl({ ...parameters })));
    expect((await back({ prompt: 'none' })).get('error')).to.equal('login_required');
    expect((await back({})).get('code')).to.be.a('string');
    expect((await back({ prompt: 'none' })).get('code')).to.be.a('string');
    expect(Number((await tab.session()).away)).to.be.closeTo(20 * MINUTE, 2);
  });

  it('do not go beyond the end by age', async () => {
    const tab = await signIn(keeps);
    await fixture(
      server.app.database,
      `update sessions set absolute_seconds = 2400, absolute_expires_at = signed_in_at + interval '40 minutes'
       where account_id = $1`,
      [tab.person.id],
    );
    expect(await lasts(tab)).to.equal(40);
  });

  it('do not count against a stricter role, and do with a longer one', async () => {
    expect(await lasts(await signIn(keeps, { roles: ['nurse'] }))).to.equal(10);
    expect(await lasts(await signIn(keeps, { roles: ['nurse', 'night'] }))).to.equal(10);
    expect(await lasts(await signIn(keeps, { roles: ['night'] }))).to.equal(90);
  });

  it('do not count once a stricter client is used in the session', async () => {
    const strict = await add({ ...WEB_CLIENT, session_idle_minutes: 15 });
    const tab = await signIn(keeps);
    await tokensFor(strict, tab.person, {}, tab.agent);
    expect(await lasts(tab)).to.equal(15);
  });

  it('do not count at a workstation that people share, by network or by client', async () => {
    const there = new UserAgent({ 'x-forwarded-for': '198.51.100.7' });
    expect(await lasts(await signIn(keeps, {}, there))).to.equal(20);
    const ward = await add({ ...WEB_CLIENT, shared_workstation: true });
    const tab = await signIn(keeps);
    await tokensFor(ward, tab.person, {}, tab.agent);
    expect(await lasts(tab)).to.equal(20);
  });

  it('do not count where the token outlives the session', async () => {
    const absent = await add({ ...COUNTS, offline_access: true });
    const tab = await signIn(absent, {}, undefined, { scope: 'openid offline_access', prompt: 'consent' });
    travel.pass(15 * MINUTE);
    expect(await tab.refresh()).to.equal(true);
    expect((await tab.session()).refreshed_at).to.equal(null);
  });

  it('do not count where the token came again', async () => {
    const twice = await add({ ...COUNTS, refresh_token_leeway_seconds: 30 });
    const tab = await signIn(twice);
    const first = tab.token;
    travel.pass(MINUTE);
    expect(await tab.refresh()).to.equal(true);
    const { refreshed_at: at, away } = await tab.session();
    travel.pass(29);
    expect((await twice.refresh(first)).status).to.equal(200);
    expect(await tab.session())
      .to.include({ away })
      .and.to.have.deep.property('refreshed_at', at);
  });

  it('are written once, of fifty at the same time, and refused ones not at all', async () => {
    const tab = await signIn(keeps);
    travel.pass(10 * MINUTE);
    const { away } = await tab.session();
    expect((await keeps.refresh('nonsense')).status).to.equal(400);
    expect((await plain.refresh(tab.token)).status).to.equal(400);
    expect(await tab.session()).to.include({ away, refreshed_at: null });
    const answers = await Promise.all(Array.from({ length: 50 }, () => keeps.refresh(tab.token)));
    expect(answers.filter(({ status }) => status === 200)).to.have.length(1);
    expect(Number((await tab.session()).away)).to.be.closeTo(30 * MINUTE, 2);
  });

  it('tell the application when the session ends', async () => {
    const tab = await signIn(keeps);
    travel.pass(15 * MINUTE);
    const { body } = await keeps.refresh(tab.token);
    const answer = await fetch(`${server.issuer}/session`, {
      headers: { authorization: `Bearer ${body.access_token}` },
    });
    const told = (await answer.json()) as Record<string, number>;
    expect(Number(told.idle_expires_at) - Number(told.now)).to.be.closeTo(20 * MINUTE, 2);
  });
});
