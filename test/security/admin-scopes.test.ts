import { expect } from 'chai';
import type { PersonActor } from '../../src/administration/actor.ts';
import { clients } from '../../src/administration/clients/index.ts';
import { ADMIN_SCOPES } from '../../src/domain/clients/admin-scopes.ts';
import { asFixture } from '../support/evidence/fixture.ts';
import { WEB_CLIENT } from '../support/relying-party.ts';
import { startTestServer, type TestServer } from '../support/server.ts';

const SERVICE = { grant_types: ['client_credentials'], redirect_uris: [], response_types: [] };

/** By a client of their own nobody gets what they may not do themselves. */
describe('admin_scopes', function adminScopes() {
  this.timeout(60_000);
  let server: TestServer;

  before(async () => {
    server = await startTestServer();
  });
  after(() => server.stop());

  const having = async (role: string, scopes: readonly string[] = ADMIN_SCOPES): Promise<PersonActor> => ({
    kind: 'person',
    accountId: (await server.addAccount({ roles: [role] })).id,
    sessionId: 'a session',
    level: 'aal2',
    provenAt: new Date(),
    reason: 'a test',
    scopes,
    origin: { ip: '192.0.2.1' },
  });
  const outcome = (work: Promise<unknown>) =>
    work.then(
      () => 'done',
      (error) => error.code,
    );
  const create = (actor: PersonActor, metadata: object) =>
    server.app.administration.perform(clients.create, actor, { metadata: { ...SERVICE, ...metadata } });

  it('are given with what the giver holds, by roles and by token', async () => {
    const administrator = await having('administrator');
    expect(await outcome(create(administrator, { admin_scopes: [...ADMIN_SCOPES] }))).to.equal('done');
    const narrow = { ...administrator, scopes: ['clients:write'] };
    expect(await outcome(create(narrow, { admin_scopes: ['people:write'] }))).to.equal(
      'admin_scopes_not_held',
    );
    const manager = await having('application-manager');
    expect(await outcome(create(manager, {}))).to.equal('done');
    expect(await outcome(create(manager, { admin_scopes: ['people:write'] }))).to.equal(
      'admin_scopes_not_held',
    );
  });

  it('keep whoever lacks them from a client that has them: its metadata and its secrets', async () => {
    const client = await server.addClient({ ...SERVICE, admin_scopes: ['people:write'] });
    const manager = await having('application-manager');
    const id = String(client.client_id);
    const perform = server.app.administration.perform;
    const metadata = { ...SERVICE, client_id: id, client_name: 'Mine', admin_scopes: ['people:write'] };
    expect(await outcome(perform(clients.update, manager, { metadata }))).to.equal('admin_scopes_not_held');
    const secret = perform(clients.rotateSecret, manager, { client: id });
    expect(await outcome(secret)).to.equal('admin_scopes_not_held');
    const { admin_scopes: _given, ...without } = metadata;
    expect(await outcome(perform(clients.update, manager, { metadata: without }))).to.equal('done');
    expect(await outcome(perform(clients.rotateSecret, manager, { client: id }))).to.equal('done');
    const back = perform(clients.update, manager, { metadata });
    expect(await outcome(back)).to.equal('admin_scopes_not_held');
  });

  it('are judged by the roles of this moment', async () => {
    const actor = await having('administrator');
    await asFixture(server.app.database, (tx) =>
      tx.query(`update accounts set roles = '{application-manager}' where id = $1`, [actor.accountId]),
    );
    expect(await outcome(create(actor, { admin_scopes: ['people:read'] }))).to.equal('admin_scopes_not_held');
  });

  it('are told in the trail where they change', async () => {
    const { client_id: id } = await server.addClient({ ...WEB_CLIENT, admin_scopes: ['audit:read'] });
    const rows = await server.app.database.query<{ given: unknown }>(
      `select details -> 'after' -> 'admin_scopes' as given from audit_events
       where type = 'client.created' and client = $1`,
      [id],
    );
    expect(rows).to.deep.equal([{ given: ['audit:read'] }]);
  });
});
