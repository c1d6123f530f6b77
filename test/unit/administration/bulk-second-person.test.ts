import { expect } from 'chai';
import type { Actor } from '../../../src/administration/actor.ts';
import { approvals } from '../../../src/administration/approvals/index.ts';
import type { ApprovalNeeded } from '../../../src/administration/four-eyes.ts';
import { goOnWithBulks } from '../../../src/administration/people/bulk-running.ts';
import { people } from '../../../src/administration/people/index.ts';
import type { Account } from '../../../src/domain/accounts/store.ts';
import { administrationDependencies } from '../../../src/wire/administration.ts';
import { actingAs, doAs } from '../../support/acting-people.ts';
import { act } from '../../support/administration.ts';
import { startTestServer, type TestServer } from '../../support/server.ts';

describe('bulks and merges where a second person is needed', function secondPerson() {
  this.timeout(60_000);
  let server: TestServer;
  let [asker, second, third]: Account[] = [];
  before(async () => {
    server = await startTestServer({ settings: { FOUR_EYES: 'people.set_roles,people.merge' } });
    const administrator = () => server.addAccount({ roles: ['administrator'] });
    [asker, second, third] = [await administrator(), await administrator(), await administrator()];
  });
  after(() => server.stop());

  const by = (account: Account | undefined) => actingAs(account as Account);
  const finish = async () => {
    while ((await goOnWithBulks(administrationDependencies(server.app), 50)) > 0);
  };
  const rows = async (bulk: string) =>
    (await act(server.app, people.bulkRows, { bulk, limit: 200 })).items.map(({ state, code }) => [
      state,
      code,
    ]);
  const requests = async () =>
    (await server.app.database.query<{ act: string }>('select act from approvals order by act')).map(
      ({ act: name }) => name,
    );

  it('refuse what waits for one about each person, and ask nobody a thousand times', async () => {
    const { id } = await server.addAccount();
    const input = { act: 'add_role', role: 'nurse', ids: [id] } as const;
    const asked = { ...input, ids: [...input.ids] };
    const { administration } = server.app;
    const preview = await administration.perform(people.bulkPreview, by(asker), asked);
    expect(preview.refused.map(({ code }) => code)).to.deep.equal(['approval_impossible']);
    const bulk = await administration.perform(people.bulkStart, by(asker), asked);
    await finish();
    expect(await rows(bulk.id)).to.deep.equal([['refused', 'approval_impossible']]);
    expect(await requests()).to.deep.equal([]);
    expect((await server.app.accounts.store.findById(id))?.roles).to.deep.equal([]);
  });

  it('do no more for a program that is gone', async () => {
    const { id } = await server.addAccount();
    const program: Actor = { kind: 'client', clientId: 'gone', scopes: ['people:write'], origin: {} };
    const bulk = await server.app.administration.perform(people.bulkStart, program, {
      act: 'disable',
      ids: [id],
    });
    await finish();
    expect(await rows(bulk.id)).to.deep.equal([['refused', 'not_permitted']]);
    expect((await server.app.accounts.store.findById(id))?.status).to.equal('active');
  });

  it('are approved by nobody who gains by it', async () => {
    const duplicate = await server.addAccount({ roles: ['physician'] });
    const input = { person: duplicate.id, into: second?.id ?? '' };
    const approval = await server.app.administration.perform(people.merge, by(asker), input).then(
      () => '',
      (error: ApprovalNeeded) => error.approval,
    );
    const approve = async (account: Account | undefined) => {
      const decided = await doAs(server.app, by(account), approvals.approve, { approval });
      return typeof decided === 'string' ? decided : decided.state;
    };
    expect(await approve(second)).to.equal('approval_own');
    expect(await server.app.accounts.store.findById(duplicate.id)).to.include({ status: 'active' });
    expect(await approve(third)).to.equal('done');
    expect((await server.app.accounts.store.findById(input.into))?.roles).to.include('physician');
  });
});
