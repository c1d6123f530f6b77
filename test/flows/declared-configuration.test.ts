import { expect } from 'chai';
import { clients } from '../../src/administration/clients/index.ts';
import { config } from '../../src/administration/configuration/index.ts';
import { groups } from '../../src/administration/groups/index.ts';
import { resources } from '../../src/administration/resources.ts';
import { units } from '../../src/administration/units/index.ts';
import { act, OPERATOR } from '../support/administration.ts';
import { applyAt, documentOf, exportedFrom, planAt, SECRET } from '../support/declared.ts';
import { auditTrail } from '../support/protocol.ts';
import { startTestServer, type TestServer } from '../support/server.ts';

const BOARD = {
  metadata: { client_name: 'Ward board', redirect_uris: ['https://board.example/callback'] },
  secret: { env: 'BOARD_SECRET' },
};
const RECORDS = {
  name: 'Records',
  scopes: ['records:read', { name: 'records:write', description: 'Change records' }],
};
const FIRST = documentOf({
  clients: { board: BOARD },
  resources: { 'https://records.example': RECORDS },
  groups: { nurses: { name: 'Nurses', description: 'On the wards', roles: ['nurse'] } },
  units: { north: { name: 'North' }, ward: { name: 'Ward 1', parent: 'north' } },
});

const stepsOf = ({ steps }: { steps: readonly { act: string; key: string }[] }) =>
  steps.map(({ act: name, key }) => `${name} ${key}`);

