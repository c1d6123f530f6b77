import { expect } from 'chai';
import { groups } from '../../src/administration/groups/index.ts';
import { people } from '../../src/administration/people/index.ts';
import { createEndGroupRoles } from '../../src/jobs/end-group-roles.ts';
import { act } from '../support/administration.ts';
import { eventually } from '../support/processes.ts';
import { auditTrail, type HandClient, handClient, tokensFor } from '../support/protocol.ts';
import { WEB_CLIENT } from '../support/relying-party.ts';
import { startTestServer, type TestServer } from '../support/server.ts';

describe('a group that gives roles', function givesRoles() {
  this.timeout(60_000);
  let server: TestServer;
  let client: HandClient;
  let count = 0;

  before(async () => {
    server = await startTestServer();
    client = handClient(server.issuer, await server.addClient({ ...WEB_CLIENT, first_party: true }));
  });
  after(() => server.stop());

  async function group(...roles: string[]): Promise<string> {
    count += 1;
    return (await act(server.app, groups.create, { name: `Ward ${count}`, roles })).id;
  }
  async function member(of: string, ...roles: string[]) {
    const person = await server.addAccount({ roles });
    await act(server.app, groups.addMember, { group: of, person: person.id });
    return person;
  }
  const signIn = (person: Awaited<ReturnType<typeof member>>) =>
    tokensFor(client, person, { scope: 'openid roles' });
  const rolesBy = async (token: string) => (await client.userinfo(token)).body.roles;
  const isOver = async (token: string) => (await client.userinfo(token)).status === 401;
  const since = async (length: number, id: string) =>
    (await auditTrail(server)).slice(length).filter(({ account }) => account === id);
  const ending = async (id: string) => (await act(server.app, groups.show, { group: id })).ending;

  it('gives them to its members, in tokens beside their own and at once', async () => {
    const id = await group('reviewer');
    const person = await server.addAccount({ roles: ['nurse'] });
    const { access_token: token } = await signIn(person);
    expect(await rolesBy(token)).to.deep.equal(['nurse']);
    await act(server.app, groups.addMember, { group: id, person: person.id });
    // Who only gains roles is not signed out.
    expect(await rolesBy(token)).to.deep.equal(['nurse', 'reviewer']);
    const shown = await act(server.app, people.show, { person: person.id });
    expect(shown).to.deep.include({ roles: ['nurse'], groupRoles: ['reviewer'] });
    expect(shown.groups).to.deep.equal([{ id, name: `Ward ${count}` }]);
    await act(server.app, groups.setRoles, { group: id, roles: ['reviewer', 'doctor'] });
    expect(await rolesBy(token)).to.deep.equal(['nurse', 'doctor', 'reviewer']);
    expect(await ending(id)).to.equal(null);
  });

  it('ends access for whoever leaves it, where they have the roles by nothing else', async () => {
    const [id, other] = [await group('reviewer', 'nurse'), await group('reviewer')];
    const person = await member(id, 'nurse');
    await act(server.app, groups.addMember, { group: other, person: person.id });
    const { access_token: token } = await signIn(person);
    const leave = (from: string) => act(server.app, groups.removeMember, { group: from, person: person.id });
    expect((await leave(id)).roles).to.deep.equal([]);
    expect(await rolesBy(token)).to.deep.equal(['nurse', 'reviewer']);
    const trail = (await auditTrail(server)).length;
    expect((await leave(other)).roles).to.deep.equal(['reviewer']);
    expect(await isOver(token)).to.equal(true);
    const [left, ended] = await since(trail, person.id);
    expect(left?.details).to.deep.include({
      roles: ['reviewer'],
      before: { groups: [other] },
      after: { groups: [] },
    });
    expect(ended?.type).to.equal('session.ended');
    expect((await leave(other)).changed).to.equal(false);
  });

  it('keeps somebody in who loses a role of their own that it gives as well', async () => {
    const id = await group('nurse');
    const person = await member(id, 'nurse');
    const { access_token: token } = await signIn(person);
    const set = (...roles: string[]) => act(server.app, people.setRoles, { person: person.id, roles });
    expect(await set()).to.deep.include({ removed: ['nurse'], changed: true });
    expect(await rolesBy(token)).to.deep.equal(['nurse']);
    expect(await set('nurse')).to.deep.include({ added: ['nurse'] });
    await act(server.app, groups.removeMember, { group: id, person: person.id });
    expect(await rolesBy(token)).to.deep.equal(['nurse']);
  });

  it('signs its members out, one after the other, where it gives a role no more', async () => {
    const id = await group('reviewer', 'nurse');
    const [keeps, loses, gone] = [await member(id, 'reviewer'), await member(id), await member(id)];
    const kept = (await signIn(keeps)).access_token;
    const lost = (await signIn(loses)).access_token;
    const trail = (await auditTrail(server)).length;
    await act(server.app, people.delete, { person: gone.id });
    const set = await act(server.app, groups.setRoles, { group: id, roles: ['nurse'] });
    expect(set.removed).to.deep.equal(['reviewer']);
    // Before anybody was signed out: what is read says what is true.
    const { groupRoles } = await act(server.app, people.show, { person: loses.id });
    expect(groupRoles).to.deep.equal(['nurse']);
    server.app.jobs.wake('end-group-roles');
    await eventually('the token is over', () => isOver(lost));
    await eventually('nothing is left to do', async () => (await ending(id)) === null);
    expect(await rolesBy(kept)).to.deep.equal(['reviewer', 'nurse']);
    const [told] = await since(trail, loses.id);
    expect(told).to.include({ type: 'group.roles_lost', actor_kind: 'system' });
    expect(told?.details).to.deep.include({ group: id, roles: ['reviewer'] });
    expect(await since(trail, keeps.id)).to.deep.equal([]);
  });

  it('leaves nothing of itself to anybody where it is deleted', async () => {
    const id = await group('reviewer');
    const [one, two] = [await member(id), await member(id)];
    const { access_token: token } = await signIn(one);
    expect(await act(server.app, groups.delete, { group: id })).to.include({ members: 2 });
    // Its name is free, and it is none any more, also while its members are still to leave it.
    const named = await act(server.app, groups.create, { name: `WARD ${count}` });
    expect(named.id).not.to.equal(id);
    const { groups: left, groupRoles } = await act(server.app, people.show, { person: two.id });
    expect([left, groupRoles]).to.deep.equal([[], []]);
    server.app.jobs.wake('end-group-roles');
    await eventually('the token is over', () => isOver(token));
    const rows = () => server.app.database.query('select from groups where id = $1', [id]);
    await eventually('the group is gone', async () => (await rows()).length === 0);
    expect((await auditTrail(server)).filter(({ account }) => account === two.id).at(-1)).to.include({
      type: 'group.member_removed',
      actor_kind: 'system',
    });
  });

  it('ends for each member once, by however many nodes, and for those who leave meanwhile', async () => {
    const id = await group('reviewer', 'nurse');
    const some = [await member(id), await member(id), await member(id), await member(id)];
    const tokens = await Promise.all(some.map(async (each) => (await signIn(each)).access_token));
    const { app } = server;
    const trail = (await auditTrail(server)).length;
    await app.jobs.stop(5_000);
    await act(app, groups.setRoles, { group: id, roles: ['nurse'] });
    const [first] = some;
    if (first === undefined) throw new Error('there is nobody');
    // Whom nobody has come to yet: what the group gave until lately ends with the membership.
    expect((await act(app, groups.removeMember, { group: id, person: first.id })).roles).to.have.members([
      'nurse',
      'reviewer',
    ]);
    const job = () =>
      createEndGroupRoles({
        database: app.database,
        clock: app.clock,
        groupEndings: app.accounts.groupEndings,
        groupEnding: app.lifecycle.groupEnding,
      });
    await Promise.all(Array.from({ length: 10 }, () => job().round()));
    for (const token of tokens) expect(await isOver(token)).to.equal(true);
    const told = (await auditTrail(server)).slice(trail).filter(({ type }) => type === 'group.roles_lost');
    expect(told.map(({ account }) => account)).to.have.members(some.slice(1).map((each) => each.id));
    expect(await ending(id)).to.equal(null);
  });
});
