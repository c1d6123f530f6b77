import { expect } from 'chai';
import { fixture, fixtures } from '../support/evidence/fixture.ts';
import { addApp, addPasskey, asksFor, typeCode, typePassword } from '../support/factors.ts';
import { handClient } from '../support/protocol.ts';
import { WEB_CLIENT } from '../support/relying-party.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { UserAgent } from '../support/user-agent.ts';

describe('a factor that is removed while a sign-in waits that has shown it', function removed() {
  this.timeout(60_000);
  let server: TestServer;

  before(async () => {
    server = await startTestServer();
  });
  after(() => server.stop());

  it('line 26: proves nothing any more, though its person has another', async () => {
    const client = handClient(server.issuer, await server.addClient(WEB_CLIENT));
    const person = await server.addAccount();
    const app = await addApp(server, person);
    await addPasskey(server, person);
    await server.app.accounts.passwords.flag(fixtures(server.app.database), person.id, 'must_change');
    const agent = new UserAgent();
    const start = await agent.open(client.authorizeUrl());
    const asked = await typePassword(agent, start, person);
    const withApp = await agent.get(`${asked.url}?factor=totp`);
    const waiting = await agent.follow(await typeCode(agent, withApp, await app.fresh()));
    expect(waiting.forms.some(({ action }) => action.endsWith('/password'))).to.equal(true);

    await fixture(server.app.database, 'delete from totp_authenticators where account_id = $1', [person.id]);
    const chosen = { new_password: 'marble otters juggle quietly' };
    const answer = await agent.follow(await agent.submit(waiting, chosen, '/password'));
    expect(asksFor(answer), 'the other is asked for').to.equal('passkey');
    const account = await server.app.accounts.store.findById(person.id);
    expect(account?.passwordMustChange, 'nothing was changed').to.equal(true);
    expect(asksFor(await typePassword(agent, start, person)), 'also after the password').to.equal('passkey');
    expect((await agent.get(`${server.issuer}/account`)).status).to.equal(303);
  });
});
