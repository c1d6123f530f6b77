import { randomUUID } from 'node:crypto';
import { expect } from 'chai';
import { groups } from '../../src/administration/groups/index.ts';
import { people } from '../../src/administration/people/index.ts';
import { units } from '../../src/administration/units/index.ts';
import type { Account } from '../../src/domain/accounts/store.ts';
import { actingAs, doAs, placed } from '../support/acting-people.ts';
import { act } from '../support/administration.ts';
import { fixture } from '../support/evidence/fixture.ts';
import { auditTrail } from '../support/protocol.ts';
import { startTestServer, type TestServer } from '../support/server.ts';

/** Everything about people and groups, and one role of applications to give. */
const ROLES = { chief: { acts: ['people.*', 'groups.*'], grants: ['nurse'] } };

describe('who may do what about groups', function rights() {
  this.timeout(60_000);
  let server: TestServer;
  let count = 0;
  let chief: Account;
  let nurse: Account;
  let stranger: Account;
  const ids = { north: '', south: '' };

  before(async () => {
    server = await startTestServer({ settings: { ADMINISTRATION_ROLES: JSON.stringify(ROLES) } });
    ids.north = (await act(server.app, units.create, { name: 'North' })).id;
    ids.south = (await act(server.app, units.create, { name: 'South' })).id;
  });
  after(() => server.stop());
  beforeEach(async () => {
    chief = await inUnit(ids.north, 'chief');
    nurse = await inUnit(ids.north);
    stranger = await inUnit(ids.south);
  });

  /** Somebody of a unit, whose right is limited to it. */
  async function inUnit(unit: string, role?: string): Promise<Account> {
    const account = await server.addAccount({ roles: role === undefined ? [] : [role] });
    const terms = role === undefined ? [] : [{ role, owned: false, unit }];
    await placed(server.app, account.id, { unit, terms });
    return account;
  }
  async function group(...roles: string[]): Promise<string> {
    count += 1;
    return (await act(server.app, groups.create, { name: `Ward ${count}`, roles })).id;
  }
  const add = (of: string, { id }: Account, by = actingAs(chief)) =>
    doAs(server.app, by, groups.addMember, { group: of, person: id });
  const remove = (of: string, { id }: Account, by = actingAs(chief)) =>
    doAs(server.app, by, groups.removeMember, { group: of, person: id });
  const join = (of: string, { id }: Account) => act(server.app, groups.addMember, { group: of, person: id });
  const membersFor = async (of: string, by: Account) => {
    const page = await doAs(server.app, actingAs(by), groups.listMembers, { group: of });
    return typeof page === 'string' ? page : page.items.map(({ id }) => id);
  };
  const isIn = async (of: string, { id }: Account) =>
    (await server.app.accounts.store.findById(id))?.groups.some((each) => each.id === of);

  it('takes a name that a role could have only from who could give that role, and none of administration', async () => {
    const namer = await server.addAccount({ roles: ['chief'] });
    const by = actingAs(namer);
    expect(await doAs(server.app, by, groups.create, { name: ' Physician ' })).to.equal('grant_refused');
    expect(await doAs(server.app, by, groups.create, { name: 'administrator' })).to.equal(
      'group_role_administrative',
    );
    const made = await doAs(server.app, by, groups.create, { name: 'Nurse' });
    if (typeof made === 'string') throw new Error(made);
    const rename = (name: string) => doAs(server.app, by, groups.update, { group: made.id, name });
    expect(await rename('physician')).to.equal('grant_refused');
    expect(await rename('Physicians of ward 3')).to.include({ name: 'Physicians of ward 3' });
    expect(await act(server.app, groups.create, { name: 'physician' })).to.include({ name: 'physician' });
    expect(await act(server.app, groups.create, { name: 'Helpdesk' }).catch(({ code }) => code)).to.equal(
      'group_role_administrative',
    );
  });

  it('knows every group, but of its members only those within the limit', async () => {
    const id = await group('nurse');
    for (const person of [nurse, stranger]) await join(id, person);
    expect(await doAs(server.app, actingAs(chief), groups.show, { group: id })).to.include({ id });
    expect(await doAs(server.app, actingAs(chief), groups.list, { text: 'WARD' })).to.be.an('object');
    expect(await membersFor(id, chief)).to.deep.equal([nurse.id]);
    const helpdesk = await inUnit(ids.south, 'helpdesk');
    expect(await membersFor(id, helpdesk)).to.deep.equal([stranger.id]);
    const administrator = await server.addAccount({ roles: ['administrator'] });
    expect(await membersFor(id, administrator)).to.have.members([nurse.id, stranger.id]);
    expect(await membersFor(randomUUID(), chief)).to.equal('group_unknown');
    const filtered = await doAs(server.app, actingAs(chief), people.list, { group: id.toUpperCase() });
    expect(filtered).to.have.nested.property('items.length', 1);
  });

  it('does not find whom the limit does not reach, to add or to remove them', async () => {
    const id = await group('nurse');
    await join(id, stranger);
    expect(await add(id, stranger)).to.equal('account_unknown');
    expect(await remove(id, stranger)).to.equal('account_unknown');
    expect(await add(id, nurse)).to.include({ changed: true });
    expect(await remove(id, nurse)).to.include({ changed: true });
    expect(await isIn(id, stranger)).to.equal(true);
  });

  it('cannot be limited where it is about what a group is, and gives', async () => {
    const id = await group('nurse');
    const asked = [
      await doAs(server.app, actingAs(chief), groups.create, { name: 'Mine' }),
      await doAs(server.app, actingAs(chief), groups.update, { group: id, name: 'Mine' }),
      await doAs(server.app, actingAs(chief), groups.setRoles, { group: id, roles: [] }),
      await doAs(server.app, actingAs(chief), groups.delete, { group: id }),
    ];
    expect(asked).to.deep.equal(Array.from({ length: 4 }, () => 'not_permitted'));
    expect(await doAs(server.app, actingAs(nurse), groups.list, {})).to.equal('not_permitted');
  });

  it('gives nobody what one may not give, and nothing to oneself', async () => {
    const [id, mine, none] = [await group('nurse', 'doctor'), await group('nurse'), await group()];
    expect(await add(id, nurse)).to.equal('grant_refused');
    await join(id, nurse);
    expect(await remove(id, nurse)).to.equal('grant_refused');
    expect(await isIn(id, nurse)).to.equal(true);
    expect(await add(mine, chief)).to.equal('own_rights');
    // Applications may decide by the name of a group alone.
    expect(await add(none, chief)).to.equal('own_rights');
    const whole = await server.addAccount({ roles: ['chief'] });
    const by = actingAs(whole);
    const set = (of: string, ...roles: string[]) =>
      doAs(server.app, by, groups.setRoles, { group: of, roles });
    expect(await set(mine, 'doctor')).to.equal('grant_refused');
    expect(await set(id)).to.equal('grant_refused');
    expect(await doAs(server.app, by, groups.delete, { group: id })).to.equal('grant_refused');
    expect(await set(none, 'nurse')).to.deep.include({ added: ['nurse'] });
    await join(none, whole);
    expect(await set(none)).to.equal('own_rights');
    expect(await doAs(server.app, by, groups.delete, { group: none })).to.equal('own_rights');
  });

  it('never administers by a group: not by an act, and not where a role becomes one of administration', async () => {
    const administrator = await server.addAccount({ roles: ['administrator'] });
    const id = await group('nurse');
    const set = { group: id, roles: ['nurse', 'helpdesk'] };
    expect(await doAs(server.app, actingAs(administrator), groups.setRoles, set)).to.equal(
      'group_role_administrative',
    );
    await join(id, nurse);
    // As if it had been a role of an application when the group was given it.
    for (const role of ['administrator', 'helpdesk'])
      await fixture(server.app.database, `insert into group_roles values ('${id}', '${role}')`);
    const shown = await act(server.app, people.show, { person: nurse.id });
    expect(shown.groupRoles).to.include('administrator');
    expect(await doAs(server.app, actingAs(nurse), people.list, {})).to.equal('not_permitted');
    expect(await doAs(server.app, actingAs(nurse), groups.list, {})).to.equal('not_permitted');
    // Nobody who may not give it puts anybody else there; who may give it, may take it from the group.
    expect(await add(id, await inUnit(ids.north))).to.equal('grant_refused');
    const { app } = server;
    expect(await app.accounts.administrators.has(app.database, nurse.id, 'administrator')).to.equal(false);
    const cleaned = { group: id, roles: ['nurse'] };
    expect(await doAs(app, actingAs(administrator), groups.setRoles, cleaned)).to.be.an('object');
  });

  it('asks for a reason where roles are given by it', async () => {
    const [id, none] = [await group('nurse'), await group()];
    const { reason: _reason, ...silent } = actingAs(chief);
    expect(await add(id, nurse, silent)).to.equal('reason_required');
    expect(await add(none, nurse, silent)).to.include({ changed: true });
    expect(await remove(none, nurse, silent)).to.include({ changed: true });
    // A program's request waits for a person, as with any role.
    const program = {
      kind: 'client',
      clientId: 'c',
      scopes: ['people:write'],
      reason: 'x',
      origin: {},
    } as const;
    expect(await doAs(server.app, program, groups.addMember, { group: id, person: nurse.id })).to.be.oneOf([
      'approval_needed',
      'approvers_missing',
    ]);
    expect(await isIn(id, nurse)).to.equal(false);
  });

  it('happens once, whoever asks at once, and not to a group that is deleted meanwhile', async () => {
    const id = await group('nurse');
    const trail = (await auditTrail(server)).length;
    const asked = await Promise.all(Array.from({ length: 50 }, () => add(id, nurse)));
    expect(asked.filter((each) => typeof each !== 'string' && each.changed)).to.have.length(1);
    const told = (await auditTrail(server)).slice(trail);
    expect(told.filter(({ type }) => type === 'group.member_added')).to.have.length(1);
    const others = await Promise.all(Array.from({ length: 10 }, () => inUnit(ids.north)));
    const [gone] = await Promise.all([
      act(server.app, groups.delete, { group: id }),
      ...others.map((each) => add(id, each)),
    ]);
    expect(gone).to.include({ id });
    expect(await add(id, nurse)).to.equal('group_unknown');
    expect(await isIn(id, nurse)).to.equal(false);
  });
});
