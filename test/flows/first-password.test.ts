import { expect } from 'chai';
import { registerUsers } from '../../src/commands/users.ts';
import { administrationDependencies } from '../../src/wire/administration.ts';
import { administrationOf } from '../support/administration.ts';
import { typePassword } from '../support/factors.ts';
import { type HandClient, handClient } from '../support/protocol.ts';
import { WEB_CLIENT } from '../support/relying-party.ts';
import { PASSWORD, startTestServer, type TestServer } from '../support/server.ts';
import { sessionsOf } from '../support/sessions.ts';
import { UserAgent } from '../support/user-agent.ts';
import { runCommand } from '../unit/commands/terminal.ts';

const OWN = 'marble otters juggle quietly';

describe('a password that an administrator has made up', function firstPassword() {
  this.timeout(30_000);
  let server: TestServer;
  let client: HandClient;
  before(async () => {
    server = await startTestServer();
    client = handClient(server.issuer, await server.addClient(WEB_CLIENT));
  });
  after(() => server.stop());

  it('opens nothing in production but the choice of another, and cannot be that other', async () => {
    const email = 'ada@example.org';
    const prompt = { interactive: false, askHidden: async () => '', readLine: async () => PASSWORD };
    const app = {
      config: { environment: 'production' as const },
      administration: administrationOf({
        ...administrationDependencies(server.app),
        namedRoles: [],
        firstPasswordsLast: false,
      }),
    };
    const made = await runCommand(
      (program, terminal) => registerUsers(program, (work) => work(app), terminal, prompt),
      ...['users', 'create', '--email', email, '--name', 'Ada Lovelace', '--password-stdin'],
    );
    expect(made.error).to.equal(undefined);
    const { id = '' } = (await server.app.accounts.store.findByIdentifier(email)) ?? {};

    const agent = new UserAgent();
    const asked = await typePassword(agent, await agent.open(client.authorizeUrl()), {
      email,
      password: PASSWORD,
    });
    expect(asked.body).to.include('Choose a new password');
    expect(await sessionsOf(server, id)).to.deep.equal([]);
    const same = await agent.submit(asked, { new_password: PASSWORD }, '/password');
    expect(same.status).to.equal(400);
    const done = await agent.follow(await agent.submit(same, { new_password: OWN }, '/password'));
    expect(done.location).to.contain('code=');

    const later = new UserAgent();
    const page = await later.open(client.authorizeUrl());
    expect((await later.submit(page, { identifier: email, password: PASSWORD })).status).to.equal(401);
    expect((await typePassword(later, page, { email, password: OWN })).location).to.contain('code=');
  });
});
