import { expect } from 'chai';
import { commitWrites } from '../../src/storage/unit-of-work.ts';
import { fixtures } from '../support/evidence/fixture.ts';
import { addApp, addRecoveryCodes } from '../support/factors.ts';
import type { Person } from '../support/protocol.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { UserAgent } from '../support/user-agent.ts';

const FIREFOX = 'Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:145.0) Gecko/20100101 Firefox/145.0';
const EDGE =
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/142.0 Safari/537.36 Edg/142.0';
const SAFARI =
  'Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Version/18.0 Mobile/15E148 Safari/604.1';

describe('the overview of an account', function overview() {
  this.timeout(60_000);
  let server: TestServer;
  let person: Person;

  before(async () => {
    server = await startTestServer({
      settings: { SECOND_FACTOR_POLICY: 'optional', PASSWORD_EXPIRY_DAYS: '90' },
    });
  });
  after(() => server.stop());
  beforeEach(async () => {
    person = await server.addAccount();
  });

  const at = (path: string) => `${server.issuer}${path}`;
  const plain = (html: string) => html.replace(/<[^>]*>/g, ' ').replace(/\s+/g, ' ');
  const ownRows = () =>
    server.app.database.query<{ user_agent: string | null }>(
      'select user_agent from sign_ins where account_id = $1 order by at',
      [person.id],
    );

  async function signedIn(userAgent: string): Promise<UserAgent> {
    const agent = new UserAgent({ 'user-agent': userAgent });
    const { email: identifier, password } = person;
    await agent.follow(await agent.submit(await agent.open(at('/account')), { identifier, password }));
    return agent;
  }
  const overviewOf = async (agent: UserAgent) => plain((await agent.get(at('/account'))).body);

  it('tells of the sign-in before this session, in every session its own', async () => {
    const first = await signedIn(FIREFOX);
    expect(await overviewOf(first)).to.include('Last sign-in before this one None is on record.');
    const second = await signedIn(EDGE);
    const shown = await overviewOf(second);
    expect(shown).to.include('with the password Firefox on Windows').and.not.include('Edge on Windows');
    const third = await signedIn(SAFARI);
    expect(await overviewOf(third)).to.include('Edge on Windows');
    // It is about what was before the session, not about what came since.
    expect(await overviewOf(second))
      .to.include('Firefox on Windows')
      .and.not.include('Safari');
    expect((await ownRows()).map(({ user_agent: agent }) => agent)).to.deep.equal([FIREFOX, EDGE, SAFARI]);
  });

  it('knows nothing of sign-ins that failed, and of those of others', async () => {
    const other = await server.addAccount();
    const agent = new UserAgent({ 'user-agent': EDGE });
    await agent.follow(
      await agent.submit(await agent.open(at('/account')), {
        identifier: other.email,
        password: other.password,
      }),
    );
    await new UserAgent().submit(await new UserAgent().open(at('/account')), {
      identifier: person.email,
      password: 'wrong',
    });
    expect(await ownRows()).to.have.length(0);
    expect(await overviewOf(await signedIn(FIREFOX))).to.include('None is on record.');
  });

  it('keeps twenty sign-ins of an account, whoever signs in how often', async () => {
    const { signIns } = server.app.sessions;
    for (let minute = 0; minute < 25; minute += 1) {
      const at = new Date(Date.UTC(2026, 0, 1, 0, minute));
      const signIn = { at, acr: 'aal1', ip: undefined, userAgent: `agent ${minute}` };
      await commitWrites(
        fixtures(server.app.database),
        signIns.record(person.id, `session ${minute}`, signIn),
      );
    }
    const kept = (await ownRows()).map(({ user_agent: agent }) => agent);
    expect(kept).to.deep.equal(Array.from({ length: 20 }, (_, index) => `agent ${index + 5}`));
    const before = await signIns.before(person.id, 'session 24', new Date());
    expect(before?.userAgent).to.equal('agent 23');
    const unknown = await signIns.before(person.id, 'of before', new Date(Date.UTC(2026, 0, 1, 0, 10)));
    expect(unknown?.userAgent).to.equal('agent 10');
  });

  it('opens with what protects the account, and leads to what is missing', async () => {
    const agent = await signedIn(FIREFOX);
    const bare = await agent.get(at('/account'));
    expect(plain(bare.body))
      .to.include('Whoever knows your password can get in.')
      .and.include('Second step None')
      .and.include('Expires on')
      .and.include('In 1 browser: this one');
    await addApp(server, person);
    const codes = await addRecoveryCodes(server, person);
    const safe = plain((await agent.get(at('/account'))).body);
    expect(safe).to.include('1 authenticator app').and.include('10 of 10 codes are left.');
    expect(safe).to.include('Nothing is missing here.').and.not.include('Whoever knows');
    for (const code of codes.slice(0, 8)) {
      const match = await server.app.factors.recoveryCodes.match(person.id, code);
      if ('write' in match) await commitWrites(fixtures(server.app.database), [match.write]);
    }
    const few = (await agent.get(at('/account'))).body;
    expect(plain(few)).to.include('You have 2 recovery codes left.');
    expect(few).to.include('href="/account/security/recovery-codes"');
  });

  it('has a navigation on every page of the account, which says where one is', async () => {
    const agent = await signedIn(FIREFOX);
    const places: Record<string, string> = {
      '/account': 'Overview',
      '/account/security': 'Security',
      '/account/sessions': 'Sessions',
      '/account/activity': 'Activity',
      '/account/profile': 'Profile',
    };
    for (const [path, name] of Object.entries(places)) {
      const { body } = await agent.get(at(path));
      const current = [...body.matchAll(/<a href="([^"]+)" aria-current="page">([^<]+)</g)];
      expect(current.map(([, href, text]) => [href, text])).to.deep.equal([[path, name]]);
      for (const other of Object.keys(places)) expect(body, path).to.include(`href="${other}"`);
    }
    const { body } = await agent.get(at('/account/sessions/end-all'));
    expect(body).to.include('href="/account/sessions" aria-current="true"');
  });

  it('offers an authenticator app on the same device a link with what the picture says', async () => {
    const agent = await signedIn(FIREFOX);
    const { body } = await agent.open(at('/account/security/authenticators/new'));
    const link = URL.parse(String(/href="(otpauth:[^"]+)"/.exec(body)?.[1]).replaceAll('&amp;', '&'));
    expect(link?.protocol).to.equal('otpauth:');
    const shown = plain(/id="totp-key">(.*?)<\/code>/s.exec(body)?.[1] ?? '').replaceAll(' ', '');
    expect(link?.searchParams.get('secret'))
      .to.equal(shown)
      .and.to.match(/^[A-Z2-7]{32}$/);
  });

  it('tells in the activity why a sign-in was refused and in which browser, and no ids', async () => {
    const agent = await signedIn(FIREFOX);
    const guesser = new UserAgent({ 'user-agent': EDGE });
    await guesser.submit(await guesser.open(at('/account')), { identifier: person.email, password: 'wrong' });
    const other = await signedIn(SAFARI);
    await other.submit(await other.get(at('/account/sessions')), {}, '/account/sessions/end');
    const { body } = await agent.get(at('/account/activity'));
    expect(plain(body)).to.match(/Sign-in refused: wrong password .{0,60} Edge on Windows, /);
    expect(plain(body)).to.match(/signed a browser out .{0,80} It was Safari on iPhone/);
    expect(body).to.not.include('password_wrong');
  });
});
