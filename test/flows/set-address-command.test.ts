import { expect } from 'chai';
import { Command } from 'commander';
import { registerLifecycle } from '../../src/commands/lifecycle.ts';
import type { GatehouseError } from '../../src/kernel/errors.ts';
import { fixtures } from '../support/evidence/fixture.ts';
import { mailAbout } from '../support/lifecycle.ts';
import { auditTrail, type Person } from '../support/protocol.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { UserAgent } from '../support/user-agent.ts';

const CHANGED = 'Your email address was changed';

describe('gatehouse users set-address', function setAddress() {
  this.timeout(60_000);
  let server: TestServer;
  let owner: Person;
  before(async () => {
    server = await startTestServer();
  });
  after(() => server.stop());
  beforeEach(async () => {
    owner = await server.addAccount({ name: 'Robin Reyes', emailVerified: true });
  });

  const at = (path: string) => `${server.issuer}${path}`;
  const other = (name: string) => owner.email.replace('person-', `${name}-`);
  const stored = () => server.app.accounts.store.findById(owner.id);
  const events = async () =>
    (await auditTrail(server)).filter((e) => e.type === 'address.changed' && e.account === owner.id);

  async function run(...words: string[]) {
    const lines: string[] = [];
    const say = (text: string) => lines.push(text);
    const program = new Command().exitOverride().configureOutput({ writeErr: () => {} });
    registerLifecycle(program, (work) => work(server.app), { print: say, warn: say } as never);
    const error = await program.parseAsync(['users', 'set-address', ...words], { from: 'user' }).then(
      () => undefined,
      (reason: GatehouseError) => reason,
    );
    return { text: lines.join('\n'), error };
  }

  it('gives the account another address, tells both, and is in the audit trail', async () => {
    const { text, error } = await run(owner.email, other('new'));
    expect(error).to.equal(undefined);
    expect(text).to.include(other('new'));
    expect(await stored()).to.include({ email: other('new'), emailVerified: false, status: 'active' });
    for (const address of [owner.email, other('new')]) {
      const { text: mail } = await mailAbout(server, address, CHANGED);
      expect(mail).to.include('An administrator').and.not.include('/secure');
    }
    const [event, ...more] = await events();
    expect(more).to.deep.equal([]);
    expect(event).to.include({
      actor_kind: 'command',
      command: 'gatehouse users set-address',
      outcome: 'success',
    });
    expect(JSON.stringify(event)).to.not.include(owner.email).and.not.include(other('new'));
    expect((await run(owner.id, other('new'))).text).to.include('already');
    expect(await events()).to.have.length(1);
    await run(owner.id, other('known'), '--email-verified');
    expect((await stored())?.emailVerified).to.equal(true);
    await run(owner.id, other('known').toUpperCase());
    expect(await stored()).to.include({ email: other('known').toUpperCase(), emailVerified: true });
  });

  it('refuses what is another account’s, is no address, or nobody’s account', async () => {
    const taken = await server.addAccount();
    expect((await run(owner.email, taken.email.toUpperCase())).error).to.include({ code: 'account_exists' });
    expect((await run(owner.email, 'no address')).error).to.include({ code: 'email_invalid' });
    expect((await run('nobody@example.org', other('new'))).error).to.include({ code: 'account_unknown' });
    expect((await stored())?.email).to.equal(owner.email);
    expect(await events()).to.deep.equal([]);
  });

  it('has the last word: no link that was mailed before takes the account back', async () => {
    const agent = new UserAgent();
    const { email: identifier, password } = owner;
    await agent.follow(await agent.submit(await agent.open(at('/account')), { identifier, password }));
    await agent.submit(
      await agent.get(at('/account/address')),
      { email: other('thief') },
      '/account/address',
    );
    const confirm = server.mailbox.linkIn(
      await mailAbout(server, other('thief'), 'Confirm your email address'),
    );
    await agent.submit(await agent.get(confirm), {}, '/verify-address');
    const back = server.mailbox.linkIn(await mailAbout(server, owner.email, CHANGED));

    // The former address is somebody else's by now: the account can only be closed, and an operator opens it.
    await server.addAccount({ email: owner.email });
    const visitor = new UserAgent();
    await visitor.submit(await visitor.get(back), {});
    expect((await stored())?.status).to.equal('disabled');
    const { text } = await run(owner.id, other('found'));
    expect(text).to.include('users enable');
    expect(await stored()).to.include({ status: 'disabled', email: other('found') });
    await server.app.accounts.store.setStatus(fixtures(server.app.database), owner.id, 'active');
    expect((await visitor.get(back)).status).to.equal(410);
    const reset = new UserAgent();
    await reset.submit(await reset.get(at('/forgot')), { identifier: other('found') });
    expect(await mailAbout(server, other('found'), 'Choose a new password')).to.have.property('subject');
  });

  it('of two accounts that get one address at the same instant, one has it', async () => {
    const second = await server.addAccount();
    const results = await Promise.all([run(owner.id, other('same')), run(second.id, other('same'))]);
    expect(results.filter(({ error }) => error === undefined)).to.have.length(1);
    expect(results.filter(({ error }) => error?.code === 'account_exists')).to.have.length(1);
  });
});
