import { expect } from 'chai';
import { approvals } from '../../src/administration/approvals/index.ts';
import { clients } from '../../src/administration/clients/index.ts';
import { factors } from '../../src/administration/factors.ts';
import { people } from '../../src/administration/people/index.ts';
import type { Account } from '../../src/domain/accounts/store.ts';
import { actingAs, doAs } from '../support/acting-people.ts';
import { type AdminClient, type Asks, adminClient } from '../support/admin-client.ts';
import { startTestServer, type TestServer } from '../support/server.ts';

/** What is told of an act that waits for a second person, and to whom; and who is none. */
describe('an act that waits for a second person', function answers() {
  this.timeout(120_000);
  let server: TestServer;
  let api: AdminClient;
  let first: Asks;
  let second: Asks;
  let asker: Account;
  let other: Account;
  let person: Account;

  before(async () => {
    server = await startTestServer({
      settings: { FOUR_EYES: 'factors.*,people.merge,people.set_roles,people.bulk_start' },
    });
    api = await adminClient(server);
    first = (await api.person()).ask;
    second = (await api.person()).ask;
    asker = await server.addAccount({ roles: ['administrator'] });
    other = await server.addAccount({ roles: ['administrator'] });
  });
  beforeEach(async () => {
    person = await server.addAccount();
  });
  after(() => server.stop());

  const reset = (ask: Asks, headers = {}) =>
    ask('POST', `/people/${person.id}/reset-factors`, { reason: 'ticket 7' }, headers);
  const waiting = async () =>
    (
      (await doAs(server.app, actingAs(other), approvals.list, { waiting: true })) as {
        items: { id: string }[];
      }
    ).items;

  it('is answered 202 with the id of the request, and nothing else of it', async () => {
    const { status, body } = await reset(first);
    expect([status, Object.keys(body)]).to.deep.equal([202, ['approval', 'expiresAt']]);
    expect((await waiting()).map(({ id }) => id)).to.include(body.approval);
  });

  it('is asked for once, and answered alike, with an Idempotency-Key', async () => {
    const key = { 'idempotency-key': `ask ${person.id}` };
    const asked = await reset(first, key);
    const before = (await waiting()).length;
    const again = await reset(first, key);
    expect([asked.status, again.status]).to.deep.equal([202, 202]);
    expect(again.body).to.deep.equal(asked.body);
    expect((await waiting()).length).to.equal(before);
  });

  it('tells its answer to whoever asked alone: never to the approver, not by a repeated request', async () => {
    const { body } = await reset(first);
    const path = `/approvals/${String(body.approval)}`;
    const key = { 'idempotency-key': `approve ${person.id}` };
    const done = await second('POST', `${path}/approve`, {}, key);
    expect([done.status, done.body.state]).to.deep.equal([200, 'done']);
    const again = await second('POST', `${path}/approve`, {}, key);
    expect(again.text).to.not.include('issued');
    expect(again.status === 200 ? again.body : done.body).to.deep.equal(done.body);
    const taken = await first('POST', `${path}/result`, {});
    expect(taken.text).to.include('issued');
  });

  it('is approved by nobody who gains by it, of two accounts that are merged neither', async () => {
    const given = { person: person.id, into: other.id };
    expect(await doAs(server.app, actingAs(asker), people.merge, given)).to.equal('approval_needed');
    const [merge] = await waiting();
    expect(
      await doAs(server.app, actingAs(other), approvals.approve, { approval: String(merge?.id) }),
    ).to.equal('approval_own');
    const role = { act: 'add_role' as const, role: 'administrator', ids: [other.id] };
    expect(await doAs(server.app, actingAs(asker), people.bulkStart, role)).to.equal('approval_needed');
    const [bulk] = await waiting();
    expect(
      await doAs(server.app, actingAs(other), approvals.approve, { approval: String(bulk?.id) }),
    ).to.equal('approval_own');
  });

  it('is every act of a program that gives rights to a client, and tells no secret of it', async () => {
    const scopes = ['clients:write', 'people:assist'];
    const program = { kind: 'client', clientId: 'c', scopes, reason: 'x', origin: {} } as const;
    const service = { grant_types: ['client_credentials'], redirect_uris: [], response_types: [] };
    const metadata = { ...service, client_secret: 'x'.repeat(43), admin_scopes: ['people:assist'] };
    expect(await doAs(server.app, program, clients.create, { metadata })).to.equal('approval_needed');
    const [asked] = await waiting();
    const shown = await doAs(server.app, actingAs(other), approvals.show, { approval: String(asked?.id) });
    expect(shown).to.have.nested.property('input.metadata.client_secret', '(not shown)');
    expect(shown).to.have.nested.property('input.metadata.admin_scopes[0]', 'people:assist');
  });

  it('is not done for a program that was disabled since', async () => {
    const registration = await server.addClient({
      ...{ grant_types: ['client_credentials'], redirect_uris: [], response_types: [] },
      admin_scopes: ['people:assist'],
    });
    const clientId = String(registration.client_id);
    const program = { kind: 'client', clientId, scopes: ['people:assist'], reason: 'x', origin: {} } as const;
    const error = await server.app.administration
      .perform(factors.reset, program, { person: person.id })
      .catch((thrown: { approval?: string }) => thrown);
    const approval = String((error as { approval?: string }).approval);
    await doAs(server.app, actingAs(other), clients.disable, { client: clientId });
    expect(await doAs(server.app, actingAs(other), approvals.approve, { approval })).to.equal(
      'not_permitted',
    );
  });
});

describe('an administrator who is disabled', function disabled() {
  this.timeout(120_000);
  let server: TestServer;
  before(async () => {
    const office = { acts: ['people.*', 'factors.*'], grants: [] };
    server = await startTestServer({ settings: { ADMINISTRATION_ROLES: JSON.stringify({ office }) } });
    await server.addAccount({ roles: ['administrator'] });
  });
  after(() => server.stop());

  it('is out of reach of those with less rights, who cannot enable them either, now or later', async () => {
    const office = actingAs(await server.addAccount({ roles: ['office'] }));
    const left = await server.addAccount({ roles: ['administrator'] });
    const root = actingAs(await server.addAccount({ roles: ['administrator'] }));
    expect(await doAs(server.app, root, people.disable, { person: left.id })).to.include({ changed: true });
    const address = { person: left.id, email: 'mine@example.org' };
    const later = new Date(server.app.clock.now().getTime() + 60_000).toISOString();
    for (const outcome of [
      await doAs(server.app, office, people.setAddress, address),
      await doAs(server.app, office, factors.reset, { person: left.id }),
      await doAs(server.app, office, people.enable, { person: left.id }),
      await doAs(server.app, office, people.disable, { person: left.id, until: later }),
      await doAs(server.app, office, people.disable, { person: left.id, at: later }),
    ])
      expect(outcome).to.equal('target_outranks');
    expect(await server.app.accounts.store.findById(left.id)).to.include({
      status: 'disabled',
      email: left.email,
    });
    expect(await doAs(server.app, office, people.disable, { person: left.id })).to.include({
      changed: false,
    });
    expect(await doAs(server.app, root, people.enable, { person: left.id })).to.include({ changed: true });
  });
});
