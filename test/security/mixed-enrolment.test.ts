import { expect } from 'chai';
import { createAuthenticator } from '../support/authenticator.ts';
import { addRecoveryCodes, passkeyOptions, typePassword } from '../support/factors.ts';
import { handClient } from '../support/protocol.ts';
import { WEB_CLIENT } from '../support/relying-party.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { UserAgent } from '../support/user-agent.ts';

describe('a set-up while somebody else takes the sign-in over', function mixed() {
  this.timeout(60_000);
  let server: TestServer;

  before(async () => {
    server = await startTestServer({
      settings: { SECOND_FACTOR_POLICY: 'required', RATE_LIMIT_FACTOR_SETUP_PER_PERSON: '10' },
    });
  });
  after(() => server.stop());

  it('line 79: the factor that one person sets up is no evidence of another', async () => {
    const client = handClient(server.issuer, await server.addClient(WEB_CLIENT));
    const [own, other] = [await server.addAccount(), await server.addAccount()];
    const { database } = server.app;
    // Else the page that shows new ones would come first.
    await addRecoveryCodes(server, own);
    const agent = new UserAgent();
    const start = await agent.open(client.authorizeUrl());
    await typePassword(agent, start, own);
    const wizard = await agent.get(`${start.url}/enrol/passkey`);
    const key = createAuthenticator({ origin: server.issuer });
    const response = JSON.stringify(key.create((await passkeyOptions(agent, wizard)) as never));
    const csrf = String(wizard.forms.find(({ fields }) => 'csrf' in fields)?.fields.csrf);

    // Between the two looks at the attempt, which no reader of the other tables notices.
    const answer = await database.transaction(async (tx) => {
      await tx.query('lock table rate_limits in access exclusive mode', []);
      const pending = agent.post(`${start.url}/enrol/passkey`, { csrf, response, name: 'Key' });
      for (let waiting = 0; waiting === 0; ) {
        const [row] = await database.query<{ n: number }>(
          `select count(*)::int as n from pg_locks where not granted and relation = 'rate_limits'::regclass`,
          [],
        );
        waiting = row?.n ?? 0;
      }
      await agent.submit(start, { identifier: other.email, password: other.password });
      return () => pending;
    });
    const page = await agent.follow(await answer());
    expect(page.location ?? '', 'nobody is in').to.not.include('code=');
    expect(await database.query('select 1 from passkeys', [])).to.have.length(0);
    expect((await agent.get(`${server.issuer}/account`)).status).to.equal(303);
  });
});
