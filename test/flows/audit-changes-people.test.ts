import { expect } from 'chai';
import { factors } from '../../src/administration/factors.ts';
import { invitations } from '../../src/administration/invitations.ts';
import { people } from '../../src/administration/people/index.ts';
import { act } from '../support/administration.ts';
import { asFixture } from '../support/evidence/fixture.ts';
import { addApp, addRecoveryCodes } from '../support/factors.ts';
import { mailAbout } from '../support/lifecycle.ts';
import { auditTrail, type Person } from '../support/protocol.ts';
import { lastDetails, revealedEvents } from '../support/revealed-trail.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { UserAgent } from '../support/user-agent.ts';

const NEW_PASSWORD = 'marble otters juggle quietly';

describe('what was and what is, in the audit trail: people', function () {
  this.timeout(60_000);
  let server: TestServer;
  let person: Person;
  before(async () => {
    server = await startTestServer({ settings: { SELF_REGISTRATION: 'true' } });
  });
  after(() => server.stop());
  beforeEach(async () => {
    person = await server.addAccount({ name: 'Robin Reyes', roles: ['nurse'] });
  });

  const at = (path: string) => `${server.issuer}${path}`;
  const told = (type: string, id = person.id) => lastDetails(server, type, id);
  const other = (name: string) => person.email.replace('person-', `${name}-`);
  async function signedIn(): Promise<UserAgent> {
    const agent = new UserAgent();
    const { email: identifier, password } = person;
    await agent.follow(await agent.submit(await agent.open(at('/account')), { identifier, password }));
    return agent;
  }
  const change = async (agent: UserAgent, path: string, fields: Record<string, string>) =>
    agent.submit(await agent.get(at(path)), fields, path);
  const linkFor = async (address: string, subject: string) =>
    server.mailbox.linkIn(await mailAbout(server, address, subject));

  it('an account as an operator has made it, and why its password has to be changed', async () => {
    const email = other('made');
    const given = {
      email,
      name: 'Ada  Made',
      username: other('made').split('@')[0] ?? '',
      roles: ['nurse', 'admin'],
    };
    const made = await act(server.app, people.create, { ...given, password: NEW_PASSWORD });
    expect(await told('account.created', made.person.id)).to.deep.equal({
      source: 'command',
      after: {
        email,
        emailVerified: false,
        name: given.name,
        username: given.username,
        roles: ['nurse', 'admin'],
        status: 'active',
        password: true,
      },
    });
  });

  it('name, language and zone: only what has changed', async () => {
    const agent = await signedIn();
    const answer = await change(agent, '/account/profile', { name: 'Robin Rey', zoneinfo: 'Europe/Lisbon' });
    expect(answer.status).to.equal(303);
    const first = await told('account.profile_changed');
    expect(first).to.deep.include({ fields: ['name', 'zoneinfo'] });
    expect(first?.before).to.deep.equal({ name: 'Robin Reyes' });
    expect(first?.after).to.deep.equal({ name: 'Robin Rey', zoneinfo: 'Europe/Lisbon' });
    await change(agent, '/account/profile', { name: 'Robin Rey', zoneinfo: 'Asia/Seoul' });
    expect(await told('account.profile_changed')).to.deep.equal({
      fields: ['zoneinfo'],
      before: { zoneinfo: 'Europe/Lisbon' },
      after: { zoneinfo: 'Asia/Seoul' },
    });
  });

  it('roles and status', async () => {
    await act(server.app, people.setRoles, { person: person.id, roles: ['doctor', 'doctor'] });
    expect(await told('account.roles_changed')).to.deep.equal({
      added: ['doctor'],
      removed: ['nurse'],
      before: { roles: ['nurse'], terms: [] },
      after: { roles: ['doctor'], terms: [] },
    });
    await act(server.app, people.disable, { person: person.id });
    const disabled = { before: { status: 'active' }, after: { status: 'disabled' } };
    expect(await told('account.disabled')).to.deep.equal(disabled);
    await act(server.app, people.enable, { person: person.id });
    expect(await told('account.enabled')).to.deep.equal({ before: disabled.after, after: disabled.before });
  });

  it('an address: asked for, changed by its owner, taken back, and set by an operator', async () => {
    const agent = await signedIn();
    const [former, next] = [person.email, other('next')];
    await change(agent, '/account/address', { email: next });
    expect(await told('address.change_requested')).to.deep.equal({
      before: { email: former },
      after: { email: next },
    });
    const confirm = await agent.get(await linkFor(next, 'Confirm your email address'));
    await agent.submit(confirm, {}, '/verify-address');
    expect(await told('address.changed')).to.deep.equal({
      before: { email: former, emailVerified: false },
      after: { email: next, emailVerified: true },
    });
    const back = new UserAgent();
    await back.submit(await back.get(await linkFor(former, 'Your email address was changed')), {});
    expect(await told('address.restored')).to.deep.equal({
      before: { email: next, emailVerified: true },
      after: { email: former, emailVerified: true },
    });
    await act(server.app, people.setAddress, { person: person.id, email: other('set') });
    expect(await told('address.changed')).to.deep.equal({
      before: { email: former, emailVerified: true },
      after: { email: other('set'), emailVerified: false },
    });
  });

  it('a password: since when the former one was there, and whether anything was wrong with it', async () => {
    const agent = await signedIn();
    await change(agent, '/account/password', {
      current_password: person.password,
      new_password: NEW_PASSWORD,
    });
    const changed = await told('password.changed');
    expect(changed).to.deep.include({ by: 'person', sessionsEnded: true });
    expect(changed?.policy).to.include({ minLength: 12 }).and.have.property('requiredCharacters');
    const { before, after } = changed as Record<'before' | 'after', Record<string, string>>;
    expect(before).to.include({ mustChange: false, compromised: false });
    expect(after).to.include({ mustChange: false, compromised: false });
    expect(Date.parse(String(after?.changedAt))).to.be.above(Date.parse(String(before?.changedAt)));

    const guest = new UserAgent();
    await guest.submit(await guest.get(at('/forgot')), { identifier: person.email });
    const link = await linkFor(person.email, 'Choose a new password');
    await guest.submit(await guest.get(link), { password: 'purple walrus sings softly' });
    expect(await told('password_reset.completed')).to.deep.equal({
      before: { emailVerified: false },
      after: { emailVerified: true },
    });
    expect(await told('password.changed')).to.deep.include({ by: 'link', sessionsEnded: true });
  });

  it('an invitation: the account, and what its owner has made of it', async () => {
    const email = other('invited');
    const given = { email, name: 'Nia Newcomer', roles: ['nurse'], locale: 'es' };
    const invited = await act(server.app, invitations.send, given);
    const { id } = invited.person;
    expect(await told('account.created', id)).to.deep.equal({
      source: 'invitation',
      after: { ...given, emailVerified: false, status: 'active', password: false },
    });
    const agent = new UserAgent();
    const page = await agent.get(server.mailbox.linkIn(await server.mailbox.next(email)));
    await agent.submit(page, { name: 'Nia Neri', password: NEW_PASSWORD });
    expect(await told('invitation.accepted', id)).to.deep.equal({
      before: { name: 'Nia Newcomer', emailVerified: false, password: false },
      after: { name: 'Nia Neri', emailVerified: true, password: true },
    });
  });

  it('a registration: nothing before, and who registered', async () => {
    const email = other('registered');
    const agent = new UserAgent();
    await agent.submit(await agent.get(at('/register')), { email, name: 'Nia Newcomer' });
    const page = await agent.get(await linkFor(email, 'Confirm your email address'));
    await agent.submit(page, { name: 'Nia Newcomer', password: NEW_PASSWORD });
    const { id = '' } = (await server.app.accounts.store.findByIdentifier(email)) ?? {};
    expect((await told('account.created', id))?.after).to.deep.include({
      email,
      emailVerified: true,
      password: true,
    });
    expect(await told('registration.completed', id)).to.deep.equal({
      after: { name: 'Nia Newcomer', emailVerified: true, password: true },
    });
  });

  it('a deleted account: what it was, and whose nobody can say any more, though the digests are there', async () => {
    await act(server.app, people.setAddress, { person: person.id, email: other('gone') });
    const before = await told('address.changed');
    expect(JSON.stringify(before)).to.include(other('gone'));
    await act(server.app, people.delete, { person: person.id });
    expect(await told('account.deleted')).to.deep.equal({
      before: { status: 'active', roles: ['nurse'], terms: [], clients: [], groups: [] },
    });
    const after = JSON.stringify(await told('address.changed'));
    expect(after).to.match(/"after":\{"email":\{"sha256":"[\w-]{43}"\}/u);
    const kept = await server.app.database.query('select from audit_personal where account = $1', [
      person.id,
    ]);
    expect(kept).to.deep.equal([]);
    expect(JSON.stringify(await auditTrail(server))).to.not.include(other('gone'));
  });

  it('a reset of factors counts what its own transaction sees, and so does a temporary code', async () => {
    await addApp(server, person);
    const codes = await addRecoveryCodes(server, person);
    const { lifecycle, database } = server.app;
    const by = { actor: { kind: 'system' }, origin: {} } as const;
    await asFixture(database, async (tx) => {
      // Nobody else sees these before the end of the transaction.
      await tx.query(
        `insert into trusted_devices (account_id, id_hash, created_at, expires_at) values ($1, '\\x01', now(), now() + interval '1 day')`,
        [person.id],
      );
      const done = await lifecycle.factorReset.reset(tx, person.id, by);
      expect(done?.lost).to.deep.equal({
        totp: 1,
        passkeys: 0,
        recoveryCodes: codes.length,
        trustedDevices: 1,
      });
      // That a first factor asks for a code is what the reset has said just now.
      const issued = await lifecycle.temporaryCodeIssuing.issue(tx, person.id, by);
      expect(issued?.purpose).to.equal('enrolment');
    });
    expect(await revealedEvents(server, 'temporary_code.issued', person.id)).to.have.length(2);
    const again = await act(server.app, factors.reset, { person: person.id });
    expect(again.removed).to.deep.equal({ totp: 0, passkeys: 0, recoveryCodes: 0, trustedDevices: 0 });
  });
});
