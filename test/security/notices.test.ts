import { expect } from 'chai';
import type { Message } from '../../src/domain/mail/transport.ts';
import { fixtures } from '../support/evidence/fixture.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { UserAgent } from '../support/user-agent.ts';

const NEW_PASSWORD = 'marble otters juggle quietly';

describe('notices, by the checklist', function notices() {
  this.timeout(60_000);
  let server: TestServer;
  let person: { id: string; email: string; password: string };
  before(async () => {
    server = await startTestServer();
  });
  after(() => server.stop());
  beforeEach(async () => {
    person = await server.addAccount();
  });

  const at = (path: string) => `${server.issuer}${path}`;
  const signIn = async (agent: UserAgent, password = person.password) =>
    agent.follow(
      await agent.submit(await agent.open(at('/account')), { identifier: person.email, password }),
    );
  /** The person says that it was not them, and the password that was told of has no effect any more. */
  async function undoes(told: Message): Promise<void> {
    expect(told.subject).to.equal('Your password was changed');
    const link = server.mailbox.linkIn(told);
    expect(link.startsWith(at('/secure?token='))).to.equal(true);
    const agent = new UserAgent();
    expect((await agent.submit(await agent.get(link), {})).status).to.equal(303);
    expect((await signIn(new UserAgent(), NEW_PASSWORD)).status).to.equal(401);
  }

  it('line 19: a password chosen by a link is told to its owner, who can say that it was not them', async () => {
    const agent = new UserAgent();
    await agent.submit(await agent.get(at('/forgot')), { identifier: person.email });
    const link = server.mailbox.linkIn(await server.mailbox.next(person.email));
    await agent.submit(await agent.get(link), { password: NEW_PASSWORD });
    await undoes(await server.mailbox.next(person.email));
  });

  it('line 19: so is one changed on the account page', async () => {
    const agent = new UserAgent();
    await signIn(agent);
    const fields = { current_password: person.password, new_password: NEW_PASSWORD };
    await agent.submit(await agent.get(at('/account/password')), fields, '/account/password');
    await undoes(await server.mailbox.next(person.email));
    expect((await agent.get(at('/account'))).status, 'who changed it is out').to.equal(303);
  });

  it('line 19: so is one changed on demand at the sign-in', async () => {
    await server.app.accounts.passwords.flag(fixtures(server.app.database), person.id, 'must_change');
    const agent = new UserAgent();
    await agent.submit(await signIn(agent), { new_password: NEW_PASSWORD });
    await undoes(await server.mailbox.next(person.email));
  });

  it('line 19: an address that is changed is told to the old one', async () => {
    const agent = new UserAgent();
    await signIn(agent);
    const email = `new-${person.email}`;
    await agent.submit(await agent.get(at('/account/address')), { email }, '/account/address');
    const link = server.mailbox.linkIn(await server.mailbox.next(email));
    await agent.submit(await agent.get(link), {});
    expect((await server.mailbox.next(person.email)).subject).to.match(/address/);
  });
});
