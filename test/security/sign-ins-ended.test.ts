import { expect } from 'chai';
import { factors } from '../../src/administration/factors.ts';
import { act } from '../support/administration.ts';
import { fixture } from '../support/evidence/fixture.ts';
import { addApp, typeCode, typePassword } from '../support/factors.ts';
import type { Person } from '../support/protocol.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { type Page, UserAgent } from '../support/user-agent.ts';

const CHOSEN = 'marble otters juggle quietly';

/** Somebody who has passed both factors waits at the page that demands a new password, while the account is taken from them. */
describe('line 16: a sign-in that waits at a forced change of the password', function waiting() {
  this.timeout(60_000);
  let server: TestServer;
  let person: Person;
  let agent: UserAgent;
  let page: Page;
  before(async () => {
    server = await startTestServer();
  });
  after(() => server.stop());
  beforeEach(async () => {
    person = await server.addAccount();
    const app = await addApp(server, person);
    await flag();
    agent = new UserAgent();
    const asked = await typePassword(agent, await agent.open(at('/account')), person);
    page = await agent.follow(await typeCode(agent, asked, await app.fresh()));
    expect(
      page.forms.some(({ fields }) => 'new_password' in fields),
      page.url,
    ).to.equal(true);
  });

  const at = (path: string) => `${server.issuer}${path}`;
  const flag = () =>
    fixture(server.app.database, 'update accounts set password_must_change = true where id = $1', [
      person.id,
    ]);
  const hashOf = async () => (await server.app.accounts.store.findById(person.id))?.passwordHash;
  const resetFactors = () => act(server.app, factors.reset, { person: person.id });
  const sayItWasNotMe = async () => {
    const {
      database,
      lifecycle: { notices, securing },
    } = server.app;
    const link = await database.transaction((tx) => notices.secureLink(tx, person.id, new Date()));
    await securing.secure(String(new URL(link).searchParams.get('token')), {});
  };

  /** What was open leads to a sign-in from its beginning. */
  async function expectEnded(before: string | undefined): Promise<void> {
    const answer = await agent.follow(await agent.submit(page, { new_password: CHOSEN }));
    expect(answer.forms.some(({ fields }) => 'password' in fields && 'identifier' in fields)).to.equal(true);
    expect(await hashOf(), 'the password').to.equal(before);
    expect((await agent.get(at('/account'))).status).to.equal(303);
  }

  for (const [what, end] of [
    ['a reset of the factors', resetFactors],
    ['"this wasn’t me"', sayItWasNotMe],
  ] as const) {
    it(`is ended by ${what}, also where the person has a factor again`, async () => {
      const before = await hashOf();
      await end();
      await addApp(server, person);
      await expectEnded(before);
    });

    it(`is ended by ${what} while the new password is hashed`, async () => {
      const before = await hashOf();
      const account = await server.app.accounts.store.findById(person.id);
      if (account === undefined) throw new Error('no account');
      await end();
      const uid = String(/\/sign-in\/([\w-]+)/.exec(page.url)?.[1]);
      const by = { attempt: uid, session: undefined, client: 'gatehouse', origin: {} };
      const late = await server.app.lifecycle.demandedChange
        .complete(account, CHOSEN, by)
        .catch((error) => error);
      expect(late).to.have.property('code', 'changed_meanwhile');
      expect(await hashOf()).to.equal(before);
    });
  }

  it('goes on where nothing has ended it', async () => {
    const before = await hashOf();
    await agent.follow(await agent.submit(page, { new_password: CHOSEN }));
    expect(await hashOf()).to.not.equal(before);
    expect((await agent.get(at('/account'))).status).to.equal(200);
  });
});
