import { expect } from 'chai';
import { groups } from '../../src/administration/groups/index.ts';
import { people } from '../../src/administration/people/index.ts';
import { act } from '../support/administration.ts';
import { typePassword } from '../support/factors.ts';
import { eventually } from '../support/processes.ts';
import { type HandClient, handClient } from '../support/protocol.ts';
import { WEB_CLIENT } from '../support/relying-party.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { type Page, UserAgent } from '../support/user-agent.ts';

describe('the groups of people', function ofPeople() {
  this.timeout(60_000);
  let server: TestServer;
  let client: HandClient;
  let count = 0;

  before(async () => {
    server = await startTestServer({
      settings: { SECOND_FACTOR_POLICIES: '{"guard": {"policy": "required"}}' },
    });
    client = handClient(server.issuer, await server.addClient({ ...WEB_CLIENT, first_party: true }));
  });
  after(() => server.stop());

  async function group(...roles: string[]): Promise<string> {
    count += 1;
    return (await act(server.app, groups.create, { name: `Team ${count}`, roles })).id;
  }
  const join = (of: string, { id }: { readonly id: string }) =>
    act(server.app, groups.addMember, { group: of, person: id });
  const found = async (input: object) =>
    (await act(server.app, people.list, input)).items.map(({ id }) => id);

  it('bring the policies of their roles', async () => {
    const person = await server.addAccount();
    const afterPassword = async () => {
      const agent = new UserAgent();
      return typePassword(agent, await agent.open(client.authorizeUrl()), person);
    };
    const setUp = (page: Page) => page.body.includes('/factors') || page.body.includes('authenticator');
    expect(setUp(await afterPassword())).to.equal(false);
    await join(await group('guard'), person);
    expect(setUp(await afterPassword())).to.equal(true);
  });

  it('find people, by the group and by a role that it gives', async () => {
    const [id, person, other] = [await group('finder'), await server.addAccount(), await server.addAccount()];
    await join(id, person);
    expect(await found({ group: id })).to.deep.equal([person.id]);
    expect(await found({ group: ` team ${count}` })).to.deep.equal([person.id]);
    expect(await found({ role: 'finder' })).to.deep.equal([person.id]);
    expect(await found({ role: 'finder', group: await group() })).to.deep.equal([]);
    await act(server.app, people.setRoles, { person: other.id, roles: ['finder'] });
    expect(await found({ role: 'finder', sort: 'created' })).to.have.members([person.id, other.id]);
    await act(server.app, groups.delete, { group: id });
    expect(await found({ role: 'finder' })).to.deep.equal([other.id]);
  });

  it('are changed of many at once', async () => {
    const id = await group('nurse');
    const some = [await server.addAccount(), await server.addAccount()].map((each) => each.id);
    for (const [which, members] of [
      ['add_to_group', 2],
      ['remove_from_group', 0],
    ] as const) {
      const { id: bulk } = await act(server.app, people.bulkStart, { act: which, group: id, ids: some });
      server.app.jobs.wake('run-bulk');
      const state = async () => (await act(server.app, people.bulkShow, { bulk })).state;
      await eventually('it is done', async () => (await state()) === 'done');
      expect(await act(server.app, groups.show, { group: id })).to.include({ members });
    }
    const missing = act(server.app, people.bulkStart, { act: 'add_to_group', ids: some });
    expect(await missing.catch(({ code }: { code: string }) => code)).to.equal('input_invalid');
  });

  it('go with a person whose accounts are merged', async () => {
    const [both, one] = [await group('nurse'), await group('doctor')];
    const [duplicate, into] = [await server.addAccount(), await server.addAccount()];
    for (const person of [duplicate, into]) await join(both, person);
    await join(one, duplicate);
    const merged = await act(server.app, people.merge, { person: duplicate.id, into: into.id });
    expect(merged.groupsAdded.map(({ id }) => id)).to.deep.equal([one]);
    expect(merged.groupsLeft).to.deep.equal([]);
    const shown = await act(server.app, people.show, { person: into.id });
    // What they had by a group they have by it still, and not as their own.
    expect(shown).to.deep.include({ roles: [], groupRoles: ['doctor', 'nurse'] });
    expect(await act(server.app, groups.show, { group: one })).to.include({ members: 1 });
  });
});
