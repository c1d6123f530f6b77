import { expect } from 'chai';
import type { PersonActor } from '../../src/administration/actor.ts';
import { consents } from '../../src/administration/consents.ts';
import { devices } from '../../src/administration/devices.ts';
import { factors } from '../../src/administration/factors.ts';
import { invitations } from '../../src/administration/invitations.ts';
import { people } from '../../src/administration/people/index.ts';
import { sessions } from '../../src/administration/sessions.ts';
import { ADMIN_SCOPES } from '../../src/domain/clients/admin-scopes.ts';
import { act } from '../support/administration.ts';
import { fixture } from '../support/evidence/fixture.ts';
import { addApp, addRecoveryCodes } from '../support/factors.ts';
import { mailAbout } from '../support/lifecycle.ts';
import { handClient, tokensFor } from '../support/protocol.ts';
import { WEB_CLIENT } from '../support/relying-party.ts';
import { lastDetails, revealedEvents } from '../support/revealed-trail.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { UserAgent } from '../support/user-agent.ts';

const NORTH = '00000000-0000-4000-8000-000000000001';
const SOUTH = '00000000-0000-4000-8000-000000000002';

describe('acts about one person, on a whole server', function acts() {
  this.timeout(60_000);
  let server: TestServer;
  before(async () => {
    server = await startTestServer();
    for (const [id, name] of [
      [NORTH, 'north'],
      [SOUTH, 'south'],
    ])
      await fixture(
        server.app.database,
        'insert into units (id, name, name_key, created_at) values ($1, $2, $2, now())',
        [id, name],
      );
  });
  after(() => server.stop());

  const outcome = (work: Promise<unknown>): Promise<string> =>
    work.then(
      () => 'done',
      (error) => error.code,
    );
  const partner = async () =>
    handClient(
      server.issuer,
      await server.addClient({ ...WEB_CLIENT, client_name: 'Partner', first_party: false }),
    );

  /** A helpdesk of the northern unit. */
  async function northernHelpdesk(): Promise<PersonActor> {
    const { id } = await server.addAccount({ roles: ['helpdesk'] });
    await fixture(
      server.app.database,
      `insert into account_role_terms (account, role, unit, owned) values ($1, 'helpdesk', $2, false)`,
      [id, NORTH],
    );
    return {
      ...{ kind: 'person', accountId: id, sessionId: 's', level: 'phr', provenAt: new Date() },
      ...{ scopes: [...ADMIN_SCOPES], origin: {}, reason: 'ticket 7' },
    } as PersonActor;
  }
  const inUnit = async (unit: string) => {
    const person = await server.addAccount();
    await fixture(server.app.database, 'update accounts set unit = $2 where id = $1', [person.id, unit]);
    return person;
  };

  it('update: the trail has what was and what is, as far as it has changed', async () => {
    const { id, version } = await server.addAccount({ name: 'Robin Reyes', username: 'robin', locale: 'en' });
    const input = {
      person: id,
      name: 'Robin Rey',
      givenName: 'Robin',
      username: null,
      zoneinfo: 'Asia/Seoul',
    };
    const first = await act(server.app, people.update, input);
    expect(first.version).to.equal(version + 1);
    // At once, not when a job comes to it.
    const listed = async (text: string) =>
      (await act(server.app, people.list, { text })).items.filter((each) => each.id === id).length;
    expect([await listed('rey'), await listed('reyes')]).to.deep.equal([1, 0]);
    expect(await lastDetails(server, 'account.profile_changed', id)).to.deep.equal({
      fields: ['name', 'givenName', 'username', 'zoneinfo'],
      before: { name: 'Robin Reyes', username: 'robin' },
      after: { name: 'Robin Rey', givenName: 'Robin', zoneinfo: 'Asia/Seoul' },
    });
    const again = await act(server.app, people.update, input);
    expect(again, 'nothing is changed twice').to.deep.include({ changed: [], version: version + 1 });
    expect(await revealedEvents(server, 'account.profile_changed', id)).to.have.length(1);
    expect((await act(server.app, people.show, { person: id })).version).to.equal(version + 1);
  });

  it('update: of 50 at once that have read the same version one is done', async () => {
    const { id, version } = await server.addAccount();
    const asked = Array.from({ length: 50 }, (_, at) =>
      outcome(act(server.app, people.update, { person: id, name: `Name ${at}`, expects: version })),
    );
    const outcomes = await Promise.all(asked);
    expect(outcomes.filter((each) => each === 'done')).to.have.length(1);
    expect(outcomes.filter((each) => each === 'precondition_failed')).to.have.length(49);
  });

  it('update: one user name is one person’s, whoever asks at the same moment', async () => {
    const [one, other] = [await server.addAccount(), await server.addAccount()];
    const outcomes = await Promise.all(
      [one, other].map(({ id }) =>
        outcome(act(server.app, people.update, { person: id, username: 'the-one' })),
      ),
    );
    expect(outcomes.toSorted()).to.deep.equal(['done', 'username_taken']);
  });

  it('factors: lists each, removes one, tells its owner and leaves the other', async () => {
    const person = await server.addAccount();
    await addApp(server, person);
    await addApp(server, person);
    const codes = await addRecoveryCodes(server, person);
    const listed = await act(server.app, factors.list, { person: person.id });
    expect(listed.factors.map(({ kind }) => kind)).to.deep.equal(['totp', 'totp']);
    expect(listed.recoveryCodes?.left).to.equal(codes.length);
    const [gone, stays] = listed.factors;
    await act(server.app, factors.remove, { person: person.id, factor: gone?.id ?? '' });
    const left = await act(server.app, factors.list, { person: person.id });
    expect(left.factors.map(({ id }) => id)).to.deep.equal([stays?.id]);
    expect(left.recoveryCodes?.left, 'they stand in for the one that is left').to.equal(codes.length);
    await mailAbout(server, person.email, 'A way to sign in was removed from your account');
    const last = act(server.app, factors.remove, { person: person.id, factor: stays?.id ?? '' });
    expect(await outcome(last)).to.equal('factor_must_stay');
  });

  it('factors: of 50 at once that remove one of two each, one is left', async () => {
    const person = await server.addAccount();
    await addApp(server, person);
    await addApp(server, person);
    const { factors: held } = await act(server.app, factors.list, { person: person.id });
    const outcomes = await Promise.all(
      Array.from({ length: 50 }, (_, at) =>
        outcome(act(server.app, factors.remove, { person: person.id, factor: held[at % 2]?.id ?? '' })),
      ),
    );
    expect(outcomes.filter((each) => each === 'done')).to.have.length(1);
    expect((await act(server.app, factors.list, { person: person.id })).factors).to.have.length(1);
  });

  it('devices: lists and forgets one, of this person alone', async () => {
    const [one, other] = [await server.addAccount(), await server.addAccount()];
    for (const { id } of [one, other])
      await fixture(
        server.app.database,
        `insert into trusted_devices (account_id, id_hash, created_at, expires_at, user_agent)
         values ($1, '\\x0707', now(), now() + interval '1 day', 'Firefox')`,
        [id],
      );
    const { devices: found } = await act(server.app, devices.list, { person: one.id });
    expect(found).to.have.length(1);
    await act(server.app, devices.remove, { person: one.id, device: found[0]?.id ?? '' });
    expect((await act(server.app, devices.list, { person: one.id })).devices).to.deep.equal([]);
    expect((await act(server.app, devices.list, { person: other.id })).devices).to.have.length(1);
  });

  it('consents: lists what was allowed, withdraws it, and the tokens end', async () => {
    const person = await server.addAccount();
    const [client, other] = [await partner(), await partner()];
    const tokens = await tokensFor(client, person, { scope: 'openid email' });
    const kept = await tokensFor(other, person);
    const listed = await act(server.app, consents.list, { person: person.id });
    expect(listed.consents.map(({ client: id }) => id)).to.have.members([client.id, other.id]);
    expect(listed.consents[0]).to.include({ name: 'Partner' });
    await act(server.app, consents.withdraw, { person: person.id, client: client.id });
    expect((await client.userinfo(tokens.access_token)).status).to.equal(401);
    expect((await client.refresh(tokens.refresh_token)).body.error).to.equal('invalid_grant');
    expect((await other.userinfo(kept.access_token)).status).to.equal(200);
    const again = act(server.app, consents.withdraw, { person: person.id, client: client.id });
    expect(await outcome(again)).to.equal('consent_unknown');
  });

  it('invitations: another link works, and the one before no more', async () => {
    const email = 'invited@example.org';
    const { person } = await act(server.app, invitations.send, { email, name: 'Nia', roles: [] });
    const linkMailed = async () => server.mailbox.linkIn(await server.mailbox.next(email));
    const first = await linkMailed();
    await act(server.app, invitations.resend, { person: person.id });
    const second = await linkMailed();
    expect((await new UserAgent().get(first)).status).to.equal(410);
    expect((await new UserAgent().get(second)).status).to.equal(200);
  });

  it('sessions: one of a person of another unit is as unknown as one that is not there', async () => {
    const actor = await northernHelpdesk();
    const sessionOf = async (unit: string) => {
      const person = await inUnit(unit);
      const agent = new UserAgent();
      const { email: identifier, password } = person;
      await agent.follow(
        await agent.submit(await agent.open(`${server.issuer}/account`), { identifier, password }),
      );
      const [session] = await server.app.sessions.store.openOf(person.id, server.app.clock.now());
      return session?.uid ?? 'no session';
    };
    const [near, far] = [await sessionOf(NORTH), await sessionOf(SOUTH)];
    const end = (session: string) =>
      server.app.administration
        .perform(sessions.end, actor, { session })
        .catch(({ code, message }) => ({ code, message: message.replace(session, '…') }));
    const unknown = await end('no-such-session');
    expect(unknown).to.include({ code: 'session_unknown' });
    expect(await end(far)).to.deep.equal(unknown);
    expect(await end(near)).to.include({ session: near });
    expect(await end(near), 'it has ended').to.deep.equal(unknown);
    const open = await server.app.database.query(
      'select 1 from sessions where uid = $1 and ended_at is null',
      [far],
    );
    expect(open).to.have.length(1);
  });
});
