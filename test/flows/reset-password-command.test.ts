import { expect } from 'chai';
import { Command } from 'commander';
import { registerLifecycle } from '../../src/commands/lifecycle.ts';
import type { GatehouseError } from '../../src/kernel/errors.ts';
import { asFixture } from '../support/evidence/fixture.ts';
import { mailAbout } from '../support/lifecycle.ts';
import { auditTrail, type Person } from '../support/protocol.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { UserAgent } from '../support/user-agent.ts';

const NEW_PASSWORD = 'marble otters juggle quietly';

describe('gatehouse users reset-password', () => {
  let server: TestServer;
  let person: Person;
  before(async () => {
    server = await startTestServer();
  });
  after(() => server.stop());
  beforeEach(async () => {
    person = await server.addAccount({ name: 'Robin Reyes' });
  });

  async function run(...words: string[]) {
    const lines: string[] = [];
    const say = (text: string) => lines.push(text);
    const program = new Command().exitOverride().configureOutput({ writeErr: () => {} });
    registerLifecycle(program, (work) => work(server.app), { print: say, warn: say } as never);
    const error = await program.parseAsync(['users', 'reset-password', ...words], { from: 'user' }).then(
      () => undefined,
      (reason: GatehouseError) => reason,
    );
    return { text: lines.join('\n'), error };
  }

  const signIn = async (password: string) => {
    const agent = new UserAgent();
    const page = await agent.open(`${server.issuer}/account`);
    return agent.follow(await agent.submit(page, { identifier: person.email, password }));
  };

  it('mails a link: the administrator learns none, and the person alone chooses', async () => {
    const { text, error } = await run(person.email);
    expect(error).to.equal(undefined);
    expect(text).to.include(person.email).and.not.include('token=');
    const mail = await mailAbout(server, person.email, 'Choose a new password');
    expect(mail.text).to.include('administrator');
    expect((await signIn(person.password)).body).to.include('Robin Reyes');

    const agent = new UserAgent();
    await agent.submit(await agent.get(server.mailbox.linkIn(mail)), { password: NEW_PASSWORD });
    expect((await signIn(person.password)).status).to.equal(401);
    expect((await signIn(NEW_PASSWORD)).body).to.include('Robin Reyes');
  });

  it('is in the audit trail, with the command and without the address', async () => {
    await run(person.id);
    const asked = (await auditTrail(server)).filter(
      ({ type, account }) => type === 'password_reset.requested' && account === person.id,
    );
    expect(asked).to.have.length(1);
    expect(asked[0]).to.include({ actor_kind: 'command', command: 'gatehouse users reset-password' });
    expect(JSON.stringify(asked)).to.not.include(person.email);
  });

  it('refuses a disabled account and one that is not there, and sends nothing', async () => {
    const { app } = server;
    await asFixture(app.database, (tx) => app.accounts.store.setStatus(tx, person.id, 'disabled'));
    expect((await run(person.email)).error).to.include({ code: 'account_disabled' });
    expect((await run('nobody@example.org')).error).to.include({ code: 'account_unknown' });
    const [{ count } = { count: '' }] = await app.database.query<{ count: string }>(
      "select count(*) from one_time_links where account_id = $1 and purpose = 'password-reset'",
      [person.id],
    );
    expect(count).to.equal('0');
  });
});
