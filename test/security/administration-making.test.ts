import { randomUUID } from 'node:crypto';
import { expect } from 'chai';
import { clients } from '../../src/administration/clients/index.ts';
import { invitations } from '../../src/administration/invitations.ts';
import { people } from '../../src/administration/people/index.ts';
import { units } from '../../src/administration/units/index.ts';
import type { RoleTerms } from '../../src/domain/accounts/role-terms.ts';
import type { Account } from '../../src/domain/accounts/store.ts';
import { actingAs, doAs, placed } from '../support/acting-people.ts';
import { act } from '../support/administration.ts';
import { eventsDuring } from '../support/protocol.ts';
import { startTestServer, type TestServer } from '../support/server.ts';

/** A chief of a site, who may give one role of applications. */
const ROLES = { chief: { acts: ['people.*', 'invitations.*', 'units.*'], grants: ['nurse'] } };
const SITE = { redirect_uris: ['https://site.example/callback'] };
const SERVICE = { grant_types: ['client_credentials'], redirect_uris: [], response_types: [] };

const registered = (result: unknown) =>
  (result as { registration: { client_id: string } }).registration.client_id;
const address = () => `${randomUUID()}@example.org`;

describe('who makes people and clients with a limited right', function making() {
  this.timeout(60_000);
  let server: TestServer;
  let chief: Account;
  let desk: Account;
  let manager: Account;
  const ids = { north: '', ward: '', south: '' };

  before(async () => {
    server = await startTestServer({ settings: { ADMINISTRATION_ROLES: JSON.stringify(ROLES) } });
    const unit = async (name: string, parent?: string) =>
      (await act(server.app, units.create, { name, parent: parent ?? null })).id;
    ids.north = await unit('North');
    ids.ward = await unit('Ward', ids.north);
    ids.south = await unit('South');
    chief = await holder('chief', { unit: ids.north });
    desk = await holder('helpdesk', { unit: ids.north });
    manager = await holder('application-manager', { owned: true });
  });
  after(() => server.stop());

  async function holder(role: string, limit?: Partial<RoleTerms>): Promise<Account> {
    const account = await server.addAccount({ roles: [role] });
    const terms = limit === undefined ? [] : [{ role, owned: false, ...limit }];
    await placed(server.app, account.id, { terms });
    return account;
  }
  const create = (who: Account, more: object) =>
    doAs(server.app, actingAs(who), people.create, { email: address(), name: 'New', ...more });
  const invite = (who: Account, more: object) =>
    doAs(server.app, actingAs(who), invitations.send, { email: address(), name: 'New', ...more });
  const register = (who: Account, metadata: Record<string, unknown>, more: object = {}) =>
    doAs(server.app, actingAs(who), clients.create, { metadata, ...more });

  describe('of people', () => {
    it('makes and invites them within the units, and says in the trail where they are', async () => {
      for (const [make, type] of [
        [() => create(chief, { unit: ids.ward, roles: ['nurse'] }), 'account.created'],
        [() => invite(desk, { unit: ids.ward }), 'account.created'],
      ] as const) {
        const { result, events } = await eventsDuring<unknown>(server, make);
        const { person } = result as { person: { id: string } };
        const shown = await act(server.app, people.show, { person: person.id });
        expect(shown).to.deep.include({ unit: ids.ward, version: 1 });
        expect(events.map((event) => event.type)).to.include(type);
        const made = events.find((event) => event.type === type);
        expect(made?.details).to.have.nested.property('after.unit', ids.ward);
      }
      const page = await doAs(server.app, actingAs(chief), people.list, { unit: ids.ward });
      expect(page).to.have.nested.property('items.length', 2);
    });

    it('needs a unit for it, and knows of no other', async () => {
      for (const make of [() => create(chief, {}), () => invite(desk, {})])
        expect(await make()).to.equal('input_invalid');
      for (const unit of [ids.south, randomUUID(), 'none', '']) {
        expect(await create(chief, { unit })).to.equal('unit_unknown');
        expect(await invite(desk, { unit })).to.equal('unit_unknown');
      }
    });

    it('gives new people no role that could not be given there', async () => {
      for (const roles of [['chief'], ['administrator'], ['nurse', 'doctor'], ['helpdesk']])
        expect(await create(chief, { unit: ids.ward, roles })).to.equal('grant_refused');
      for (const roles of [['nurse'], ['helpdesk'], ['administrator']])
        expect(await invite(desk, { unit: ids.ward, roles })).to.equal('grant_refused');
      expect(await invite(chief, { unit: ids.ward, roles: ['nurse'] })).to.be.an('object');
    });

    it('mails no link to somebody of another unit who has not come yet, and does not tell them from others', async () => {
      const [theirs, ours, settled] = [address(), address(), await server.addAccount()];
      const away = await act(server.app, invitations.send, { email: theirs, name: 'A', unit: ids.south });
      const here = await act(server.app, invitations.send, { email: ours, name: 'B', unit: ids.ward });
      for (const email of [theirs, settled.email])
        expect(await invite(desk, { email, unit: ids.ward })).to.equal('account_exists');
      expect(await invite(desk, { email: ours, unit: ids.north })).to.deep.include({ again: true });
      expect(await act(server.app, people.show, { person: here.person.id })).to.include({ unit: ids.ward });
      expect(await act(server.app, people.show, { person: away.person.id })).to.include({ unit: ids.south });
      const resend = (person: string) => doAs(server.app, actingAs(desk), invitations.resend, { person });
      expect(await resend(away.person.id)).to.equal('account_unknown');
      expect(await resend(here.person.id)).to.be.an('object');
    });

    it('leaves people of no unit, and none of the unit named, to rights without a limit', async () => {
      const boss = await holder('administrator');
      expect(await create(boss, {})).to.have.nested.property('person.unit', null);
      expect(await create(boss, { unit: ids.south })).to.have.nested.property('person.unit', ids.south);
      expect(await create(boss, { unit: randomUUID() })).to.equal('unit_unknown');
    });

    it('invites many again only as far as the right reaches', async () => {
      const [here, away, nowhere] = await Promise.all(
        [{ unit: ids.ward }, { unit: ids.south }, {}].map((more) =>
          act(server.app, invitations.send, { email: address(), name: 'N', ...more }),
        ),
      );
      const asked = [here, away, nowhere].map((each) => String(each?.person.id));
      const tried = await doAs(server.app, actingAs(chief), people.bulkPreview, {
        ...{ act: 'send_invitation', ids: asked },
      });
      expect(tried).to.have.property('refused').with.length(2);
      expect(
        new Set((tried as { refused: { code: string }[] }).refused.map(({ code }) => code)),
      ).to.deep.equal(new Set(['account_unknown']));
    });

    it('keeps the unit from being deleted under somebody who is made in it at the same moment', async () => {
      for (let round = 0; round < 10; round += 1) {
        const { id } = await act(server.app, units.create, { name: randomUUID(), parent: ids.ward });
        const [made, deleted] = await Promise.all([
          create(chief, { unit: id }),
          doAs(server.app, actingAs(chief), units.delete, { unit: id }),
        ]);
        if (typeof made === 'string')
          expect([made, typeof deleted]).to.deep.equal(['unit_unknown', 'object']);
        else expect(deleted).to.equal('unit_in_use');
      }
    });
  });

  describe('of clients', () => {
    it('owns what they register, from the first moment', async () => {
      const { result, events } = await eventsDuring(server, () => register(manager, SITE));
      const client = registered(result);
      expect(events.map((event) => [event.type, event.client, event.account])).to.deep.equal([
        ['client.created', client, null],
        ['client.owner_added', client, manager.id],
      ]);
      expect(result).to.have.deep.nested.property('registration.resource_scopes', []);
      const shown = await doAs(server.app, actingAs(manager), clients.show, { client });
      expect(shown).to.have.deep.property('owners', [manager.id]);
    });

    it('registers nothing that an owner may not give, and says which member it is', async () => {
      for (const [metadata, member] of [
        [{ ...SITE, first_party: true }, 'first_party'],
        [{ ...SITE, introspect_any_token: true }, 'introspect_any_token'],
        [{ ...SITE, require_pkce: false }, 'require_pkce'],
        [{ ...SITE, admin_scopes: ['people:read'] }, 'admin_scopes'],
        [{ ...SERVICE, resource_scopes: ['records:read'] }, 'resource_scopes'],
        [
          { ...SITE, offline_access: true, grant_types: ['authorization_code', 'refresh_token'] },
          'offline_access',
        ],
      ] as const) {
        const refused = await server.app.administration
          .perform(clients.create, actingAs(manager), { metadata })
          .then(
            () => undefined,
            (error) => error,
          );
        expect([refused?.code, refused?.status], member).to.deep.equal(['client_privileges_refused', 403]);
        expect(refused.safeMessage).to.include(member);
      }
      expect(await register(manager, { client_name: 'X', ...SERVICE }, { preset: 'service' })).to.be.an(
        'object',
      );
    });

    it('changes what is theirs without giving it more; what others have given it stays', async () => {
      const client = registered(await register(manager, SITE));
      const update = (who: Account, metadata: Record<string, unknown>) =>
        doAs(server.app, actingAs(who), clients.update, { client, metadata });
      const own = { ...SITE, resource_scopes: [] };
      for (const more of [{ first_party: true }, { require_pkce: false }, { introspect_any_token: true }])
        expect(await update(manager, { ...own, ...more })).to.equal('client_privileges_refused');
      // Left out, it would mean the scopes of every service.
      expect(await update(manager, SITE)).to.equal('client_privileges_refused');
      expect(await update(manager, { ...own, client_name: 'Ours' })).to.be.an('object');
      await act(server.app, clients.update, { client, metadata: { ...own, first_party: true } });
      expect(await update(manager, { ...own, first_party: true, client_name: 'Mine' })).to.be.an('object');
      expect(await update(manager, own)).to.be.an('object');
      expect(await update(manager, { ...own, first_party: true })).to.equal('client_privileges_refused');
    });

    it('registers none where the right is limited to people', async () => {
      const other = await holder('application-manager', { unit: ids.north });
      expect(await register(other, SITE)).to.equal('not_permitted');
      const free = await holder('application-manager');
      const made = await register(free, { ...SITE, first_party: true });
      const client = registered(made);
      expect(await act(server.app, clients.listOwners, { client })).to.deep.equal({ owners: [] });
    });
  });
});
