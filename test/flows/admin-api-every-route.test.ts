import { randomBytes, randomUUID } from 'node:crypto';
import { expect } from 'chai';
import { breakGlass } from '../../src/administration/break-glass.ts';
import type { Account } from '../../src/domain/accounts/store.ts';
import { recipientOf } from '../../src/domain/mail/mails.ts';
import { type AdminClient, type Asks, adminClient } from '../support/admin-client.ts';
import { act } from '../support/administration.ts';
import { asFixture, fixture } from '../support/evidence/fixture.ts';
import { addApp } from '../support/factors.ts';
import { operationAt } from '../support/openapi.ts';
import { authorize, handClient } from '../support/protocol.ts';
import { WEB_CLIENT } from '../support/relying-party.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { UserAgent } from '../support/user-agent.ts';

type Json = Record<string, unknown>;

/** Every operation of the document is done once, as a person with every right does it. */
describe('every route of the API of administration', function everyRoute() {
  this.timeout(120_000);
  let server: TestServer;
  let api: AdminClient;
  let one: Asks;
  let other: Asks;
  const done = new Set<string>();

  before(async () => {
    server = await startTestServer({ settings: { FOUR_EYES: 'factors.issue_temporary_code' } });
    api = await adminClient(server);
    one = (await api.person()).ask;
    other = (await api.person()).ask;
  });
  after(() => server.stop());

  /** Asks, and notes the operation; fails on any answer but a success. */
  async function ok(method: string, path: string, body?: object, ask = one): Promise<Json> {
    const answer = await ask(method, path, body);
    expect(answer.status, `${method} ${path}: ${answer.text.slice(0, 300)}`).to.be.within(200, 299);
    const operation = operationAt(api.operations, method, String(path.split('?')[0]));
    done.add(String(operation?.id));
    return answer.body as Json;
  }
  const someone = (more: Partial<Account> = {}) => server.addAccount(more);
  const idIn = (body: Json, member = 'id') => encodeURIComponent(String(body[member]));
  const within = (body: Json, member: string) => body[member] as Json;

  it('does people, and what they have', async () => {
    const { id } = await someone();
    const path = `/people/${id}`;
    for (const list of ['/people', '/people-by-address?limit=5']) await ok('GET', list);
    await ok('POST', '/people/search', { text: 'pat' });
    await ok('POST', '/people-by-address/search', { limit: 5 });
    await ok('POST', '/people', { email: 'new@example.org', name: 'New' });
    for (const shown of ['', '/diagnosis', '/export', '/sessions', '/factors', '/devices', '/consents'])
      await ok('GET', `${path}${shown}`);
    await ok('PATCH', path, { name: 'Other' });
    for (const verb of ['disable', 'enable', 'unlock', 'end-sessions', 'require-password-change'])
      await ok('POST', `${path}/${verb}`, {});
    await ok('POST', `${path}/send-password-reset`, {});
    await ok('PUT', `${path}/roles`, { roles: ['nurse'], reason: 'ward' });
    await ok('PUT', `${path}/address`, { email: 'moved@example.org', reason: 'moved' });
    const withApp = await someone();
    // The last one cannot be removed.
    for (let count = 0; count < 2; count += 1) await addApp(server, withApp);
    const { factors: held } = await ok('GET', `/people/${withApp.id}/factors`);
    const [factor] = held as Json[];
    await ok('DELETE', `/people/${withApp.id}/factors/${idIn(factor ?? {})}?reason=lost`);
    await ok('POST', `/people/${withApp.id}/reset-factors`, { reason: 'lost' });
    await ok('POST', `/people/${(await someone()).id}/merge`, { into: id, reason: 'twice' });
    const { person } = await ok('POST', '/invitations', { email: 'invited@example.org', name: 'Invited' });
    await ok('POST', `/people/${idIn(person as Json)}/resend-invitation`, {});
    await ok('DELETE', `${path}?reason=left`);
    await ok('POST', '/imports/preview', { lines: [{ email: 'i@example.org', name: 'I' }] });
    await ok('GET', '/passwords/hashes');
    await ok('POST', '/passwords/signer-keys', { key: randomBytes(32).toString('base64') });
  });

  it('does sessions, devices and consents', async () => {
    const person = await someone();
    const client = handClient(server.issuer, await server.addClient({ ...WEB_CLIENT, first_party: true }));
    await authorize(new UserAgent(), client.authorizeUrl(), person);
    await fixture(
      server.app.database,
      `insert into trusted_devices (account_id, id_hash, created_at, expires_at)
       values ($1, sha256('x'::bytea), now(), now() + interval '1 day')`,
      [person.id],
    );
    await fixture(
      server.app.database,
      `insert into consents (account_id, client_id, granted, granted_at, updated_at)
       values ($1, $2, '{"scopes": ["openid"], "resources": {}}', now(), now())`,
      [person.id, client.id],
    );
    const path = `/people/${person.id}`;
    const first = async (list: string) => ((await ok('GET', `${path}/${list}`))[list] as Json[])[0] ?? {};
    await ok('DELETE', `/sessions/${idIn(await first('sessions'))}`);
    await ok('DELETE', `${path}/devices/${idIn(await first('devices'))}`);
    await ok('DELETE', `${path}/consents/${client.id}`);
  });

  it('does many people at once', async () => {
    const ids = Array.from({ length: 10_000 }, () => randomUUID());
    const tried = await ok('POST', '/bulk-jobs/preview', { act: 'unlock', ids });
    expect(tried).to.include({ people: 10_000 });
    const { id } = await ok('POST', '/bulk-jobs', { act: 'unlock', ids, reason: 'all of them' });
    await ok('GET', `/bulk-jobs/${id}`);
    await ok('GET', `/bulk-jobs/${id}/people`);
    await ok('POST', `/bulk-jobs/${id}/cancel`, {});
  });

  it('does clients, their secrets, owners and tokens, and resources', async () => {
    const metadata = { redirect_uris: ['https://c.example/callback'], client_name: 'C' };
    const { registration } = await ok('POST', '/clients', { metadata });
    const path = `/clients/${idIn(registration as Json, 'client_id')}`;
    await ok('GET', '/clients');
    await ok('POST', '/clients/search', { text: 'c' });
    await ok('GET', path);
    await ok('POST', `${path}/preview`, { metadata });
    await ok('PUT', path, { metadata: { ...metadata, client_name: 'D' } });
    await ok('GET', `${path}/problems?limit=5`);
    const { ending } = await ok('POST', `${path}/rotate-secret`, {});
    await ok('DELETE', `${path}/secrets/${idIn((ending as Json[])[0] ?? {})}`);
    await ok('PUT', `${path}/secret`, { secret: randomBytes(32).toString('hex') });
    const owner = await someone();
    await ok('POST', `${path}/owners`, { person: owner.id });
    await ok('GET', `${path}/owners`);
    await ok('POST', `${path}/test-sign-in`, {});
    await ok('DELETE', `${path}/owners/${owner.id}`);
    for (const verb of ['disable', 'enable']) await ok('POST', `${path}/${verb}`, {});
    await ok('DELETE', `${path}?reason=over`);
    const token = await ok('POST', '/registration-tokens', { name: 'T' });
    await ok('GET', '/registration-tokens');
    await ok('DELETE', `/registration-tokens/${idIn(token)}`);
    const identifier = 'https://records.example';
    const scopes = [{ name: 'records:read', description: 'Read' }];
    await ok('POST', '/resources', { identifier, name: 'Records', scopes });
    await ok('GET', '/resources');
    await ok('GET', `/resource?identifier=${encodeURIComponent(identifier)}`);
    await ok('PUT', '/resource', { identifier, name: 'Notes', scopes });
    await ok('DELETE', `/resource?identifier=${encodeURIComponent(identifier)}&reason=over`);
  });

  it('does groups', async () => {
    const { id } = await ok('POST', '/groups', { name: 'Ward 3' });
    const { id: person } = await someone();
    await ok('GET', '/groups');
    await ok('POST', '/groups/search', {});
    await ok('PATCH', `/groups/${id}`, { description: 'Those of ward 3' });
    await ok('POST', `/groups/${id}/members`, { person });
    await ok('GET', `/groups/${id}/members`);
    await ok('PUT', `/groups/${id}/roles`, { roles: ['nurse'], reason: 'they are nurses' });
    await ok('GET', `/groups/${id}`);
    await ok('DELETE', `/groups/${id}/members/${person}?reason=left`);
    await ok('DELETE', `/groups/${id}?reason=over`);
  });

  it('does configuration as code', async () => {
    const { document } = await ok('GET', '/config/export');
    expect(document).to.be.an('object');
    const declared = { gatehouse: 1, owner: 'team', units: { ward: { name: 'Declared' } } };
    const { hash } = await ok('POST', '/config/plan', { document: declared });
    await ok('POST', '/config/apply', { document: declared, plan: hash });
    await ok('GET', '/config/drift');
  });

  it('does units', async () => {
    const top = await ok('POST', '/units', { name: 'Top' });
    const { id } = await ok('POST', '/units', { name: 'Ward' });
    await ok('GET', '/units');
    await ok('GET', `/units/${id}`);
    await ok('PATCH', `/units/${id}`, { name: 'West' });
    await ok('POST', `/units/${id}/move`, { parent: top.id, reason: 'moved' });
    await ok('POST', `/people/${(await someone()).id}/unit`, { unit: top.id });
    await ok('DELETE', `/units/${id}`);
  });

  it('does what waits for a second person', async () => {
    const asked = async () => {
      const person = await someone();
      await addApp(server, person);
      return String((await ok('POST', `/people/${person.id}/access-code`, { reason: 'at home' })).approval);
    };
    const [approved, declined, withdrawn] = [await asked(), await asked(), await asked()];
    await ok('GET', '/approvals');
    await ok('GET', `/approvals/${approved}`);
    await ok('POST', `/approvals/${approved}/approve`, {}, other);
    await ok('POST', `/approvals/${approved}/result`, {});
    await ok('POST', `/approvals/${declined}/decline`, {}, other);
    await ok('POST', `/approvals/${withdrawn}/withdraw`, {});
  });

  it('does mail and notices', async () => {
    const to = await someone();
    const expiresAt = new Date(Date.now() + 3_600_000);
    const mails = await asFixture(server.app.database, async (tx) => {
      const model = { link: 'https://id.example/x', expiresAt };
      for (let count = 0; count < 2; count += 1)
        await server.app.mail.outbox.enqueue(tx, { kind: 'invitation', to: recipientOf(to), model });
      return tx.query<{ id: string }>(
        `update mail_outbox set state = 'dead', attempts = 3, finished_at = now() where account_id = $1 returning id`,
        [to.id],
      );
    });
    const { client_id: client } = await server.addClient(WEB_CLIENT);
    const notice = async () => {
      const id = randomUUID();
      await fixture(
        server.app.database,
        `insert into logout_deliveries (id, client_id, account_id, sid, uri, state, attempts, refusals, next_attempt_at, created_at,
           finished_at) values ($1, $2, $3, 's', 'https://c.example/', 'given_up', 3, 0, now(), now(), now())`,
        [id, client, to.id],
      );
      return id;
    };
    const first = await notice();
    await ok('GET', '/mail?limit=5');
    await ok('POST', '/mail/search', {});
    await ok('POST', `/mail/${mails[0]?.id}/bounce`, { reason: '4.2.2', permanent: false });
    await ok('POST', `/mail/${mails[0]?.id}/retry`, {});
    await ok('POST', '/mail/retry', {});
    await ok('POST', '/mail/test', { to: 'test@example.org' });
    await ok('GET', '/logout-notices?limit=5');
    await ok('POST', `/logout-notices/${first}/retry`, {});
    await notice();
    await ok('POST', '/logout-notices/retry', {});
  });

  it('does the audit trail', async () => {
    const { items } = await ok('GET', '/audit/events?limit=5&action=account.created');
    const event = idIn((items as Json[]).at(-1) ?? {});
    await ok('POST', '/audit/events/search', { limit: 5 });
    await ok('GET', `/audit/events/${event}`);
    await ok('GET', '/audit/follow');
    await ok('POST', '/audit/follow/search', {});
    while ((await server.app.audit.sealing.sealer.seal()).more);
    await ok('GET', `/audit/events/${event}/proof`);
    const [signed] = await server.app.database.query<{ size: string }>(
      'select min(size)::text as size from audit_checkpoints',
    );
    await ok('GET', `/audit/consistency?from=${signed?.size}`);
    await ok('GET', '/audit/export');
    await ok('POST', '/audit/check', {});
    const hold = await ok('POST', '/audit/holds', { reason: 'case 7' });
    await ok('GET', '/audit/holds');
    await ok('POST', `/audit/holds/${idIn(hold, 'hold')}/lift`, {});
    await ok('GET', '/audit/keys');
    await ok('POST', '/audit/keys/rotate', { reason: 'yearly' });
  });

  it('does keys, break-glass accounts and the installation', async () => {
    await ok('GET', '/keys');
    await ok('POST', '/keys/rotate', { reason: 'yearly' });
    const [sealed, used] = [
      await act(server.app, breakGlass.create, {}),
      await act(server.app, breakGlass.create, {}),
    ];
    await ok('GET', '/break-glass');
    await ok('GET', `/break-glass/${sealed.account}`);
    await ok('POST', `/break-glass/${sealed.account}/drill`, {});
    await ok('POST', `/break-glass/${sealed.account}/revoke`, {});
    await fixture(
      server.app.database,
      `update break_glass_accounts set used_at = now(), ends_at = now(), ended_at = now() where account = $1`,
      [used.account],
    );
    await ok('POST', `/break-glass/${used.account}/review`, { text: 'The relay was down for everybody.' });
    await ok('GET', '/system/settings');
    await ok('GET', '/system/status');
  });

  it('has been done', () => {
    expect(api.operations.map(({ id }) => id).filter((id) => !done.has(id))).to.deep.equal([]);
    expect(within(api.document, 'paths')).to.be.an('object');
  });
});
