import { expect } from 'chai';
import { invitations } from '../../src/administration/invitations.ts';
import { act } from '../support/administration.ts';
import { addApp, addPasskey, asksFor, showPasskey, typeCode, typePassword } from '../support/factors.ts';
import { type HandClient, handClient, type Person, tokensFor } from '../support/protocol.ts';
import { WEB_CLIENT } from '../support/relying-party.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { sessionsOf } from '../support/sessions.ts';
import { type Page, UserAgent } from '../support/user-agent.ts';

const clock = { offset: 0, now: () => new Date(Date.now() + clock.offset) };
const MINUTE = 60_000;
const DAY = 86_400_000;

/** No role asks for everything, so that who has two of them shows which rule each has brought. */
const POLICIES = {
  PASSWORD_POLICIES:
    '{"scribe": {"minLength": 18}, "keeper": {"requiredCharacters": ["digit"], "expiryDays": 30}}',
  SECOND_FACTOR_POLICIES:
    '{"guard": {"policy": "required", "trustedDeviceDays": 0}, "vault": {"policy": "phishing_resistant"}}',
  SESSION_POLICIES: '{"hasty": {"timeoutMinutes": 5}, "brief": {"absoluteSeconds": 900, "maxConcurrent": 1}}',
};

describe('the policies of roles, over HTTP', function policies() {
  this.timeout(60_000);
  let server: TestServer;
  let client: HandClient;

  before(async () => {
    server = await startTestServer({
      settings: {
        ...POLICIES,
        TRUSTED_DEVICE_DAYS: '30',
        MAX_CONCURRENT_SESSIONS: '2',
        SESSION_CAP_POLICY: 'evict-oldest',
      },
      replace: { clock },
    });
    client = handClient(server.issuer, await server.addClient(WEB_CLIENT));
  });
  after(() => server.stop());
  beforeEach(() => {
    clock.offset = 0;
  });

  const withRoles = (...roles: string[]) => server.addAccount({ roles });
  const typed = async (person: Person, agent = new UserAgent()): Promise<Page> =>
    typePassword(agent, await agent.open(client.authorizeUrl()), person);

  describe('of passwords', () => {
    const LONG = 'seven quiet lanterns';
    const WITH_DIGIT = 'otter 4 plums ice';
    const BOTH = 'seven quiet lanterns 7';
    const SHORT = /too short\. Use at least 18 characters/u;
    const NO_DIGIT = /has no digit/u;
    const cases: [roles: string[], refused: [string, RegExp][], accepted: string][] = [
      [['clerk'], [], WITH_DIGIT],
      [['scribe'], [[WITH_DIGIT, SHORT]], LONG],
      [['keeper'], [[LONG, NO_DIGIT]], WITH_DIGIT],
      [
        ['scribe', 'keeper'],
        [
          [LONG, NO_DIGIT],
          [WITH_DIGIT, SHORT],
        ],
        BOTH,
      ],
    ];

    for (const [roles, refused, accepted] of cases) {
      it(`hold for ${roles.join(' and ')} on the account page`, async () => {
        const person = await withRoles(...roles);
        const agent = new UserAgent();
        await tokensFor(client, person, {}, agent);
        const choose = async (chosen: string) =>
          agent.submit(
            await agent.open(`${server.issuer}/account/password`),
            { current_password: person.password, new_password: chosen },
            '/account/password',
          );
        for (const [password, why] of refused) {
          const answer = await choose(password);
          expect(answer.status).to.equal(400);
          expect(answer.body).to.match(why);
        }
        expect((await choose(accepted)).location).to.include('password-changed');
        expect((await typed({ ...person, password: accepted })).location).to.contain('code=');
      });
    }

    it('hold for who follows an invitation', async () => {
      const email = 'ada@example.org';
      await act(server.app, invitations.send, { email, name: 'Ada Lovelace', roles: ['scribe', 'keeper'] });
      const link = server.mailbox.linkIn(await server.mailbox.next(email));
      const agent = new UserAgent();
      const accept = async (password: string) =>
        agent.submit(await agent.get(link), { name: 'Ada Lovelace', password }, '/invitation');
      expect((await accept(LONG)).body).to.match(NO_DIGIT);
      expect((await accept(WITH_DIGIT)).body).to.match(SHORT);
      expect((await accept(BOTH)).status).to.equal(303);
    });

    it('say when a password has to be changed: of two roles the sooner', async () => {
      const people = [await withRoles('scribe'), await withRoles('keeper', 'scribe')] as const;
      clock.offset = 31 * DAY;
      expect((await typed(people[0])).location).to.contain('code=');
      const [, both] = people;
      expect((await typed(both)).body).to.include('Your password is older than it may be');
    });
  });

  describe('of second factors', () => {
    const offered = (page: Page) =>
      page.forms.some(({ action }) => action.endsWith('/enrol/totp')) ? ['app', 'passkey'] : ['passkey'];

    it('let who has no such role in, and have the others set one up: of two roles the stronger', async () => {
      expect((await typed(await withRoles('clerk'))).location).to.contain('code=');
      for (const [roles, kinds] of [
        [['guard'], ['app', 'passkey']],
        [['vault'], ['passkey']],
        [['guard', 'vault', 'clerk'], ['passkey']],
      ] as const) {
        const person = await withRoles(...roles);
        const page = await typed(person);
        expect(page.body).to.include('Protect your account');
        expect(offered(page)).to.deep.equal(kinds);
        expect(await sessionsOf(server, person.id)).to.deep.equal([]);
      }
    });

    it('take a code where that is enough, and a passkey only where it is not', async () => {
      const guard = await withRoles('guard');
      const app = await addApp(server, guard);
      const agent = new UserAgent();
      const asked = await typed(guard, agent);
      expect(asksFor(asked)).to.equal('totp');
      expect((await agent.follow(await typeCode(agent, asked, await app.fresh()))).location).to.contain(
        'code=',
      );

      const both = await withRoles('guard', 'vault');
      const other = await addApp(server, both);
      const passkey = await addPasskey(server, both);
      const browser = new UserAgent();
      const page = await typed(both, browser);
      expect(asksFor(page)).to.equal('passkey');
      const form = page.forms.find(({ fields }) => 'factor' in fields);
      const code = { ...form?.fields, factor: 'totp', code: await other.fresh() };
      const answer = await browser.follow(await browser.post(String(form?.action), code));
      expect(asksFor(answer), 'whatever is posted').to.equal('passkey');
      expect((await browser.follow(await showPasskey(browser, answer, passkey))).location).to.contain(
        'code=',
      );
    });

    it('say who may trust a device: of two roles the shorter time', async () => {
      for (const [roles, isOffered] of [
        [['clerk'], true],
        [['guard'], false],
        [['guard', 'clerk'], false],
      ] as const) {
        const person = await withRoles(...roles);
        await addApp(server, person);
        expect((await typed(person)).body.includes('name="trust"')).to.equal(isOffered);
      }
    });
  });

  describe('of sessions', () => {
    const isSignedIn = async (agent: UserAgent) =>
      (await agent.get(`${server.issuer}/account`)).status === 200;

    async function signedIn(...roles: string[]) {
      const person = await withRoles(...roles);
      const agent = new UserAgent();
      await tokensFor(client, person, {}, agent);
      return { person, agent };
    }

    it('end one without its person: of two roles the shorter time', async () => {
      const people = [await signedIn('brief'), await signedIn('hasty'), await signedIn('hasty', 'brief')];
      clock.offset = 6 * MINUTE;
      expect(await Promise.all(people.map(({ agent }) => isSignedIn(agent)))).to.deep.equal([
        true,
        false,
        false,
      ]);
    });

    it('end one that is old, however much it is used', async () => {
      const people = [await signedIn('hasty'), await signedIn('hasty', 'brief')];
      const signed = () => Promise.all(people.map(({ agent }) => isSignedIn(agent)));
      for (const minutes of [4, 8, 12, 14]) {
        clock.offset = minutes * MINUTE;
        expect(await signed(), `after ${minutes} minutes`).to.deep.equal([true, true]);
      }
      clock.offset = 15 * MINUTE;
      expect(await signed()).to.deep.equal([true, false]);
    });

    it('say in how many browsers: of two roles the fewer', async () => {
      for (const [roles, first] of [
        [['hasty'], true],
        [['brief'], false],
        [['hasty', 'brief'], false],
      ] as const) {
        const { person, agent } = await signedIn(...roles);
        clock.offset += 1_000;
        const second = new UserAgent();
        await tokensFor(client, person, {}, second);
        expect([await isSignedIn(agent), await isSignedIn(second)]).to.deep.equal([first, true]);
      }
    });
  });
});
