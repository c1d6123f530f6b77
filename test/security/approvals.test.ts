import { expect } from 'chai';
import type { Actor } from '../../src/administration/actor.ts';
import { approvals } from '../../src/administration/approvals/index.ts';
import { factors } from '../../src/administration/factors.ts';
import type { ApprovalNeeded } from '../../src/administration/four-eyes.ts';
import { invitations } from '../../src/administration/invitations.ts';
import { people } from '../../src/administration/people/index.ts';
import type { Account } from '../../src/domain/accounts/store.ts';
import { actingAs, doAs, placed } from '../support/acting-people.ts';
import { OPERATOR } from '../support/administration.ts';
import { fixture } from '../support/evidence/fixture.ts';
import { eventsDuring } from '../support/protocol.ts';
import { startTestServer, type TestServer } from '../support/server.ts';

/** Dangerous acts that need a second person. */
describe('a dangerous act that needs a second person', function approving() {
  this.timeout(60_000);
  let server: TestServer;
  let asker: Account;
  let second: Account;
  let third: Account;
  let person: Account;

  before(async () => {
    server = await startTestServer({
      settings: { FOUR_EYES: 'factors.reset,people.delete,people.create,invitations.send' },
    });
    for (const each of ['asker', 'second', 'third'] as const) {
      const made = await server.addAccount({ roles: ['administrator'] });
      if (each === 'asker') asker = made;
      else if (each === 'second') second = made;
      else third = made;
    }
  });
  beforeEach(async () => {
    person = await server.addAccount();
  });
  after(() => server.stop());

  const by = actingAs;

  /** Asks for a reset of the person's factors; answers the id of what waits. */
  async function asked(actor: Actor = by(asker), target = person.id): Promise<string> {
    const error = await server.app.administration.perform(factors.reset, actor, { person: target }).then(
      () => undefined,
      (thrown: ApprovalNeeded) => thrown,
    );
    expect(error?.code).to.equal('approval_needed');
    return String(error?.approval);
  }
  const approve = (approval: string, actor: Actor) =>
    doAs(server.app, actor, approvals.approve, { approval });
  const resets = async () =>
    (
      await server.app.database.query<{ account: string }>(
        `select account from audit_events where type = 'factor.reset'`,
      )
    ).filter(({ account }) => account === person.id).length;

  it('waits, with what will happen, and is done once the second one says so', async () => {
    const { events, result: approval } = await eventsDuring(server, () => asked());
    expect(events.map(({ type, account }) => [type, account])).to.deep.equal([
      ['approval.requested', person.id],
    ]);
    const shown = await doAs(server.app, by(second), approvals.show, { approval });
    expect(shown).to.deep.include({
      ...{ act: 'factors.reset', input: { person: person.id }, reason: 'ticket 7', account: person.id },
      ...{ asker: { kind: 'person', id: asker.id }, state: 'waiting' },
    });
    const listed = await doAs(server.app, by(second), approvals.list, { waiting: true });
    expect(listed).to.have.nested.property('items[0].id', approval);
    const done = await eventsDuring(server, () => approve(approval, by(second)));
    expect(done.result).to.deep.equal({ id: approval, act: 'factors.reset', state: 'done' });
    expect(done.events.map(({ type, actor }) => [type, actor])).to.deep.include.members([
      ['approval.granted', second.id],
      ['factor.reset', asker.id],
    ]);
    expect(await approve(approval, by(third))).to.equal('approval_over');
    expect(await doAs(server.app, by(second), approvals.takeResult, { approval })).to.equal(
      'approval_unknown',
    );
    const taken = await doAs(server.app, by(asker), approvals.takeResult, { approval });
    expect(taken).to.have.nested.property('result.issued.code');
    expect(await doAs(server.app, by(asker), approvals.takeResult, { approval })).to.equal('result_unknown');
    expect(await doAs(server.app, by(second), approvals.show, { approval })).to.include({
      state: 'done',
      input: null,
    });
  });

  it('is approved by nobody who asked, is meant, is no person, or may not do it', async () => {
    const approval = await asked();
    const helpdesk = await server.addAccount({ roles: ['helpdesk'] });
    const nurse = await server.addAccount({ roles: ['nurse'] });
    expect(await approve(approval, by(asker))).to.equal('approval_own');
    expect(await approve(approval, by(nurse))).to.equal('not_permitted');
    expect(await approve(approval, by(second, { level: 'aal1' }))).to.equal(
      'insufficient_user_authentication',
    );
    const stale = by(second, { provenAt: new Date(server.app.clock.now().getTime() - 301_000) });
    expect(await approve(approval, stale)).to.equal('insufficient_user_authentication');
    expect(await approve(approval, by(second, { scopes: ['people:read'] }))).to.equal('not_permitted');
    expect(await approve(approval, OPERATOR)).to.equal('person_required');
    const program = { kind: 'client', clientId: 'c', scopes: ['people:assist'], origin: {} } as const;
    expect(await approve(approval, program)).to.equal('person_required');
    expect(await approve('00000000-0000-4000-8000-000000000000', by(second))).to.equal('approval_unknown');
    expect(await approve('x', by(second))).to.equal('approval_unknown');
    const aboutSecond = await asked(by(asker), second.id);
    expect(await approve(aboutSecond, by(second))).to.equal('approval_own');
    expect(await approve(aboutSecond, by(helpdesk))).to.equal('target_outranks');
    expect(await resets()).to.equal(0);
    expect(await approve(approval, by(helpdesk))).to.include({ state: 'done' });
  });

  it('is seen and decided only within the unit of a limited right', async () => {
    const helpdesk = await server.addAccount({ roles: ['helpdesk'] });
    const { id: unit } = await server.app.database
      .transaction((tx) =>
        server.app.accounts.units.create(tx, { name: `North ${person.id}`, parent: undefined }),
      )
      .catch(() => ({ id: '' }));
    const approval = await asked();
    await placed(server.app, helpdesk.id, {
      terms: [{ role: 'helpdesk', unit: unit || person.id, owned: false }],
    });
    expect(await approve(approval, by(helpdesk))).to.equal('approval_unknown');
    expect(await doAs(server.app, by(helpdesk), approvals.show, { approval })).to.equal('approval_unknown');
    expect(await doAs(server.app, by(helpdesk), approvals.list, {})).to.have.property('items').that.is.empty;
  });

  it('is done once by fifty who approve at the same moment', async () => {
    const approval = await asked();
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, index) => approve(approval, by(index % 2 === 0 ? second : third))),
    );
    expect(answers.filter((answer) => typeof answer !== 'string')).to.have.length(1);
    expect(answers.filter((answer) => answer === 'approval_over')).to.have.length(49);
    expect(await resets()).to.equal(1);
  });

  it('is not done for somebody who lost the right, nor to somebody who was changed since', async () => {
    const leaving = await server.addAccount({ roles: ['administrator'] });
    const approval = await asked(by(leaving));
    await doAs(server.app, OPERATOR, people.setRoles, { person: leaving.id, roles: [] });
    expect(await approve(approval, by(second))).to.equal('not_permitted');
    const changed = await asked();
    await doAs(server.app, OPERATOR, people.setRoles, { person: person.id, roles: ['nurse'] });
    expect(await approve(changed, by(second))).to.equal('target_changed');
    expect(await doAs(server.app, by(second), approvals.show, { approval: changed })).to.include({
      state: 'waiting',
    });
    expect(await resets()).to.equal(0);
  });

  it('is to make somebody with a role, whom the asker could be: nobody makes their own second person', async () => {
    const made = (email: string, roles: string[]) => ({ email, name: 'Second Self', roles });
    const ways = [people.create, invitations.send] as const;
    for (const [place, way] of ways.entries()) {
      const email = `second-self-${place}-${person.id}@example.org`;
      const asking = doAs(server.app, by(asker), way as typeof people.create, made(email, ['administrator']));
      expect(await asking).to.equal('approval_needed');
      expect(await server.app.accounts.store.findByIdentifier(email)).to.equal(undefined);
      const plain = await doAs(server.app, by(asker), way as typeof people.create, made(email, []));
      expect(plain).to.have.nested.property('person.id');
    }
  });

  it('can be declined by the second one and withdrawn by the first, and then is over', async () => {
    const declined = await asked();
    expect(await doAs(server.app, by(asker), approvals.decline, { approval: declined })).to.equal(
      'approval_own',
    );
    expect(await doAs(server.app, by(second), approvals.decline, { approval: declined })).to.include({
      state: 'declined',
    });
    const withdrawn = await asked();
    expect(await doAs(server.app, by(second), approvals.withdraw, { approval: withdrawn })).to.equal(
      'approval_not_own',
    );
    expect(await doAs(server.app, by(asker), approvals.withdraw, { approval: withdrawn })).to.include({
      state: 'withdrawn',
    });
    for (const approval of [declined, withdrawn])
      expect(await approve(approval, by(second))).to.equal('approval_over');
    expect(await resets()).to.equal(0);
  });

  it('waits for a day', async () => {
    const approval = await asked();
    const age = `update approvals set expires_at = now() - interval '1 second' where id = $1`;
    await fixture(server.app.database, age, [approval]);
    expect(await approve(approval, by(second))).to.equal('approval_over');
    const { events } = await eventsDuring(server, async () => {
      server.app.jobs.wake('expire-approvals');
      for (let tries = 0; tries < 100; tries += 1) {
        const [row] = await server.app.database.query<{ state: string }>(
          'select state from approvals where id = $1',
          [approval],
        );
        if (row?.state === 'expired') return;
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    });
    expect(events.map(({ type }) => type)).to.deep.equal(['approval.expired']);
  });

  it('may be asked for by the operator, who may do it alone in an emergency, which is told', async () => {
    const operator = { ...OPERATOR, reason: 'fire in the office' };
    expect(await doAs(server.app, OPERATOR, factors.reset, { person: person.id })).to.equal(
      'reason_required',
    );
    expect(await approve(await asked(operator), by(second))).to.include({ state: 'done' });
    const { events } = await eventsDuring(server, () =>
      doAs(server.app, { ...operator, emergency: true }, factors.reset, { person: person.id }),
    );
    expect(events.map(({ type }) => type)).to.include.members(['approval.bypassed', 'factor.reset']);
  });

  it('deletes the person it is about, and keeps nothing of them', async () => {
    const error = await doAs(server.app, by(asker), people.delete, { person: person.email });
    expect(error).to.equal('approval_needed');
    const pending = await asked();
    const { items } = (await doAs(server.app, by(second), approvals.list, { waiting: true })) as {
      items: { id: string; act: string; account: string | null }[];
    };
    const deletion = items.find(({ act, account }) => act === 'people.delete' && account === person.id);
    expect(await approve(String(deletion?.id), by(second))).to.include({ state: 'done' });
    expect(await approve(pending, by(second))).to.equal('approval_over');
    const rows = await server.app.database.query('select 1 from approvals where account = $1', [person.id]);
    expect(rows).to.deep.equal([]);
  });

  it('is refused at once where nobody is there who could approve it', async () => {
    const alone = await startTestServer({ settings: { FOUR_EYES: '*' } });
    try {
      const only = await alone.addAccount({ roles: ['administrator'] });
      const target = await alone.addAccount();
      expect(await doAs(alone.app, by(only), factors.reset, { person: target.id })).to.equal(
        'approvers_missing',
      );
    } finally {
      await alone.stop();
    }
  });
});
