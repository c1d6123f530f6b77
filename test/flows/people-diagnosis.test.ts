import { expect } from 'chai';
import type { PersonActor } from '../../src/administration/actor.ts';
import { factors } from '../../src/administration/factors.ts';
import { ACTS } from '../../src/administration/index.ts';
import { invitations } from '../../src/administration/invitations.ts';
import { mail } from '../../src/administration/mail.ts';
import { passwords } from '../../src/administration/passwords/index.ts';
import { HELPING_ACTS } from '../../src/administration/people/diagnosis/offers.ts';
import { people } from '../../src/administration/people/index.ts';
import { ADMIN_SCOPES } from '../../src/domain/clients/admin-scopes.ts';
import { act } from '../support/administration.ts';
import { fixture } from '../support/evidence/fixture.ts';
import { addApp, addPasskey } from '../support/factors.ts';
import { WEB_CLIENT } from '../support/relying-party.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { UserAgent } from '../support/user-agent.ts';

const MINUTE = 60_000;

describe('why somebody cannot sign in, of real people', function diagnosis() {
  this.timeout(60_000);
  let server: TestServer;
  before(async () => {
    server = await startTestServer({
      settings: {
        MAX_FAILED_LOGIN_ATTEMPTS: '3',
        ADMINISTRATION_ROLES: JSON.stringify({ reader: { acts: ['people.diagnose'], grants: [] } }),
      },
    });
  });
  after(() => server.stop());

  const diagnosis = (person: string, more: { client?: string; language?: 'en' | 'es' } = {}) =>
    act(server.app, people.diagnose, { person, ...more });
  const causes = async (person: string, client?: string) =>
    (await diagnosis(person, client === undefined ? {} : { client })).findings.map(({ cause }) => cause);

  /** Types a wrong password so many times, in a browser that is not known. */
  async function fail(identifier: string, times: number) {
    const agent = new UserAgent();
    const page = await agent.open(`${server.issuer}/account`);
    for (let time = 0; time < times; time += 1)
      await agent.submit(page, { identifier, password: 'wrong horse battery staple' });
  }

  it('finds nothing about somebody who can', async () => {
    const { id, email } = await server.addAccount();
    const found = await diagnosis(email);
    expect(found).to.deep.include({
      person: { id, email },
      canSignIn: true,
      cause: 'nothing_found',
      acts: [],
    });
    expect(found.sentence).to.equal('Nothing is known that keeps them from signing in.');
    expect((await diagnosis(email, { language: 'es' })).sentence).to.match(/^No se conoce nada/);
  });

  it('finds that they are disabled, and since when', async () => {
    const { id } = await server.addAccount();
    await act(server.app, people.disable, { person: id });
    const found = await diagnosis(id);
    expect(found).to.include({ canSignIn: false, cause: 'disabled' });
    expect(found.acts).to.deep.equal(['people.enable']);
    expect(found.sentence).to.match(/^The account is disabled, since \d{4}-\d\d-\d\d \d\d:\d\d UTC\.$/);
  });

  it('finds that they are to be disabled, and enabled again by themselves', async () => {
    const { id } = await server.addAccount();
    const [at, until] = [new Date(Date.now() + 60 * MINUTE), new Date(Date.now() + 90 * MINUTE)];
    await act(server.app, people.disable, { person: id, at: at.toISOString(), until: until.toISOString() });
    const planned = await diagnosis(id);
    expect(planned).to.include({ canSignIn: true, cause: 'disabling_scheduled' });
    expect(planned.findings[0]?.until).to.deep.equal(at);
    await act(server.app, people.disable, { person: id, until: until.toISOString() });
    const disabled = await diagnosis(id);
    expect(disabled).to.include({ canSignIn: false, cause: 'disabled' });
    expect(disabled.findings[0]?.until).to.deep.equal(until);
    expect(disabled.sentence).to.match(/; it is enabled again by itself at .+ UTC\.$/);
  });

  it('finds the lock of what was typed, an address or a user name, with its end; and nothing after an unlock', async () => {
    for (const typed of ['email', 'username'] as const) {
      const username = `locked-${typed}`;
      const person = await server.addAccount({ username });
      await fail(person[typed] ?? '', 3);
      const found = await diagnosis(person.id);
      expect(found).to.include({ canSignIn: false, cause: 'locked' });
      const until = found.findings[0]?.until?.getTime() ?? 0;
      expect(until - Date.now()).to.be.within(29 * MINUTE, 31 * MINUTE);
      expect(found.facts.failures).to.have.length.above(0);
      expect(found.findings.map(({ cause }) => cause)).to.include('wrong_password');
      await act(server.app, people.unlock, { person: person.id });
      expect(await causes(person.id)).to.not.include('locked');
    }
  });

  it('finds an invitation that waits, whose mail came back, that is void, and that was accepted', async () => {
    const email = 'nia@example.org';
    const { person } = await act(server.app, invitations.send, { email, name: 'Nia', roles: [] });
    expect(await diagnosis(email)).to.include({ canSignIn: false, cause: 'invitation_waiting' });
    const [mailed] = await server.app.database.query<{ id: string }>(
      'select id from mail_outbox where account_id = $1',
      [person.id],
    );
    await fixture(server.app.database, 'update mail_outbox set attempts = 1 where id = $1', [mailed?.id]);
    await act(server.app, mail.reportBounce, { mail: mailed?.id ?? '', reason: '5.1.1', permanent: true });
    const bounced = await diagnosis(email);
    expect(bounced.cause).to.equal('invitation_undelivered');
    expect(bounced.acts[0]).to.equal('people.set_address');
    await act(server.app, people.setAddress, { person: person.id, email: 'nia.right@example.org' });
    expect(await causes(person.id), 'the links to the address before are void').to.include('invitation_over');
    await act(server.app, invitations.resend, { person: person.id });
    expect(await causes(person.id)).to.deep.equal(['invitation_waiting']);
  });

  it('finds that factors were reset, and the code that was given out', async () => {
    const { id } = await server.addAccount();
    const { issued } = await act(server.app, factors.reset, { person: id });
    expect(await causes(id)).to.include('code_waiting');
    const told = JSON.stringify(await diagnosis(id));
    expect(told).to.not.include(issued?.code ?? 'no code');
    await fixture(server.app.database, 'delete from temporary_codes where account_id = $1', [id]);
    expect((await diagnosis(id)).cause).to.equal('code_needed');
  });

  it('finds what an application demands beyond the others', async () => {
    const person = await server.addAccount();
    const { id } = person;
    await addApp(server, person);
    const { client_id: client } = await server.addClient({
      ...WEB_CLIENT,
      second_factor: 'phishing_resistant',
    });
    expect(await causes(id)).to.deep.equal(['nothing_found']);
    expect(await causes(id, client)).to.deep.equal(['passkey_missing']);
    await addPasskey(server, person);
    expect(await causes(id, client)).to.deep.equal(['nothing_found']);
    const unknown = await diagnosis(id, { client: 'none' }).catch((error) => error.code);
    expect(unknown).to.equal('client_unknown');
  });

  it('finds that another password is asked for', async () => {
    const { id } = await server.addAccount();
    await act(server.app, passwords.requireChange, { person: id, compromised: true });
    expect(await diagnosis(id)).to.include({ canSignIn: true, cause: 'password_compromised' });
  });

  it('finds mails that were given up, are late or came back; not one after which the same kind arrived', async () => {
    const { id } = await server.addAccount();
    const insert = (kind: string, state: string, minutes: number) =>
      fixture(
        server.app.database,
        `insert into mail_outbox (id, kind, account_id, priority, sealed, state, attempts, next_attempt_at, created_at, finished_at)
         values (gen_random_uuid(), $2, $1, 1, case when $3 <> 'sent' then 'x' end, $3, 1, now() + interval '1 day',
           now() - $4 * interval '1 minute', case when $3 <> 'waiting' then now() end)`,
        [id, kind, state, minutes],
      );
    await insert('password-reset', 'waiting', 4);
    expect(await causes(id), 'four minutes are not late').to.deep.equal(['nothing_found']);
    await insert('new-device', 'waiting', 6);
    await insert('factor-changed', 'dead', 3);
    expect(await causes(id)).to.deep.equal(['mail_given_up', 'mail_late']);
    await insert('factor-changed', 'sent', 1);
    expect(await causes(id)).to.deep.equal(['mail_late']);
  });

  it('tells no secret, whatever there is', async () => {
    const person = await server.addAccount();
    await addApp(server, person);
    await act(server.app, passwords.sendResetLink, { person: person.id });
    await fail(person.email, 2);
    const told = JSON.stringify(await diagnosis(person.id));
    for (const secret of [person.password, person.passwordHash ?? 'none', '$argon2', 'token=', 'sealed'])
      expect(told).to.not.include(secret);
  });

  describe('and what whoever asks may do about it', () => {
    const actorWith = async (role: string): Promise<PersonActor> => ({
      kind: 'person',
      accountId: (await server.addAccount({ roles: [role] })).id,
      sessionId: 's',
      level: 'phr',
      provenAt: new Date(),
      scopes: [...ADMIN_SCOPES],
      origin: {},
    });
    const askedBy = (actor: PersonActor, person: string) =>
      server.app.administration.perform(people.diagnose, actor, { person });

    it('says of a helpdesk what it may, and of an administrator not what would lead in', async () => {
      const actor = await actorWith('helpdesk');
      const [pat, admin] = [await server.addAccount(), await server.addAccount({ roles: ['administrator'] })];
      for (const { id } of [pat, admin])
        await fixture(
          server.app.database,
          'insert into factor_enrolments (account_id, skips, due, updated_at, code_needed) values ($1, 0, true, now(), true)',
          [id],
        );
      expect((await askedBy(actor, pat.id)).acts).to.deep.equal(['factors.issue_temporary_code']);
      const outranked = await askedBy(actor, admin.id);
      expect(outranked.cause, 'it is told all the same').to.equal('code_needed');
      expect(outranked.acts).to.deep.equal([]);
      const scopes = actor.scopes.filter((scope) => scope !== 'people:assist');
      expect((await askedBy({ ...actor, scopes }, pat.id)).acts, 'beyond the token').to.deep.equal([]);
    });

    it('says nothing to whoever may only look', async () => {
      const { id } = await server.addAccount();
      await act(server.app, people.disable, { person: id });
      expect((await askedBy(await actorWith('reader'), id)).acts).to.deep.equal([]);
    });

    it('offers acts as they are defined', () => {
      for (const [name, helping] of Object.entries(HELPING_ACTS)) {
        const found = ACTS.find((each) => each.name === name);
        // The acts of applications are those of their owners.
        if (found === undefined && name === 'clients.enable') continue;
        const { subject, ...rest } = { leadsIn: false, dangerous: false, ...helping };
        expect(
          { scope: found?.scope, leadsIn: found?.leadsIn, dangerous: found?.dangerous },
          name,
        ).to.deep.equal(rest);
        expect(found?.subject, name).to.equal(subject === 'session' ? 'person' : subject);
      }
    });
  });
});
