import { randomUUID } from 'node:crypto';
import { expect } from 'chai';
import { clients } from '../../src/administration/clients/index.ts';
import { people } from '../../src/administration/people/index.ts';
import { units } from '../../src/administration/units/index.ts';
import type { RoleTerms } from '../../src/domain/accounts/role-terms.ts';
import type { Account } from '../../src/domain/accounts/store.ts';
import { actingAs, doAs, placed } from '../support/acting-people.ts';
import { act } from '../support/administration.ts';
import { eventsDuring } from '../support/protocol.ts';
import { WEB_CLIENT } from '../support/relying-party.ts';
import { startTestServer, type TestServer } from '../support/server.ts';

/** A chief of a site: everything about its people and units, and one role of applications to give. */
const ROLES = {
  chief: { acts: ['people.*', 'units.*', 'clients.*'], grants: ['nurse'] },
};

describe('rights that are limited to a unit', function limited() {
  this.timeout(60_000);
  let server: TestServer;
  let administrator: Account;
  let chief: Account;
  let nurse: Account;
  let stranger: Account;
  const ids = { north: '', ward: '', south: '', site: '' };

  before(async () => {
    server = await startTestServer({ settings: { ADMINISTRATION_ROLES: JSON.stringify(ROLES) } });
    const unit = async (name: string, parent?: string) =>
      (await act(server.app, units.create, { name, parent: parent ?? null })).id;
    ids.site = await unit('Site');
    ids.north = await unit('North', ids.site);
    ids.ward = await unit('Ward', ids.north);
    ids.south = await unit('South', ids.site);
  });
  after(() => server.stop());
  beforeEach(async () => {
    administrator = await server.addAccount({ roles: ['administrator'] });
    chief = await member(ids.north, ['chief'], { unit: ids.north });
    nurse = await member(ids.ward, ['nurse']);
    stranger = await member(ids.south, ['nurse']);
  });

  async function member(unit: string | undefined, roles: string[], limit?: Partial<RoleTerms>) {
    const account = await server.addAccount({ roles });
    const terms = limit === undefined ? [] : roles.map((role) => ({ role, owned: false, ...limit }));
    await placed(server.app, account.id, { ...(unit === undefined ? {} : { unit }), terms });
    return account;
  }
  const by = (who: Account) => actingAs(who);
  const found = (id: string) => server.app.accounts.store.findById(id);

  it('know of their units and those below alone, in pages', async () => {
    const all = await doAs(server.app, by(chief), units.list, { limit: 1 });
    expect(all).to.have.nested.property('items[0].name', 'North');
    expect(all).to.have.nested.property('items[0].parent', null);
    const { next } = all as { next: string };
    const rest = await doAs(server.app, by(chief), units.list, { limit: 1, cursor: next });
    expect(rest).to.have.nested.property('items[0].name', 'Ward');
    expect(rest).to.include({ next: null });
    const names = async (who: Account, parent: string) => {
      const page = await doAs(server.app, by(who), units.list, { parent, sort: '-name' });
      return typeof page === 'string' ? page : page.items.map(({ name }) => name);
    };
    expect(await names(chief, 'top')).to.deep.equal(['North']);
    expect(await names(chief, ids.site)).to.deep.equal(['North']);
    expect(await names(chief, ids.south)).to.deep.equal([]);
    expect(await names(administrator, 'top')).to.deep.equal(['Site']);
    expect(await names(administrator, ids.site)).to.deep.equal(['South', 'North']);
    // A cursor is whose it was made for.
    const stolen = await doAs(server.app, by(administrator), units.list, { limit: 1, cursor: next });
    expect(stolen).to.equal('cursor_invalid');
  });

  it('answer for other units as for those that are not there', async () => {
    for (const unit of [ids.south, ids.site, randomUUID(), 'none']) {
      expect(await doAs(server.app, by(chief), units.show, { unit })).to.equal('unit_unknown');
      expect(await doAs(server.app, by(chief), units.rename, { unit, name: 'Mine' })).to.equal(
        'unit_unknown',
      );
      expect(await doAs(server.app, by(chief), units.delete, { unit })).to.equal('unit_unknown');
      expect(await doAs(server.app, by(chief), units.move, { unit, parent: ids.north })).to.equal(
        'unit_unknown',
      );
      expect(await doAs(server.app, by(chief), units.create, { name: 'A', parent: unit })).to.equal(
        'unit_unknown',
      );
      expect(await doAs(server.app, by(chief), units.move, { unit: ids.ward, parent: unit })).to.equal(
        'unit_unknown',
      );
      expect(await doAs(server.app, by(chief), people.setUnit, { person: nurse.id, unit })).to.equal(
        'unit_unknown',
      );
      const terms = { chief: { unit } };
      const given = { person: nurse.id, roles: ['nurse', 'chief'], terms };
      expect(await doAs(server.app, by(chief), people.setRoles, given)).to.equal('unit_unknown');
    }
    expect(await doAs(server.app, by(chief), units.show, { unit: ids.ward })).to.include({
      name: 'Ward',
      parent: ids.north,
    });
  });

  it('do not climb: nothing is put at the top, and what is theirs is not taken out of it', async () => {
    expect(await doAs(server.app, by(chief), units.create, { name: 'Top' })).to.equal('not_permitted');
    expect(await doAs(server.app, by(chief), units.create, { name: 'Top', parent: null })).to.equal(
      'not_permitted',
    );
    expect(await doAs(server.app, by(chief), units.move, { unit: ids.ward, parent: null })).to.equal(
      'not_permitted',
    );
    expect(await doAs(server.app, by(chief), units.move, { unit: ids.north, parent: ids.ward })).to.equal(
      'not_permitted',
    );
    expect(await doAs(server.app, by(chief), people.setUnit, { person: nurse.id, unit: null })).to.equal(
      'not_permitted',
    );
    const made = await doAs(server.app, by(chief), units.create, { name: randomUUID(), parent: ids.ward });
    expect(made).to.have.property('parent', ids.ward);
  });

  it('move people between their units alone, and nobody else', async () => {
    const { events, result } = await eventsDuring(server, () =>
      doAs(server.app, by(chief), people.setUnit, { person: nurse.id, unit: ids.north }),
    );
    expect(result).to.deep.include({ changed: true });
    expect(events.map(({ type, account, details }) => ({ type, account, details }))).to.deep.equal([
      {
        type: 'account.unit_changed',
        account: nurse.id,
        details: { before: { unit: ids.ward }, after: { unit: ids.north } },
      },
    ]);
    expect((await found(nurse.id))?.version).to.equal(nurse.version + 1);
    const nobodys = await member(undefined, []);
    for (const { id } of [stranger, nobodys])
      expect(await doAs(server.app, by(chief), people.setUnit, { person: id, unit: ids.north })).to.equal(
        'account_unknown',
      );
    expect(await doAs(server.app, by(chief), people.setUnit, { person: chief.id, unit: ids.ward })).to.equal(
      'own_rights',
    );
  });

  it('need a reason and a fresh proof for moving an administrator, and for giving a role', async () => {
    const colleague = await member(ids.ward, ['chief'], { unit: ids.ward });
    const silent = actingAs(chief, { reason: undefined });
    const stale = actingAs(chief, { provenAt: new Date(Date.now() - 301_000) });
    for (const [who, code] of [
      [silent, 'reason_required'],
      [stale, 'insufficient_user_authentication'],
    ] as const) {
      const move = { person: colleague.id, unit: ids.north };
      expect(await doAs(server.app, who, people.setUnit, move)).to.equal(code);
      const give = { person: nurse.id, roles: ['nurse', 'chief'], terms: { chief: { unit: ids.ward } } };
      expect(await doAs(server.app, who, people.setRoles, give)).to.equal(code);
      expect(await doAs(server.app, who, people.setUnit, { person: nurse.id, unit: ids.ward })).to.be.an(
        'object',
      );
      expect(await doAs(server.app, who, people.setRoles, { person: nurse.id, roles: [] })).to.be.an(
        'object',
      );
      await placed(server.app, nurse.id, { unit: ids.ward });
      await doAs(server.app, by(administrator), people.setRoles, { person: nurse.id, roles: ['nurse'] });
    }
  });

  it('give nothing that they do not have, however it is asked for', async () => {
    const give = (roles: string[], terms = {}, person = nurse) =>
      doAs(server.app, by(chief), people.setRoles, { person: person.id, roles, terms });
    expect(await give(['nurse', 'administrator'])).to.equal('grant_refused');
    expect(await give(['nurse', 'administrator'], { administrator: { unit: ids.ward } })).to.equal(
      'grant_refused',
    );
    expect(await give(['nurse', 'doctor'])).to.equal('grant_refused');
    expect(await give(['nurse', 'chief'])).to.equal('grant_refused');
    expect(await give(['nurse', 'chief'], { chief: { owned: true } })).to.equal('grant_refused');
    expect(await give(['administrator'], {}, chief)).to.equal('own_rights');
    expect(await give([], {}, chief)).to.equal('own_rights');
    expect(await give(['chief'], { chief: {} }, chief)).to.equal('own_rights');
    expect(await give(['administrator'], {}, stranger)).to.equal('account_unknown');
    expect((await found(nurse.id))?.roles).to.deep.equal(['nurse']);
    const until = new Date(Date.now() + 60_000);
    const terms = { chief: { unit: ids.ward, until: until.toISOString() } };
    const { events, result } = await eventsDuring(server, () => give(['nurse', 'chief'], terms));
    const told = { role: 'chief', unit: ids.ward, owned: false, until };
    expect(result).to.deep.include({ added: ['chief'], terms: [told] });
    expect(events[0]?.details).to.deep.equal({
      added: ['chief'],
      removed: [],
      before: { roles: ['nurse'], terms: [] },
      after: { roles: ['nurse', 'chief'], terms: [{ ...told, until: until.toISOString() }] },
    });
    expect(await act(server.app, people.show, { person: nurse.id })).to.deep.include({
      unit: ids.ward,
      terms: [told],
    });
    // The limit of what was given is not lifted by who has a limit.
    expect(await give(['nurse', 'chief'], { chief: {} })).to.equal('grant_refused');
    expect(await give(['nurse', 'chief'])).to.deep.include({ changed: false });
  });

  it('take nothing from whoever has more', async () => {
    const visiting = await member(ids.north, ['administrator', 'nurse']);
    const set = (roles: string[]) =>
      doAs(server.app, by(chief), people.setRoles, { person: visiting.id, roles });
    expect(await set([])).to.equal('grant_refused');
    expect(await set(['nurse'])).to.equal('grant_refused');
    expect(await set(['administrator'])).to.deep.include({ removed: ['nurse'] });
  });

  it('give nothing by making people either', async () => {
    const unlimited = await member(undefined, ['chief']);
    const make = (who: Account, roles: string[]) =>
      doAs(server.app, by(who), people.create, { email: `${randomUUID()}@example.org`, name: 'New', roles });
    expect(await make(unlimited, ['administrator'])).to.equal('grant_refused');
    expect(await make(unlimited, ['nurse', 'doctor'])).to.equal('grant_refused');
    expect(await make(unlimited, ['nurse'])).to.be.an('object');
  });

  it('end in the moment in which they are taken, also fifty at once', async () => {
    const many = await Promise.all(Array.from({ length: 25 }, () => member(ids.ward, ['nurse'])));
    const outcomes = await Promise.all([
      act(server.app, people.setRoles, { person: chief.id, roles: [] }),
      ...many.map(({ id }) => doAs(server.app, by(chief), people.setUnit, { person: id, unit: ids.north })),
    ]);
    expect(outcomes).to.have.length(26);
    for (const { id } of many)
      expect(await doAs(server.app, by(chief), people.setUnit, { person: id, unit: ids.ward })).to.equal(
        'not_permitted',
      );
  });

  it('do not delete a unit under somebody who comes into it at the same moment', async () => {
    for (let round = 0; round < 10; round += 1) {
      const { id } = await act(server.app, units.create, { name: randomUUID(), parent: ids.ward });
      const [moved, deleted] = await Promise.all([
        doAs(server.app, by(administrator), people.setUnit, { person: nurse.id, unit: id }),
        doAs(server.app, by(administrator), units.delete, { unit: id }),
      ]);
      const { unit } = await act(server.app, people.show, { person: nurse.id });
      if (typeof deleted === 'string') expect([deleted, unit]).to.deep.equal(['unit_in_use', id]);
      else expect([moved, unit === id]).to.deep.equal(['unit_unknown', false]);
    }
  });

  it('make no circle of two units that are moved below each other at once', async () => {
    for (let round = 0; round < 10; round += 1) {
      const [one, other] = [
        await act(server.app, units.create, { name: randomUUID() }),
        await act(server.app, units.create, { name: randomUUID() }),
      ];
      const codes = await Promise.all([
        doAs(server.app, by(administrator), units.move, { unit: one.id, parent: other.id }),
        doAs(server.app, by(administrator), units.move, { unit: other.id, parent: one.id }),
      ]);
      expect(codes.filter((code) => code === 'unit_in_itself')).to.have.length(1);
    }
  });

  it('reach the clients of their owner, and pass on no other', async () => {
    const owner = await member(undefined, ['application-manager'], { owned: true });
    const [own, others] = [await server.addClient(WEB_CLIENT), await server.addClient(WEB_CLIENT)];
    const [mine, theirs] = [String(own.client_id), String(others.client_id)];
    const add = (who: Account, client: string, person: Account) =>
      doAs(server.app, by(who), clients.addOwner, { client, person: person.id });
    expect(await add(owner, mine, owner)).to.equal('client_unknown');
    const { events } = await eventsDuring(server, () => add(administrator, mine, owner));
    expect(
      events.map(({ type, client, account, details }) => [type, client, account, details]),
    ).to.deep.equal([
      ['client.owner_added', mine, owner.id, { before: { owners: [] }, after: { owners: [owner.id] } }],
    ]);
    expect(await add(owner, mine, stranger)).to.deep.include({ changed: true });
    expect(await add(owner, mine, stranger)).to.deep.include({ changed: false });
    expect(await doAs(server.app, by(owner), clients.listOwners, { client: theirs })).to.equal(
      'client_unknown',
    );
    const listed = await doAs(server.app, by(owner), clients.listOwners, { client: mine });
    expect(listed).to.have.nested.property('owners.length', 2);
    const removed = await doAs(server.app, by(owner), clients.removeOwner, {
      client: mine,
      person: owner.id,
    });
    expect(removed).to.deep.include({ changed: true });
    expect(await add(owner, mine, owner)).to.equal('client_unknown');
    await act(server.app, people.delete, { person: stranger.id });
    expect(await server.app.clients.owners.of(server.app.database, mine)).to.deep.equal([]);
  });
});
