import { expect } from 'chai';
import { fixture } from '../support/evidence/fixture.ts';
import {
  auditTrail,
  authorize,
  callbackOf,
  type HandClient,
  handClient,
  type Person,
  tokensFor,
} from '../support/protocol.ts';
import { WEB_CLIENT } from '../support/relying-party.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { sessionsOf } from '../support/sessions.ts';
import { type Page, UserAgent } from '../support/user-agent.ts';

const clock = { offset: 0, now: () => new Date(Date.now() + clock.offset) };

const isChoice = ({ forms }: Page) => forms.some(({ action }) => action.endsWith('/sessions'));
const isIn = ({ location }: Page) => location?.includes('code=') === true;
/** The ids that the page offers, in its order, and those that it has ticked. */
const offeredOn = ({ body }: Page) =>
  [...body.matchAll(/name="session" value="([^"]+)"/gu)].map(([, uid]) => String(uid));
const tickedOn = ({ body }: Page) =>
  [...body.matchAll(/name="session" value="([^"]+)"[^>]* checked/gu)].map(([, uid]) => String(uid));

describe('who is signed in as often as may be', function choice() {
  this.timeout(120_000);
  let server: TestServer;
  before(async () => {
    // What operators get who set nothing.
    const settings = { MAX_CONCURRENT_SESSIONS: '', SESSION_CAP_POLICY: '' };
    server = await startTestServer({ settings, replace: { clock } });
  });
  after(() => server.stop());
  beforeEach(() => {
    clock.offset = 0;
  });

  const clientOf = async (): Promise<HandClient> =>
    handClient(
      server.issuer,
      await server.addClient({
        ...WEB_CLIENT,
        first_party: true,
        backchannel_logout_uri: 'http://127.0.0.1:9/never',
      }),
    );
  const isSignedIn = async (agent: UserAgent) => (await agent.get(`${server.issuer}/account`)).status === 200;
  const lasting = async ({ id }: Person) =>
    (await sessionsOf(server, id)).filter(({ ended_at }) => ended_at === null).map(({ uid }) => uid);
  const eventsOf = async ({ id }: Person, ...types: string[]) =>
    (await auditTrail(server)).filter(({ type, account }) => types.includes(type) && account === id);

  /** Posts the choice of the page; `uids` may be anything. */
  const choose = async (agent: UserAgent, page: Page, uids: readonly string[]): Promise<Page> => {
    const form = page.forms.find(({ action }) => action.endsWith('/sessions'));
    if (form === undefined) throw new Error(`no choice on ${page.url} (${page.status})`);
    const body = new URLSearchParams([
      ['csrf', String(form.fields.csrf)],
      ...uids.map((uid): [string, string] => ['session', uid]),
    ]);
    return agent.follow(await agent.post(form.action, String(body)));
  };

  /** Somebody in two browsers, a minute apart, and a third in which everything was shown. */
  async function sessionLimit(client: HandClient) {
    clock.offset = 0;
    const person = await server.addAccount();
    const [first, second, third] = [new UserAgent(), new UserAgent(), new UserAgent()];
    const tokens = await tokensFor(client, person, {}, first);
    clock.offset = 60_000;
    await tokensFor(client, person, {}, second);
    clock.offset = 120_000;
    const page = await authorize(third, client.authorizeUrl(), person);
    return { person, first, second, third, tokens, page };
  }

  it('sees where that is after the whole sign-in, and is not in by then', async () => {
    const client = await clientOf();
    const { person, third, page } = await sessionLimit(client);
    expect([page.status, isChoice(page)]).to.deep.equal([200, true]);
    expect(page.headers.get('cache-control')).to.equal('no-store');
    const uids = (await sessionsOf(server, person.id)).map(({ uid }) => uid);
    expect(offeredOn(page)).to.deep.equal(uids.toReversed());
    expect(tickedOn(page), 'the one that was not used for longest').to.deep.equal([uids[0]]);
    expect(await lasting(person)).to.have.length(2);
    expect(await isSignedIn(third)).to.equal(false);
    expect(callbackOf(await third.open(client.authorizeUrl({ prompt: 'none' }))).get('error')).to.equal(
      'login_required',
    );
    const uid = new URL(page.url).pathname.split('/').at(-1);
    const resumed = await third.open(`${server.issuer}/authorize/${uid}`);
    expect([isIn(resumed), await lasting(person)]).to.deep.equal([false, uids]);
    expect((await eventsOf(person, 'session.choice_demanded')).map(({ details }) => details)).to.deep.equal([
      { atLeast: 1 },
    ]);
  });

  it('ends the one that they choose, and is in; its tokens are dead, and its client is told', async () => {
    const client = await clientOf();
    const { person, first, second, third, tokens, page } = await sessionLimit(client);
    const [uid = ''] = (await sessionsOf(server, person.id)).map((row) => row.uid);
    const end = await choose(third, page, [uid]);
    expect(isIn(end)).to.equal(true);
    expect(await Promise.all([first, second, third].map(isSignedIn))).to.deep.equal([false, true, true]);
    expect((await client.refresh(tokens.refresh_token)).body.error).to.equal('invalid_grant');
    const [event, ...more] = await eventsOf(person, 'session.ended');
    expect(more).to.deep.equal([]);
    expect(event).to.include({ actor: person.id, session: uid });
    expect(event?.details).to.deep.equal({ reason: 'evicted', offline: false });
    const told = await server.app.logouts.outbox.list({ clientId: client.id, limit: 10 });
    expect(told.map(({ sessionUid }) => sessionUid)).to.deep.equal([uid]);
    expect((await client.redeem(end.location ?? '')).status).to.equal(200);
  });

  it('may end more than has to, and the newer one too', async () => {
    const client = await clientOf();
    const { person, third, page } = await sessionLimit(client);
    const uids = await lasting(person);
    expect(isIn(await choose(third, page, uids))).to.equal(true);
    const now = await lasting(person);
    expect([now.length, uids.some((uid) => now.includes(uid))]).to.deep.equal([1, false]);
    const another = await sessionLimit(client);
    const [, newer = ''] = await lasting(another.person);
    expect(isIn(await choose(another.third, another.page, [newer]))).to.equal(true);
    expect(await isSignedIn(another.first)).to.equal(true);
    expect(await isSignedIn(another.second)).to.equal(false);
  });

  it('is asked again for too few, for what is nobody’s, and for what is somebody else’s, which goes on', async () => {
    const client = await clientOf();
    const other = await server.addAccount();
    const neighbour = new UserAgent();
    await tokensFor(client, other, {}, neighbour);
    const [foreign = ''] = await lasting(other);
    const { person, third, page } = await sessionLimit(client);
    const before = await lasting(person);
    for (const uids of [[], [''], ['nobody'], [foreign], [`${before[0]}\u0000`], ['x'.repeat(200), 'y']]) {
      const again = await choose(third, page, uids);
      expect([again.status, isChoice(again)], uids.join()).to.deep.equal([400, true]);
      expect(tickedOn(again)).to.deep.equal([]);
      expect(again.body).to.include('Choose at least 1 browser');
    }
    const form = page.forms.find(({ action }) => action.endsWith('/sessions'));
    const csrf = String(form?.fields.csrf);
    for (const body of [
      '',
      `csrf=${csrf}&csrf=${csrf}&session=${before[0]}`,
      `csrf[]=${csrf}&session=${before[0]}`,
      `csrf=${csrf}&session=${'x'.repeat(201)}`,
      `csrf=${csrf}${'&session=x'.repeat(1_001)}`,
      `csrf=wrong&session=${before[0]}`,
    ]) {
      const refused = await third.post(String(form?.action), body);
      expect(refused.status, body.slice(0, 40)).to.be.oneOf([400, 403]);
    }
    expect(await lasting(person)).to.deep.equal(before);
    expect(await isSignedIn(neighbour)).to.equal(true);
    expect(isIn(await choose(third, page, [String(before[0]), foreign]))).to.equal(true);
    expect(await isSignedIn(neighbour)).to.equal(true);
  });

  it('cannot choose before everything else is shown, nor from another browser, nor twice', async () => {
    const client = await clientOf();
    const { person, third, page } = await sessionLimit(client);
    const [uid = ''] = await lasting(person);
    const early = new UserAgent();
    const form = await early.open(client.authorizeUrl());
    const csrf = String(form.forms[0]?.fields.csrf);
    const skipped = await early.follow(await early.post(`${form.url}/sessions`, { csrf, session: uid }));
    expect([isIn(skipped), 'password' in (skipped.forms[0]?.fields ?? {})]).to.deep.equal([false, true]);
    const stolen = await new UserAgent().post(`${page.url}/sessions`, { csrf, session: uid });
    expect(stolen.status).to.equal(400);
    expect(await lasting(person)).to.have.length(2);
    const results = await Promise.all(Array.from({ length: 20 }, () => choose(third, page, [uid])));
    expect(results.filter(isIn)).to.have.length(1);
    expect(await lasting(person)).to.have.length(2);
    expect(await eventsOf(person, 'session.ended')).to.have.length(1);
  });

  it('is not asked to prove more in a browser of theirs, nor where one has ended meanwhile', async () => {
    const client = await clientOf();
    const { person, first, third, page } = await sessionLimit(client);
    expect(isIn(await authorize(first, client.authorizeUrl({ prompt: 'login' }), person))).to.equal(true);
    const out = await first.open(`${server.issuer}/logout`);
    await first.submit(out, { logout: 'yes' });
    expect(isIn(await third.open(page.url))).to.equal(true);
    expect(await lasting(person)).to.have.length(2);
  });

  it('is asked for another password first, which ends all others and leaves nothing to choose', async () => {
    const client = await clientOf();
    const { person, third, page } = await sessionLimit(client);
    await third.submit(page, {}, '/cancel');
    await fixture(server.app.database, 'update accounts set password_must_change = true where id = $1', [
      person.id,
    ]);
    const change = await authorize(third, client.authorizeUrl(), person);
    const password = 'marble otters juggle quietly';
    const after = await third.follow(await third.submit(change, { new_password: password }));
    // A changed password has ended the others.
    expect(isIn(after)).to.equal(true);
    expect(await lasting(person)).to.have.length(1);
  });

  it('finds the page again after a restart, and goes on from there', async () => {
    const client = await clientOf();
    const { person, third, page } = await sessionLimit(client);
    const [uid = ''] = await lasting(person);
    server = await server.restart();
    const again = await third.open(page.url);
    expect(offeredOn(again)).to.include(uid);
    expect(isIn(await choose(third, again, [uid]))).to.equal(true);
  });

  it('is asked when the last place was taken between the sign-in and the session', async () => {
    const client = await clientOf();
    const person = await server.addAccount();
    const { email: identifier, password } = person;
    const shown = async (agent: UserAgent) =>
      agent.submit(await agent.open(client.authorizeUrl()), { identifier, password });
    const [slow, slower] = [new UserAgent(), new UserAgent()];
    const [done, other] = [await shown(slow), await shown(slower)];
    expect(new URL(String(done.location)).pathname).to.match(/^\/authorize\//u);
    await tokensFor(client, person);
    await tokensFor(client, person);
    const page = await slow.follow(done);
    expect(isChoice(page)).to.equal(true);
    const before = await lasting(person);
    const end = await choose(slow, page, before.slice(0, 1));
    expect([isIn(end), (await lasting(person)).length]).to.deep.equal([true, 2]);
    // What was told to the protocol before is taken back: it does not let anybody in as soon as there is room.
    expect(isChoice(await slower.follow(other))).to.equal(true);
    await server.app.database.transaction((tx) =>
      server.app.lifecycle.access.endAll(tx, person.id, 'everywhere', {
        actor: { kind: 'person', id: person.id },
      }),
    );
    expect(isIn(await slower.open(String(other.location)))).to.equal(false);
    expect(await lasting(person)).to.deep.equal([]);
  });

  it('is in once, and told so, where the browser takes the last place twenty times at once', async () => {
    const client = await clientOf();
    const person = await server.addAccount();
    await tokensFor(client, person);
    const agent = new UserAgent();
    const { email: identifier, password } = person;
    const done = await agent.submit(await agent.open(client.authorizeUrl()), { identifier, password });
    const pages = await Promise.all(Array.from({ length: 20 }, () => agent.open(String(done.location))));
    expect(pages.filter(isIn)).to.have.length(1);
    for (const page of pages.filter((each) => !isIn(each))) {
      expect(page.status).to.equal(200);
      expect(page.body).to.match(/This sign-in is already finished/u);
    }
    expect(await lasting(person)).to.have.length(2);
  });

  it('is never in more often, of 50 sign-ins in parallel on two nodes, and of 25 choices at once', async () => {
    const client = await clientOf();
    const person = await server.addAccount();
    const second = await server.secondNode();
    try {
      const other = handClient(`http://localhost:${second.app.config.server.port}`, {
        client_id: client.id,
      });
      const agents = Array.from({ length: 50 }, () => new UserAgent());
      const pages = await Promise.all(
        agents.map((agent, index) =>
          authorize(agent, (index % 2 === 0 ? client : other).authorizeUrl(), person),
        ),
      );
      // A node whose connections all wait for the person's turn says so.
      expect(pages.every((page) => isIn(page) || isChoice(page) || page.status === 503)).to.equal(true);
      expect(pages.filter(isIn)).to.have.length.within(1, 2);
      expect(pages.filter(isChoice)).to.have.length.at.least(25);
      const before = await lasting(person);
      expect(before).to.have.length.within(1, 2);
      const waiting = agents.flatMap((agent, index) => {
        const page = pages[index] as Page;
        return isChoice(page) ? [{ agent, page }] : [];
      });
      const chosen = waiting
        .slice(0, 25)
        .map(({ agent, page }, index) => choose(agent, page, [String(before[index % before.length])]));
      const ends = await Promise.all(chosen);
      expect(ends.filter(isIn)).to.have.length.at.least(1);
      expect(ends.every((page) => isIn(page) || isChoice(page) || page.status === 503)).to.equal(true);
      expect(await lasting(person)).to.have.length.within(1, 2);
      const rows = await sessionsOf(server, person.id);
      const over = rows.filter(({ ended_at }) => ended_at !== null).map(({ uid }) => uid);
      const ended = (await eventsOf(person, 'session.ended')).map(({ session }) => session);
      expect(ended).to.have.members(over);
    } finally {
      await second.stop();
    }
  });
});