describe('configuration that is declared', function declared() {
  this.timeout(60_000);
  let server: TestServer;

  before(async () => {
    server = await startTestServer();
  });
  after(() => server.stop());

  it('is planned in an order in which each finds what it needs, and nothing is changed by that', async () => {
    const plan = await planAt(server, FIRST);
    expect(stepsOf(plan)).to.deep.equal([
      'units.create north',
      'units.create ward',
      'resources.create https://records.example',
      'groups.create nurses',
      'clients.create board',
      'clients.set_secret board',
    ]);
    expect(plan.secrets).to.deep.equal(['board']);
    expect((await act(server.app, units.list, {})).items).to.deep.equal([]);
    expect(await planAt(server, FIRST)).to.deep.equal(plan);
  });

  it('is applied as it was planned, with the secret that the command has found', async () => {
    const done = await applyAt(server, FIRST);
    expect(done).to.deep.include({ outcome: 'applied', left: 0, failure: null });
    expect(done.done.length).to.equal(6);
    const { items } = await act(server.app, units.list, {});
    expect(items.map(({ name }) => name)).to.have.members(['North', 'Ward 1']);
    const shown = await act(server.app, clients.show, { client: 'board' });
    expect(shown.secrets.length).to.equal(1);
    const token = await fetch(`${server.issuer}/token`, {
      method: 'POST',
      headers: { authorization: `Basic ${btoa(`board:${SECRET}`)}` },
      body: new URLSearchParams({
        grant_type: 'authorization_code',
        code: 'none',
        redirect_uri: 'https://board.example/callback',
      }),
    });
    expect(await token.json()).to.include({ error: 'invalid_grant' });
  });

  it('is what is there then: nothing is left to do, and applying it again writes nothing', async () => {
    const plan = await planAt(server, FIRST);
    expect([plan.steps, plan.adopts, plan.settings]).to.deep.equal([[], [], []]);
    const before = (await auditTrail(server)).length;
    expect(await applyAt(server, FIRST)).to.deep.include({ outcome: 'applied', done: [] });
    expect((await auditTrail(server)).length).to.equal(before);
  });

  it('is exported as it was declared, and that has nothing to change', async () => {
    const document = await exportedFrom(server);
    expect(document.clients).to.deep.include({
      board: {
        ...BOARD,
        metadata: {
          ...BOARD.metadata,
          ...(document.clients as never as { board: typeof BOARD }).board.metadata,
        },
      },
    });
    expect(document.units).to.deep.equal({
      north: { name: 'North' },
      ward: { name: 'Ward 1', parent: 'north' },
    });
    expect(stepsOf(await planAt(server, document))).to.deep.equal([]);
  });

  it('tells no secret, in no plan, no event and no stored document', async () => {
    const { app } = server;
    const stored = await app.database.query('select row_to_json(d) from declared_documents d');
    const objects = await app.database.query('select row_to_json(d) from declared_objects d');
    const told = JSON.stringify([stored, objects, await auditTrail(server), await planAt(server, FIRST)]);
    expect(told).to.include('BOARD_SECRET').and.not.to.include(SECRET);
  });

  it('is changed by the acts that there are, each with its event', async () => {
    const second = documentOf({
      clients: {
        board: {
          metadata: { ...BOARD.metadata, client_name: 'Board' },
          secret: { env: 'BOARD_SECRET', version: 2 },
          status: 'disabled',
        },
      },
      resources: { 'https://records.example': { ...RECORDS, tokenSeconds: 300 } },
      groups: { nurses: { name: 'Nursing', roles: ['nurse', 'ward'] } },
      units: {
        north: { name: 'North site' },
        south: { name: 'South' },
        ward: { name: 'Ward 1', parent: 'south' },
      },
    });
    const before = (await auditTrail(server)).length;
    const done = await applyAt(server, second, {
      actor: { ...OPERATOR, reason: 'moved' },
      secret: `${SECRET}-2`,
    });
    expect(done.failure).to.equal(null);
    expect(done.done.map(({ act: name }) => name)).to.deep.equal([
      'units.rename',
      'units.create',
      'units.move',
      'resources.update',
      'groups.update',
      'groups.set_roles',
      'clients.update',
      'clients.set_secret',
      'clients.disable',
    ]);
    const types = (await auditTrail(server)).slice(before).map(({ type }) => type);
    expect(types).to.deep.equal([
      'config.apply_started',
      'unit.changed',
      'unit.created',
      'unit.changed',
      'resource.updated',
      'group.changed',
      'group.roles_changed',
      'client.updated',
      'client.secret_rotated',
      'client.disabled',
      'config.applied',
    ]);
    expect((await act(server.app, clients.show, { client: 'board' })).secrets.length).to.equal(2);
    expect(stepsOf(await planAt(server, second))).to.deep.equal([]);
  });

  it('reports what is declared no more, deletes it only where that is asked for, and deletions come last', async () => {
    const rest = documentOf({ units: { south: { name: 'South' } } });
    const plan = await planAt(server, rest);
    expect(stepsOf(plan)).to.deep.equal([]);
    expect(plan.undeclared.map(({ kind, key }) => `${kind}.${key}`)).to.have.members([
      'units.north',
      'units.ward',
      'resources.https://records.example',
      'groups.nurses',
      'clients.board',
    ]);
    await applyAt(server, rest);
    expect((await planAt(server, rest)).undeclared.length).to.equal(5);
    const actor = { ...OPERATOR, reason: 'not used any more' };
    const done = await applyAt(server, rest, { undeclared: 'delete', actor });
    expect(done.failure).to.equal(null);
    expect(done.done.map(({ act: name }) => name)).to.deep.equal([
      'clients.delete',
      'groups.delete',
      'resources.delete',
      'units.delete',
      'units.delete',
    ]);
    expect((await planAt(server, rest)).undeclared).to.deep.equal([]);
  });

  it('takes over what is there, and says so; what belongs to another document is a conflict', async () => {
    const { id } = await act(server.app, units.create, { name: 'East' });
    await act(server.app, resources.create, {
      identifier: 'urn:east',
      name: 'East',
      scopes: [{ name: 'east' }],
    });
    await act(server.app, groups.create, { name: 'East team' });
    const document = documentOf({
      owner: 'east',
      units: { east: { name: 'East' } },
      resources: { 'urn:east': { name: 'East', scopes: ['east'] } },
      groups: { team: { name: 'east  TEAM' } },
    });
    const plan = await planAt(server, document);
    expect(plan.adopts.map(({ key }) => key)).to.deep.equal(['east', 'urn:east', 'team']);
    expect(stepsOf(plan)).to.deep.equal(['groups.update team']);
    expect((await applyAt(server, document)).adopted.length).to.equal(3);
    const other = documentOf({ owner: 'west', units: { mine: { name: 'East' } } });
    const error = await planAt(server, other).catch((thrown) => thrown);
    expect(error).to.include({ code: 'declared_elsewhere', status: 409 });
    expect(error.safeMessage).to.contain('units.mine: belongs to the document "east"');
    expect((await exportedFrom(server, { owner: 'west' })).units).to.deep.equal(undefined);
    // Released, it is anybody's.
    await applyAt(server, documentOf({ owner: 'east' }), { undeclared: 'release' });
    expect((await applyAt(server, other)).adopted).to.deep.equal([{ kind: 'units', key: 'mine' }]);
    expect((await act(server.app, units.show, { unit: id })).name).to.equal('East');
  });

  it('is told to plan again where the document or the state is another', async () => {
    const document = documentOf({ owner: 'again', units: { one: { name: 'One' }, two: { name: 'Two' } } });
    const { hash } = await planAt(server, document);
    const other = documentOf({ owner: 'again', units: { one: { name: 'Uno' }, two: { name: 'Two' } } });
    const refused = async (given: Parameters<typeof planAt>[1], plan: string) =>
      expect(await applyAt(server, given, { plan }).catch((error) => error)).to.include({
        code: 'plan_outdated',
        status: 409,
      });
    await refused(other, hash);
    await act(server.app, units.create, { name: 'Two' });
    await refused(document, hash);
    await refused(document, '0'.repeat(64));
    const { steps } = await planAt(server, document);
    expect(steps.map(({ key }) => key)).to.deep.equal(['one']);
  });

  it('stops at what is refused, says what was done, and goes on with the same plan', async () => {
    const nested = { a: { name: 'A' }, b: { name: 'B', parent: 'a' } };
    const wrong = documentOf({
      owner: 'stops',
      units: nested,
      clients: {
        idle: { metadata: { grant_types: ['client_credentials'], redirect_uris: [] }, secret: { file: 'x' } },
      },
    });
    const { hash } = await planAt(server, wrong);
    // Somebody makes the client in between two steps.
    const { database } = server.app;
    await database.query('select 1');
    const first = await server.app.administration
      .perform(config.apply, OPERATOR, { document: wrong, plan: hash, secrets: {} })
      .catch((error) => error);
    expect(first).to.include({ code: 'input_invalid' });
    expect(
      (await act(server.app, units.list, { parent: 'top' })).items.map(({ name }) => name),
    ).not.to.include('A');
    const done = await applyAt(server, wrong, { plan: hash });
    expect(done.outcome).to.equal('applied');
    // The answer was lost, and the same is asked for once more.
    expect(await applyAt(server, wrong, { plan: hash })).to.deep.include({ outcome: 'applied', done: [] });
    // What was undone since is another plan's.
    await act(server.app, clients.disable, { client: 'idle' });
    expect(await applyAt(server, wrong, { plan: hash }).catch((error) => error)).to.include({
      code: 'plan_outdated',
    });
  });
});
