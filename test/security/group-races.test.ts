import { expect } from 'chai';
import pg from 'pg';
import { approvals } from '../../src/administration/approvals/index.ts';
import type { ApprovalNeeded } from '../../src/administration/four-eyes.ts';
import { groups } from '../../src/administration/groups/index.ts';
import type { Account } from '../../src/domain/accounts/store.ts';
import { SYSTEM_ACTOR } from '../../src/domain/audit/actor.ts';
import { actingAs, doAs } from '../support/acting-people.ts';
import { act } from '../support/administration.ts';
import { AS_FIXTURE } from '../support/evidence/fixture.ts';
import { untilWaiting } from '../support/lock-waits.ts';
import { type HandClient, handClient, tokensFor } from '../support/protocol.ts';
import { WEB_CLIENT } from '../support/relying-party.ts';
import { startTestServer, type TestServer } from '../support/server.ts';

/** Two things that happen to groups at once, or one while another waits or goes on. */
describe('groups that are changed meanwhile', function meanwhile() {
  this.timeout(60_000);
  let server: TestServer;
  let owner: pg.Client;
  let client: HandClient;
  let asker: Account;
  let second: Account;
  let count = 0;

  before(async () => {
    server = await startTestServer({ settings: { FOUR_EYES: 'groups.set_roles,groups.add_member' } });
    await server.app.jobs.stop(5_000);
    client = handClient(server.issuer, await server.addClient({ ...WEB_CLIENT, first_party: true }));
    asker = await server.addAccount({ roles: ['administrator'] });
    second = await server.addAccount({ roles: ['administrator'] });
    owner = new pg.Client({ connectionString: server.database.ownerUrl, options: AS_FIXTURE });
    await owner.connect();
  });
  after(async () => {
    await owner.end();
    await server.stop();
  });

  async function group(...roles: string[]): Promise<string> {
    count += 1;
    const { id } = await act(server.app, groups.create, { name: `Ward ${count}` });
    for (const role of roles) await owner.query('insert into group_roles values ($1, $2)', [id, role]);
    return id;
  }
  const join = (of: string, { id }: Account) =>
    owner.query('insert into group_members values ($1, $2, now())', [of, id]);
  const tokenOf = async (person: Awaited<ReturnType<TestServer['addAccount']>>) =>
    (await tokensFor(client, person, { scope: 'openid roles' })).access_token;
  const isOver = async (token: string) => (await client.userinfo(token)).status === 401;
  /** As `groups.set_roles` leaves it to the job. */
  async function ceases(id: string, role: string, members: number): Promise<void> {
    await owner.query('delete from group_roles where group_id = $1 and role = $2', [id, role]);
    await owner.query(
      `insert into group_endings (id, group_id, roles, members, created_at)
       values (gen_random_uuid(), $1, array[$2], $3, now())`,
      [id, role, members],
    );
  }
  const goOn = () => server.app.lifecycle.groupEnding.goOn();
  /** Until nothing is left to do, which is soon. */
  async function toTheEnd(): Promise<void> {
    for (let times = 0; times < 30; times += 1) if (!(await goOn())) return;
    throw new Error('it goes on for ever');
  }
  /** Somebody leaves a group, and has not done so yet when `work` begins. */
  async function leaving<Result>(of: string, { id }: Account, work: () => Promise<Result>): Promise<Result> {
    await owner.query('begin');
    await owner.query('select from accounts where id = $1 for update', [id]);
    await owner.query('delete from group_members where group_id = $1 and account = $2', [of, id]);
    const done = work();
    await untilWaiting(owner, 1);
    await owner.query('commit');
    return done;
  }

  it('ends access where the last group that gave a role is left while another one gives it no more', async () => {
    const [one, other] = [await group('reviewer'), await group('reviewer')];
    const person = await server.addAccount();
    for (const each of [one, other]) await join(each, person);
    const token = await tokenOf(person);
    await ceases(one, 'reviewer', 1);
    await leaving(other, person, goOn);
    await toTheEnd();
    expect(await isOver(token)).to.equal(true);
  });

  it('ends access where a role is taken while the group that gave it as well is left', async () => {
    const id = await group('nurse');
    const person = await server.addAccount({ roles: ['nurse'] });
    await join(id, person);
    const token = await tokenOf(person);
    const { database, lifecycle } = server.app;
    const by = { actor: SYSTEM_ACTOR, origin: {} };
    await leaving(id, person, () =>
      database.transaction((tx) => lifecycle.roleSetting.set(tx, person.id, { roles: [] }, by)),
    );
    expect(await isOver(token)).to.equal(true);
  });

  it('lets everybody leave a group that is deleted while an earlier loss of a role goes on', async () => {
    const id = await group('reviewer', 'nurse');
    const people = [];
    for (let each = 0; each < 3; each += 1) people.push(await server.addAccount({ roles: ['reviewer'] }));
    for (const person of people) await join(id, person);
    const tokens = await Promise.all(people.map(tokenOf));
    await ceases(id, 'reviewer', people.length);
    expect(await goOn()).to.equal(true);
    await server.app.administration.perform(groups.delete, actingAs(asker), { group: id });
    await toTheEnd();
    for (const token of tokens) expect(await isOver(token)).to.equal(true);
    expect(await server.app.database.query('select from groups where id = $1', [id])).to.have.length(0);
  });

  it('gives roles to none who came after a second person was asked', async () => {
    const id = await group();
    const asked = await server.app.administration
      .perform(groups.setRoles, actingAs(asker), { group: id, roles: ['nurse'] })
      .then(
        () => 'it was done at once',
        (error: ApprovalNeeded) => String(error.approval ?? error.code),
      );
    const friend = await server.addAccount();
    const added = { group: id, person: friend.id };
    expect(await doAs(server.app, actingAs(asker), groups.addMember, added)).to.include({ changed: true });
    expect(await doAs(server.app, actingAs(second), approvals.approve, { approval: asked })).to.equal(
      'target_changed',
    );
    expect((await act(server.app, groups.show, { group: id })).roles).to.deep.equal([]);
  });

  it('adds nobody without a second person to a group that has been given a role since', async () => {
    const id = await group();
    const friend = await server.addAccount();
    await owner.query('begin');
    await owner.query('select from groups where id = $1 for update', [id]);
    await owner.query(`insert into group_roles values ($1, 'nurse')`, [id]);
    const added = doAs(server.app, actingAs(asker), groups.addMember, { group: id, person: friend.id });
    await untilWaiting(owner, 1);
    await owner.query('commit');
    expect(await added).to.equal('target_changed');
    expect((await server.app.accounts.store.findById(friend.id))?.roles).to.deep.equal([]);
  });
});
