import { expect } from 'chai';
import { registerSessions } from '../../src/commands/sessions.ts';
import { auditTrail, type HandClient, handClient, type Person, tokensFor } from '../support/protocol.ts';
import { WEB_CLIENT } from '../support/relying-party.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { sessionsOf } from '../support/sessions.ts';
import { type Page, UserAgent } from '../support/user-agent.ts';
import { type Outcome, runCommand } from '../unit/commands/terminal.ts';

const FIREFOX = 'Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:145.0) Gecko/20100101 Firefox/145.0';

describe('the sessions of a person', function sessions() {
  this.timeout(60_000);
  let server: TestServer;
  let client: HandClient;

  before(async () => {
    server = await startTestServer();
    client = handClient(
      server.issuer,
      await server.addClient({ ...WEB_CLIENT, first_party: true, client_name: 'Ward list' }),
    );
  });
  after(() => server.stop());

  const at = (path: string) => `${server.issuer}${path}`;
  const isSignedIn = async (agent: UserAgent) => (await agent.get(at('/account'))).status === 200;
  const reasons = async (person: Person) =>
    (await sessionsOf(server, person.id)).map((row) => row.end_reason);

  async function inTwoBrowsers() {
    const person = await server.addAccount();
    const here = new UserAgent({ 'user-agent': FIREFOX });
    const there = new UserAgent();
    await tokensFor(client, person, {}, here);
    const tokens = await tokensFor(client, person, {}, there);
    return { person, here, there, tokens };
  }

  /** The buttons that end one session each, in the order of the list; after them comes that of the warning. */
  const ends = (page: Page) =>
    page.forms.filter(({ action }) => new URL(action).pathname === '/account/sessions/end').slice(0, -1);

  describe('on their own page', () => {
    it('are listed, this one first and marked, with what is known of them', async () => {
      const { person, here } = await inTwoBrowsers();
      const page = await here.get(at('/account/sessions'));
      expect(page.body).to.include('Firefox on Windows').and.include('This browser').and.include('Ward list');
      const rows = await sessionsOf(server, person.id);
      const mine = rows.find(({ user_agent: userAgent }) => userAgent === FIREFOX);
      expect(ends(page).map(({ fields }) => fields.session)).to.deep.equal([
        mine?.uid,
        rows.find(({ uid }) => uid !== mine?.uid)?.uid,
      ]);
      expect(page.body.match(/This browser<\/span>/gu)).to.have.length(1);
    });

    it('end one by one, with what was issued in them', async () => {
      const { person, here, there, tokens } = await inTwoBrowsers();
      const [, other] = ends(await here.get(at('/account/sessions')));
      const done = await here.follow(await here.post(String(other?.action), other?.fields ?? {}));
      expect(done.body).to.include('That browser was signed out');
      expect(await isSignedIn(there)).to.equal(false);
      expect((await client.refresh(tokens.refresh_token)).body.error).to.equal('invalid_grant');
      expect(await isSignedIn(here)).to.equal(true);
      expect(await reasons(person)).to.have.members([null, 'ended_by_person']);
      const events = (await auditTrail(server)).filter(
        ({ type, account }) => type === 'session.ended' && account === person.id,
      );
      expect(events.map(({ actor }) => actor)).to.deep.equal([person.id]);
      expect(events[0]?.ip).to.be.a('string');
      // Pressed twice: it is what was asked for.
      expect((await here.post(String(other?.action), other?.fields ?? {})).status).to.equal(303);
    });

    it('end all at once, this one too', async () => {
      const { person, here, there } = await inTwoBrowsers();
      const page = await here.get(at('/account/sessions/end-all'));
      expect(page.body).to.include('2 browsers, this one included').and.include('this one too');
      expect(await reasons(person), 'asked').to.deep.equal([null, null]);
      const answer = await here.submit(page, {}, '/account/sessions/end-all');
      expect(answer.status).to.equal(303);
      expect((await here.follow(answer)).status).to.equal(200);
      expect(await isSignedIn(here)).to.equal(false);
      expect(await isSignedIn(there)).to.equal(false);
      expect(await reasons(person)).to.deep.equal(['everywhere', 'everywhere']);
    });

    it('end everywhere else, after a page that says so', async () => {
      const { person, here, there, tokens } = await inTwoBrowsers();
      expect((await here.get(at('/account/sessions'))).body).to.include(
        'href="/account/sessions/end-others"',
      );
      const page = await here.get(at('/account/sessions/end-others'));
      expect(page.body).to.include('1 other browser').and.include('This browser stays signed in');
      expect(await reasons(person), 'asked').to.deep.equal([null, null]);
      const done = await here.follow(await here.submit(page, {}, '/account/sessions/end-others'));
      expect(done.body).to.include('You were signed out everywhere else');
      expect([await isSignedIn(here), await isSignedIn(there)]).to.deep.equal([true, false]);
      expect((await client.refresh(tokens.refresh_token)).body.error).to.equal('invalid_grant');
      expect((await here.get(at('/account/sessions'))).body).to.not.include('end-others');
    });

    it('are not ended by a link, a forged form, or one of somebody else', async () => {
      const { person, here } = await inTwoBrowsers();
      const stranger = await inTwoBrowsers();
      const theirs = await stranger.here.get(at('/account/sessions/end-all'));
      const csrf = theirs.forms.find(({ action }) => action.endsWith('/end-all'))?.fields.csrf;
      for (const path of ['/account/sessions/end-all', '/account/sessions/end-others']) {
        for (const fields of [{ csrf: String(csrf) }, { csrf: 'forged' }, {}]) {
          expect((await here.post(at(path), fields)).status, path).to.be.oneOf([400, 403]);
        }
        const { status, location } = await new UserAgent().get(at(path));
        expect([status, location?.includes('/authorize')]).to.deep.equal([303, true]);
      }
      expect(await reasons(person)).to.deep.equal([null, null]);
    });

    it('of somebody else are out of reach, whatever is posted', async () => {
      const victim = await inTwoBrowsers();
      const { here } = await inTwoBrowsers();
      const [form] = ends(await here.get(at('/account/sessions')));
      const [target] = await sessionsOf(server, victim.person.id);
      for (const session of [String(target?.uid), 'nonsense', '%00']) {
        expect((await here.post(String(form?.action), { ...form?.fields, session })).status).to.equal(303);
      }
      const forged = { session: String(target?.uid), csrf: 'forged' };
      expect((await here.post(String(form?.action), forged)).status).to.equal(403);
      expect((await here.post(String(form?.action), {})).status).to.be.oneOf([400, 403]);
      expect(await reasons(victim.person)).to.deep.equal([null, null]);
    });
  });

  describe('on the command line', () => {
    const run = (...words: string[]): Promise<Outcome> =>
      runCommand(
        (program, terminal) => registerSessions(program, (work) => work(server.app), terminal),
        'sessions',
        ...words,
      );

    it('are listed and ended, one or all', async () => {
      const { person, here, there } = await inTwoBrowsers();
      const listed = JSON.parse((await run('list', person.email, '--json')).printed);
      expect(listed).to.have.length(2);
      expect(listed.map((row: { clients: string[] }) => row.clients)).to.deep.equal([
        [client.id],
        [client.id],
      ]);
      expect((await run('list', person.id)).printed).to.include('Firefox');
      const mine = listed.find((row: { userAgent: string }) => row.userAgent === FIREFOX);
      expect((await run('end', mine.id)).printed).to.include('is ended');
      expect([await isSignedIn(here), await isSignedIn(there)]).to.deep.equal([false, true]);
      expect((await run('end', mine.id)).error).to.have.property('code', 'session_unknown');
      expect((await run('end', '--user', person.email, '--yes')).printed).to.include('signed out everywhere');
      expect(await isSignedIn(there)).to.equal(false);
      expect((await run('list', person.email)).printed).to.include('is not signed in anywhere');
      expect(await reasons(person)).to.deep.equal(['ended_by_administrator', 'ended_by_administrator']);
      const [event] = (await auditTrail(server)).filter(
        ({ type, account }) => type === 'session.ended' && account === person.id,
      );
      expect(event).to.include({ actor_kind: 'command', command: 'gatehouse sessions end' });
    });

    it('need somebody to be named', async () => {
      expect((await run('end')).error).to.have.property('code', 'session_not_named');
      expect((await run('end', 'x', '--user', 'y')).error).to.have.property('code', 'session_not_named');
      expect((await run('list', 'nobody@example.org')).error).to.have.property('code', 'account_unknown');
    });
  });
});
