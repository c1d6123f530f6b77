import { expect } from 'chai';
import { approvals } from '../../src/administration/approvals/index.ts';
import { clients } from '../../src/administration/clients/index.ts';
import { people } from '../../src/administration/people/index.ts';
import { units } from '../../src/administration/units/index.ts';
import type { Account } from '../../src/domain/accounts/store.ts';
import { actingAs, doAs, placed } from '../support/acting-people.ts';
import { act } from '../support/administration.ts';
import { WEB_CLIENT } from '../support/relying-party.ts';
import { startTestServer, type TestServer } from '../support/server.ts';

const ACTS = ['approvals.*', 'people.*', 'clients.*'];
const SETTINGS = {
  ADMINISTRATION_ROLES: JSON.stringify({ chief: { acts: ACTS, grants: ['nurse'] } }),
  FOUR_EYES: 'people.delete,clients.delete',
};

/** What waits for a second person, for whoever is limited to a unit, or to clients. */
describe('approvals within a limited right', function limits() {
  this.timeout(60_000);
  let server: TestServer;
  let chief: Account;
  let manager: Account;
  let ours: Account;
  let theirs: Account;
  const mine: string[] = [];

  before(async () => {
    server = await startTestServer({ settings: SETTINGS });
    const unit = async (name: string) => (await act(server.app, units.create, { name })).id;
    const [north, south] = [await unit('North'), await unit('South')];
    chief = await server.addAccount({ roles: ['chief'] });
    await placed(server.app, chief.id, {
      unit: north,
      terms: [{ role: 'chief', owned: false, unit: north }],
    });
    manager = await server.addAccount({ roles: ['chief'] });
    await placed(server.app, manager.id, { terms: [{ role: 'chief', owned: true }] });
    [ours, theirs] = [await server.addAccount({ unit: north }), await server.addAccount({ unit: south })];
    for (let count = 0; count < 2; count += 1)
      mine.push(String((await server.addClient(WEB_CLIENT)).client_id));
    await act(server.app, clients.addOwner, { client: String(mine[0]), person: manager.id });
  });
  after(() => server.stop());

  const by = (who: Account) => actingAs(who);

  it('are those about its people, or its clients', async () => {
    const boss = await server.addAccount({ roles: ['administrator'] });
    await server.addAccount({ roles: ['administrator'] });
    const asked = async (which: typeof people.delete | typeof clients.delete, input: object) =>
      server.app.administration.perform(which as never, actingAs(boss), input as never).then(
        () => '',
        (error: { approval?: string }) => String(error.approval),
      );
    const about = {
      ours: await asked(people.delete, { person: ours.id }),
      theirs: await asked(people.delete, { person: theirs.id }),
      client: await asked(clients.delete, { client: mine[0] }),
      other: await asked(clients.delete, { client: mine[1] }),
    };
    const ids = async (who: Account) => {
      const page = await doAs(server.app, by(who), approvals.list, { waiting: true });
      return (page as { items: { id: string }[] }).items.map(({ id }) => id);
    };
    expect(await ids(chief)).to.deep.equal([about.ours]);
    expect(await ids(manager)).to.deep.equal([about.client]);
    for (const approval of [about.theirs, about.client, about.other])
      for (const which of [approvals.show, approvals.approve, approvals.decline])
        expect(await doAs(server.app, by(chief), which as never, { approval } as never)).to.equal(
          'approval_unknown',
        );
    expect(await doAs(server.app, by(manager), approvals.approve, { approval: about.other })).to.equal(
      'approval_unknown',
    );
    expect(await doAs(server.app, by(manager), approvals.approve, { approval: about.client })).to.include({
      state: 'done',
    });
    expect(await doAs(server.app, by(chief), approvals.approve, { approval: about.ours })).to.include({
      state: 'done',
    });
  });
});
