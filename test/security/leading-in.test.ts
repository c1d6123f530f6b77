import { expect } from 'chai';
import type { PersonActor } from '../../src/administration/actor.ts';
import { ACTS } from '../../src/administration/index.ts';
import { ADMIN_SCOPES } from '../../src/domain/clients/admin-scopes.ts';
import { fixture } from '../support/evidence/fixture.ts';
import { addApp } from '../support/factors.ts';
import { startTestServer, type TestServer } from '../support/server.ts';

/**
 * Acts about one person that change something and lead nobody into the account but its owner, each with the reason. Written by hand:
 * a new act is either here or marked as leading in.
 */
const LEADS_NOBODY_IN: Readonly<Record<string, string>> = {
  'people.disable': 'only takes away',
  'people.enable': 'whoever comes needs everything that the owner needs',
  'people.unlock': 'the password is as unknown as before',
  'people.delete': 'only takes away',
  'people.update': 'names, language and zone; a user name says who, and proves nothing',
  'people.set_roles': 'says what somebody may, not who gets in',
  'people.set_unit': 'says whose people they are',
  'groups.add_member': 'gives roles of applications, and only those that the asker may give',
  'groups.remove_member': 'takes them',
  'passwords.require_change': 'only its owner, with the present password, chooses another',
  'passwords.send_reset_link': 'the link goes to their own address, and is shown to nobody else',
  'invitations.resend': 'the link goes to their own address, and is shown to nobody else',
  'devices.remove': 'asks for more than before',
  'consents.withdraw': 'only takes away',
  'sessions.end': 'only takes away',
  'sessions.end_all': 'only takes away',
};

/** What an act may need beside its person, as far as it is known. */
const INPUTS = (admin: { id: string; factor: string }, other: string): Record<string, object> => ({
  'people.set_address': { email: 'mine@example.org', emailVerified: true },
  'people.merge': { into: other },
  'factors.remove': { factor: admin.factor },
});

describe('no act leads into the account of somebody with more rights', function leading() {
  this.timeout(60_000);
  let server: TestServer;
  before(async () => {
    server = await startTestServer({
      settings: {
        // Everything but what only administrators have: the strongest that is not one.
        ADMINISTRATION_ROLES: JSON.stringify({ deputy: { acts: ['*', '!keys.*'], grants: ['*'] } }),
      },
    });
  });
  after(() => server.stop());

  const about = ACTS.filter(({ subject, readOnly, http, operatorOnly }) => {
    return subject === 'person' && !readOnly && !operatorOnly && http !== null;
  });

  const actorWith = async (role: string): Promise<PersonActor> => ({
    kind: 'person',
    accountId: (await server.addAccount({ roles: [role] })).id,
    sessionId: 's',
    level: 'phr',
    provenAt: new Date(),
    scopes: [...ADMIN_SCOPES],
    reason: 'ticket 7',
    origin: {},
  });

  async function administrator() {
    const { id } = await server.addAccount({ roles: ['administrator'] });
    await addApp(server, { id });
    await addApp(server, { id });
    const [factor] = await server.app.database.query<{ id: string }>(
      'select id from totp_authenticators where account_id = $1',
      [id],
    );
    return { id, factor: factor?.id ?? '' };
  }

  const doing = (name: string, actor: PersonActor, input: object): Promise<string> => {
    const act = ACTS.find((each) => each.name === name);
    if (act === undefined) throw new Error(`no act ${name}`);
    return server.app.administration.perform(act as never, actor, input as never).then(
      () => 'done',
      (error) => error.code,
    );
  };

  it('has a decision about every act that changes something about one person', () => {
    for (const { name, leadsIn, dangerous } of about) {
      expect(leadsIn, name).to.not.equal(name in LEADS_NOBODY_IN);
      if (leadsIn) expect(dangerous, `${name} wants a reason and a fresh proof`).to.not.equal(false);
    }
  });

  for (const role of ['helpdesk', 'deputy'])
    for (const { name } of about.filter(({ leadsIn }) => leadsIn))
      it(`${name}, by a ${role}, not of an administrator`, async () => {
        const actor = await actorWith(role);
        const admin = await administrator();
        const other = await server.addAccount();
        const input = { person: admin.id, ...INPUTS(admin, other.id)[name] };
        const before = await server.app.database.query('select * from accounts where id = $1', [admin.id]);
        expect(await doing(name, actor, input)).to.be.oneOf(['target_outranks', 'not_permitted']);
        if (role === 'deputy') expect(await doing(name, actor, input)).to.equal('target_outranks');
        expect(
          await server.app.database.query('select * from accounts where id = $1', [admin.id]),
        ).to.deep.equal(before);
        const code = await server.app.database.query('select 1 from temporary_codes where account_id = $1', [
          admin.id,
        ]);
        expect(code).to.deep.equal([]);
      });

  it('asks again in the transaction: somebody who was promoted a moment ago is out of reach', async () => {
    const actor = await actorWith('deputy');
    const person = await administrator();
    await fixture(server.app.database, `update accounts set roles = '{}' where id = $1`, [person.id]);
    expect(await doing('factors.remove', actor, { person: person.id, factor: person.factor })).to.equal(
      'done',
    );
    await fixture(server.app.database, `update accounts set roles = '{administrator}' where id = $1`, [
      person.id,
    ]);
    expect(await doing('factors.reset', actor, { person: person.id })).to.equal('target_outranks');
  });

  it('is no other person’s by being asked for with a proof that is old, without a reason, or with one factor', async () => {
    const actor = await actorWith('deputy');
    const { id } = await server.addAccount();
    const input = { person: id };
    const code = 'factors.issue_temporary_code';
    expect(await doing(code, { ...actor, reason: undefined }, input)).to.equal('reason_required');
    const stale = { ...actor, provenAt: new Date(Date.now() - 301_000) };
    expect(await doing(code, stale, input)).to.equal('insufficient_user_authentication');
    expect(await doing(code, { ...actor, level: 'aal1' }, input)).to.equal(
      'insufficient_user_authentication',
    );
  });
});
