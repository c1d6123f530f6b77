import { expect } from 'chai';
import { typePassword } from '../support/factors.ts';
import { callbackOf, type HandClient, handClient, tokensFor } from '../support/protocol.ts';
import { WEB_CLIENT } from '../support/relying-party.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { type SessionRow, sessionsOf } from '../support/sessions.ts';
import { type Page, UserAgent } from '../support/user-agent.ts';

const clock = { offset: 0, now: () => new Date(Date.now() + clock.offset) };
const MINUTE = 60_000;

const BY_IDLING = {
  'that allows less idling': { session_idle_minutes: 2 },
  'at a shared workstation': { shared_workstation: true },
};
const BY_AGE = { session_absolute_seconds: 300 };

describe('a session that is too old for a client', function limits() {
  this.timeout(60_000);
  let server: TestServer;
  let usual: HandClient;

  before(async () => {
    server = await startTestServer({ replace: { clock } });
    usual = await newClient();
  });
  after(() => server.stop());
  beforeEach(() => {
    clock.offset = 0;
  });

  const newClient = async (metadata = {}) =>
    handClient(server.issuer, await server.addClient({ ...WEB_CLIENT, first_party: true, ...metadata }));
  const silently = async (agent: UserAgent, by: HandClient): Promise<string | null> =>
    callbackOf(await agent.get(by.authorizeUrl({ prompt: 'none' }))).get('error');
  const idleMinutes = ({ idle_expires_at: until, last_active_at: since }: SessionRow) =>
    Math.round((until.getTime() - since.getTime()) / MINUTE);
  const isSignIn = (page: Page) => page.forms.some(({ fields }) => 'password' in fields);

  async function signedIn(minutesAgo: number) {
    const person = await server.addAccount();
    const agent = new UserAgent();
    await tokensFor(usual, person, {}, agent);
    clock.offset = minutesAgo * MINUTE;
    return { person, agent };
  }

  /** Nothing of the client that was refused holds for the session. */
  async function expectGoesOn(agent: UserAgent, person: { id: string }) {
    expect(await silently(agent, usual), 'elsewhere').to.equal(null);
    const [row] = await sessionsOf(server, person.id);
    expect(row).to.include({ end_reason: null, shared: false });
    expect(row && idleMinutes(row)).to.equal(20);
    expect(Object.keys(row?.clients ?? {})).to.deep.equal([usual.id]);
  }

  for (const [what, metadata] of Object.entries({ ...BY_IDLING, 'that lets none last so long': BY_AGE })) {
    it(`${what} is not used silently there, however often, and goes on elsewhere`, async () => {
      const strict = await newClient(metadata);
      const { agent, person } = await signedIn(6);
      for (let time = 0; time < 2; time += 1) {
        expect(await silently(agent, strict)).to.equal('login_required');
        const framed = await agent.get(strict.authorizeUrl(), { 'sec-fetch-dest': 'iframe' });
        expect(framed.location).to.include('/sign-in/');
      }
      await expectGoesOn(agent, person);
    });
  }

  for (const [what, metadata] of Object.entries(BY_IDLING)) {
    it(`${what} is used when its person comes, and is held to that from then on`, async () => {
      const strict = await newClient(metadata);
      const { agent, person } = await signedIn(6);
      const arrived = await agent.open(strict.authorizeUrl());
      expect((await strict.redeem(String(arrived.location))).status).to.equal(200);
      clock.offset += 6 * MINUTE;
      expect(await silently(agent, usual)).to.equal('login_required');
      const [row] = await sessionsOf(server, person.id);
      expect(row && idleMinutes(row)).to.be.at.most(5);
    });
  }

  it('asks for a sign-in however often the page is opened, and after one all is well', async () => {
    const brief = await newClient(BY_AGE);
    const { agent, person } = await signedIn(6);
    const page = await agent.open(brief.authorizeUrl());
    expect(isSignIn(page)).to.equal(true);
    expect(isSignIn(await agent.open(brief.authorizeUrl()))).to.equal(true);
    await expectGoesOn(agent, person);
    const done = await typePassword(agent, page, person);
    expect((await brief.redeem(String(done.location))).status).to.equal(200);
    expect((await sessionsOf(server, person.id))[0]?.end_reason).to.equal(null);
  });

  it('is left as it was by a sign-in that is given up', async () => {
    const brief = await newClient(BY_AGE);
    const { agent, person } = await signedIn(6);
    const page = await agent.open(brief.authorizeUrl());
    await agent.follow(await agent.submit(page, {}, '/cancel'));
    await expectGoesOn(agent, person);
    expect(await silently(agent, brief)).to.equal('login_required');
  });

  it('does not end because a consent is answered too late: a sign-in is asked for', async () => {
    const brief = await newClient({ ...BY_AGE, first_party: false });
    const { agent, person } = await signedIn(1);
    const consent = await agent.open(brief.authorizeUrl({ scope: 'openid email' }));
    clock.offset = 5.5 * MINUTE;
    const page = await agent.follow(await agent.submit(consent, { decision: 'allow' }, '/consent'));
    expect(isSignIn(page)).to.equal(true);
    await expectGoesOn(agent, person);
  });
});
