import { expect } from 'chai';
import type { PersonActor } from '../../src/administration/actor.ts';
import { clients } from '../../src/administration/clients/index.ts';
import { KINDS, kindIn, kindOf } from '../../src/domain/clients/kinds.ts';
import { act } from '../support/administration.ts';
import { fixture } from '../support/evidence/fixture.ts';
import { startTestServer, type TestServer } from '../support/server.ts';

const at = (id: string, more: object = {}) => ({
  client_id: id,
  redirect_uris: [`https://${id}.example/callback`],
  ...more,
});
const SERVICE = { grant_types: ['client_credentials'], redirect_uris: [], response_types: [] };

/** Lists of clients, as an operator and as somebody who may only see their own. */
describe('lists of clients', function lists() {
  this.timeout(60_000);
  let server: TestServer;
  let manager: PersonActor;
  let other: string;

  const actorOf = (accountId: string, more: Partial<PersonActor> = {}): PersonActor => ({
    ...{ kind: 'person', accountId, sessionId: 's', level: 'aal2', provenAt: new Date(), origin: {} },
    scopes: ['clients:read', 'clients:write'],
    ...more,
  });
  const addOwner = (client: string, account: string) =>
    fixture(server.app.database, 'insert into client_owners values ($1, $2, now())', [client, account]);
  const list = (input: Parameters<typeof clients.list.perform>[2] = {}) =>
    act(server.app, clients.list, input).then(({ items }) => items.map(({ id }) => id));

  before(async () => {
    server = await startTestServer();
    const { id } = await server.addAccount({ roles: ['application-manager'] });
    await fixture(
      server.app.database,
      'insert into account_role_terms (account, role, owned) values ($1, $2, true)',
      [id, 'application-manager'],
    );
    manager = actorOf(id);
    other = (await server.addAccount()).id;
    for (const metadata of [
      at('board', { client_name: 'Ward board' }),
      at('rooms', { client_name: 'Raum_planer', token_endpoint_auth_method: 'none' }),
      { ...SERVICE, client_id: 'export', client_name: '100% nightly' },
      at('pager', {
        ...{ application_type: 'native', token_endpoint_auth_method: 'none' },
        redirect_uris: ['http://127.0.0.1/callback'],
      }),
      at('zeta', { client_name: 'Alpha' }),
    ])
      await server.addClient(metadata);
    await act(server.app, clients.disable, { client: 'zeta' });
    await addOwner('board', manager.accountId);
    await addOwner('rooms', manager.accountId);
    await addOwner('rooms', other);
  });
  after(() => server.stop());

  it('say what kind each is, who answers for it, and nothing of a secret', async () => {
    const { items, next } = await act(server.app, clients.list, {});
    expect(next).to.equal(null);
    expect(items.map(({ id, name, kind, status }) => [id, name, kind, status])).to.deep.equal([
      ['board', 'Ward board', 'web', 'active'],
      ['export', '100% nightly', 'service', 'active'],
      ['pager', null, 'native', 'active'],
      ['rooms', 'Raum_planer', 'single-page', 'active'],
      ['zeta', 'Alpha', 'web', 'disabled'],
    ]);
    const rooms = items.find(({ id }) => id === 'rooms');
    expect([...(rooms?.owners ?? [])].sort()).to.deep.equal([manager.accountId, other].sort());
    expect(JSON.stringify(items)).to.not.match(/digest|client_secret"/u);
  });

  it('are filtered by each', async () => {
    expect(await list({ text: 'wARD' })).to.deep.equal(['board']);
    expect(await list({ text: 'boa' })).to.deep.equal(['board']);
    expect(await list({ text: 'oard' })).to.deep.equal([]);
    expect(await list({ text: 'night' })).to.deep.equal(['export']);
    expect(await list({ text: '%' })).to.deep.equal([]);
    expect(await list({ text: '100%' })).to.deep.equal(['export']);
    expect(await list({ text: 'raum_' })).to.deep.equal(['rooms']);
    expect(await list({ text: "' or true --" })).to.deep.equal([]);
    expect(await list({ kind: 'service' })).to.deep.equal(['export']);
    expect(await list({ kind: 'device' })).to.deep.equal([]);
    expect(await list({ status: 'disabled' })).to.deep.equal(['zeta']);
    expect(await list({ owner: other })).to.deep.equal(['rooms']);
    expect(await list({ owner: other, kind: 'web' })).to.deep.equal([]);
    await server.app.clients.useStore.write([{ client: 'board', at: new Date(Date.now() + 3_600_000) }], []);
    const soon = new Date(Date.now() + 1_800_000).toISOString();
    expect(await list({ unusedSince: soon })).to.deep.equal(['export', 'pager', 'rooms', 'zeta']);
    expect(await list({ unusedSince: '2020-01-01T00:00:00Z' })).to.deep.equal([]);
  });

  for (const [sort, expected] of [
    ['id', ['board', 'export', 'pager', 'rooms', 'zeta']],
    ['-id', ['zeta', 'rooms', 'pager', 'export', 'board']],
    ['name', ['export', 'zeta', 'pager', 'rooms', 'board']],
    ['-created', ['zeta', 'pager', 'export', 'rooms', 'board']],
  ] as const) {
    it(`come in pages by ${sort}, each once, with as many statements for one as for many`, async () => {
      const found: string[] = [];
      let cursor: string | undefined;
      do {
        const page = await act(server.app, clients.list, { sort, limit: 2, cursor });
        found.push(...page.items.map(({ id }) => id));
        cursor = page.next ?? undefined;
      } while (cursor !== undefined);
      expect(found).to.deep.equal(expected);
    });
  }

  it('show to whom the right is limited only their own, filtered before the page is counted', async () => {
    const { administration } = server.app;
    const first = await administration.perform(clients.list, manager, { limit: 1 });
    expect(first.items.map(({ id }) => id)).to.deep.equal(['board']);
    const second = await administration.perform(clients.list, manager, {
      limit: 1,
      cursor: String(first.next),
    });
    expect([second.items.map(({ id }) => id), second.next]).to.deep.equal([['rooms'], null]);
    const beyond = await administration.perform(clients.list, manager, { kind: 'service' });
    expect(beyond.items).to.deep.equal([]);
  });

  it('take no cursor of somebody else, of another filter, or of nobody', async () => {
    const { next } = await act(server.app, clients.list, { limit: 1 });
    const { administration } = server.app;
    for (const [actor, input] of [
      [manager, { cursor: String(next) }],
      [manager, { cursor: 'AAAA' }],
    ] as const) {
      const code = await administration.perform(clients.list, actor, input).catch((error) => error.code);
      expect(code).to.equal('cursor_invalid');
    }
    const code = await act(server.app, clients.list, { cursor: String(next), status: 'active' }).catch(
      (error) => error.code,
    );
    expect(code).to.equal('cursor_invalid');
  });

  it('are refused without a role, a scope or a second factor', async () => {
    const { administration } = server.app;
    const asked = (actor: PersonActor) =>
      administration.perform(clients.list, actor, {}).then(
        () => 'done',
        ({ code }) => code,
      );
    expect(await asked(actorOf(other))).to.equal('not_permitted');
    expect(await asked({ ...manager, scopes: ['people:read'] })).to.equal('not_permitted');
    expect(await asked({ ...manager, level: 'aal1' })).to.equal('insufficient_user_authentication');
  });

  it('of others, no act tells that they are there: 404, as of one that is not', async () => {
    const { administration } = server.app;
    const input = { client: 'export' };
    const tried = [
      administration.perform(clients.show, manager, input),
      administration.perform(clients.problems, manager, { ...input, limit: 1 }),
      administration.perform(clients.disable, manager, input),
      administration.perform(clients.enable, manager, input),
      administration.perform(clients.rotateSecret, manager, input),
      administration.perform(clients.endSecret, manager, { ...input, secret: '1' }),
      administration.perform(clients.delete, manager, input),
      administration.perform(clients.update, manager, { metadata: { ...SERVICE, client_id: 'export' } }),
      administration.perform(clients.update, manager, { client: 'export', metadata: SERVICE }),
      administration.perform(clients.previewUpdate, manager, { client: 'export', metadata: SERVICE }),
    ];
    for (const work of tried) {
      const error = await (work as Promise<unknown>).then(
        () => undefined,
        (thrown) => thrown,
      );
      expect([error?.status, error?.code, error?.safeMessage]).to.deep.equal([
        404,
        'client_unknown',
        'There is no client "export".',
      ]);
    }
    const confused = { client: 'board', metadata: { ...SERVICE, client_id: 'export' } };
    const code = await administration.perform(clients.update, manager, confused).catch((error) => error.code);
    expect(code).to.equal('client_unknown');
    expect(await administration.perform(clients.show, manager, { client: 'board' })).to.include({
      id: 'board',
    });
    await administration.perform(clients.create, manager, { metadata: at('own') });
    expect((await administration.perform(clients.list, manager, {})).items.map(({ id }) => id)).to.include(
      'own',
    );
  });

  it('tell the same kind in SQL as elsewhere', async () => {
    const device = { grant_types: ['urn:ietf:params:oauth:grant-type:device_code'], response_types: [] };
    for (const metadata of [
      ...[{}, SERVICE, device, { application_type: 'native' }, { token_endpoint_auth_method: 'none' }],
      ...[
        { application_type: 'native', response_types: [] },
        { grant_types: 'x', response_types: 'y' },
      ],
    ]) {
      const [row] = await server.app.database.query<{ kind: string }>(
        `select ${kindIn('metadata')} as kind from (select $1::jsonb as metadata) as given`,
        [JSON.stringify(metadata)],
      );
      expect(row?.kind, JSON.stringify(metadata))
        .to.equal(kindOf(metadata))
        .and.be.oneOf([...KINDS]);
    }
  });
});
