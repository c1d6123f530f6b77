import { expect } from 'chai';
import { people } from '../../src/administration/people/index.ts';
import { type AdminClient, type Asks, adminClient } from '../support/admin-client.ts';
import { act } from '../support/administration.ts';
import { startTestServer, type TestServer } from '../support/server.ts';

describe('the API of administration', function adminApi() {
  this.timeout(60_000);
  let server: TestServer;
  let api: AdminClient;
  let program: Asks;

  before(async () => {
    server = await startTestServer();
    api = await adminClient(server);
    program = await api.program();
  });
  after(() => server.stop());

  const create = (email: string, headers = {}) =>
    program('POST', '/people', { email, name: 'Pat Person' }, headers);
  const trail = (type: string) =>
    server.app.database.query<{ actor: string; actor_kind: string; reason: string; account: string }>(
      'select actor, actor_kind, reason, account from audit_events where type = $1 order by id',
      [type],
    );

  it('lets a program do what an act does, and the trail tells who did it and why', async () => {
    const made = await create('first@example.org');
    expect(made.status).to.equal(201);
    const { id } = made.body.person as { id: string };
    const shown = await program('GET', `/people/${id}`);
    expect(shown.body).to.include({ id, email: 'first@example.org', status: 'active' });
    const disabled = await program('POST', `/people/${id}/disable`, { reason: 'has left' });
    expect([disabled.status, disabled.body.changed]).to.deep.equal([200, true]);
    const [event] = await trail('account.disabled');
    expect(event).to.deep.include({ actor_kind: 'client', account: id, reason: 'has left' });
    expect((await program('GET', `/people/${id}`)).body.status).to.equal('disabled');
  });

  it('answers 404 for somebody who is not there, and 409 for an address that somebody has', async () => {
    const missing = await program('POST', '/people/nobody@example.org/unlock');
    expect([missing.status, missing.body.error]).to.deep.equal([404, 'account_unknown']);
    await create('taken@example.org');
    const taken = await create('taken@example.org');
    expect([taken.status, taken.body.error]).to.deep.equal([409, 'account_exists']);
  });

  it('refuses a token without the scope, and one whose client has lost it', async () => {
    const reader = await api.program(['people:read']);
    const refused = await reader('POST', '/people', { email: 'x@example.org', name: 'X' });
    expect([refused.status, refused.body.error]).to.deep.equal([403, 'insufficient_scope']);
    expect(refused.headers.get('www-authenticate')).to.include('scope="people:write"');
    const none = await api.withToken(undefined)('GET', '/people/x');
    expect(none.status).to.equal(401);
  });

  it('lets a person with a role and a second factor, and nobody else', async () => {
    const administrator = await api.person();
    const list = await administrator.ask('GET', '/keys');
    expect(list.status).to.equal(200);
    const auditor = await api.person('auditor');
    expect((await auditor.ask('GET', '/keys')).status).to.equal(200);
    const change = await auditor.ask('POST', '/keys/rotate', {});
    expect([change.status, change.body.error]).to.deep.equal([403, 'not_permitted']);
  });

  it('knows at once that somebody has lost the role', async () => {
    const { account, ask } = await api.person();
    expect((await ask('GET', '/keys')).status).to.equal(200);
    await act(server.app, people.setRoles, { person: account.id, roles: [] });
    expect((await ask('GET', '/keys')).status).to.be.oneOf([401, 403]);
  });

  it('asks somebody who has signed in by a password alone for a second factor (RFC 9470)', async () => {
    const ask = await api.newcomer('administrator');
    const { status, headers, body } = await ask('GET', '/keys');
    expect([status, body.error]).to.deep.equal([401, 'insufficient_user_authentication']);
    expect(headers.get('www-authenticate'))
      .to.include('error="insufficient_user_authentication"')
      .and.include('acr_values="aal2"');
  });

  it('takes a bundle out of the trail', async () => {
    await program('GET', '/audit/events?limit=1');
    const answer = await program('GET', '/audit/export?format=ndjson');
    if (answer.status === 404) expect(answer.body.error).to.equal('nothing_sealed');
    else expect(answer.headers.get('content-type')).to.equal('application/zip');
    const wrong = await program('GET', '/audit/export?sink=x');
    expect(wrong.status).to.equal(400);
  });

  it('reads the trail page by page, with moments as text', async () => {
    const from = '2020-01-01T00:00:00Z';
    const page = await program('GET', `/audit/events?limit=1&from=${from}`);
    expect(page.status).to.equal(200);
    const next = String(page.body.next);
    const second = await program('GET', `/audit/events?limit=1&from=${from}&cursor=${next}`);
    expect(second.status).to.equal(200);
    for (const cursor of [`${next.slice(0, -2)}xx`, 'x', ''])
      expect((await program('GET', `/audit/events?limit=1&from=${from}&cursor=${cursor}`)).status).to.equal(
        400,
      );
    expect((await program('GET', '/audit/events?from=yesterday')).status).to.equal(400);
    const searched = await program('POST', '/audit/events/search', { limit: 1, person: 'first@example.org' });
    expect(searched.status).to.equal(200);
  });

  it('tells settings without secrets, and how the installation stands', async () => {
    const settings = await program('GET', '/system/settings');
    const found = (settings.body.settings as { name: string; value: string; secret: boolean }[]) ?? [];
    expect(found.find(({ name }) => name === 'ISSUER')).to.include({
      value: server.issuer,
      source: 'environment',
    });
    for (const { secret, value } of found) if (secret && value !== null) expect(value).to.include('****');
    expect(settings.text).not.to.include('a1b2c3d4');
    expect(settings.text).not.to.include('a-cookie-key');
    const { body } = await program('GET', '/system/status');
    expect(body.database).to.include({ pending: 0 });
    expect((body.jobs as { name: string }[]).map(({ name }) => name)).to.include('send-mail');
  });

  it('does not say who calls it to another host', async () => {
    const answer = await program('GET', '/openapi.json', undefined, { 'x-forwarded-host': 'evil.example' });
    expect(answer.text).to.include(server.issuer).and.not.to.include('evil.example');
  });

  describe('with an Idempotency-Key', () => {
    it('has fifty requests at once make one account', async () => {
      const all = await Promise.all(
        Array.from({ length: 50 }, () => create('once@example.org', { 'idempotency-key': 'one' })),
      );
      const statuses = all.map(({ status }) => status);
      expect(new Set(statuses)).to.satisfy((each: Set<number>) =>
        [...each].every((s) => s === 201 || s === 409),
      );
      expect(statuses).to.include(201);
      for (const { status, body } of all)
        if (status === 409) expect(body.error).to.equal('idempotency_in_progress');
      const ids = all
        .filter(({ status }) => status === 201)
        .map(({ body }) => (body.person as { id: string }).id);
      expect(new Set(ids).size).to.equal(1);
      expect((await trail('account.created')).filter(({ account }) => ids.includes(account))).to.have.length(
        1,
      );
      const later = await create('once@example.org', { 'idempotency-key': 'one' });
      expect([later.status, later.headers.get('idempotency-replayed')]).to.deep.equal([201, 'true']);
    });

    it('tells a secret once', async () => {
      const metadata = {
        client_name: 'X',
        grant_types: ['client_credentials'],
        redirect_uris: [],
        response_types: [],
      };
      const ask = () => program('POST', '/clients', { metadata }, { 'idempotency-key': 'two' });
      const first = await ask();
      const { client_secret: secret, ...rest } = first.body.registration as Record<string, unknown>;
      expect(secret).to.be.a('string');
      const again = await ask();
      expect([again.status, again.body.registration]).to.deep.equal([201, rest]);
      expect(again.body.omitted).to.deep.equal(['/registration/client_secret']);
      expect(again.text).not.to.include(String(secret));
    });

    it('repeats the deletion of somebody who is gone', async () => {
      const { body } = await create('gone@example.org');
      const { id } = body.person as { id: string };
      const ask = (headers: Record<string, string>) =>
        program('DELETE', `/people/${id}?reason=left`, undefined, headers);
      const first = await ask({ 'idempotency-key': 'three' });
      // Where a program may not do it by itself, it may not the second time either.
      const again = await ask({ 'idempotency-key': 'three' });
      expect([again.status, again.body.person]).to.deep.equal([first.status, first.body.person]);
      if (first.status === 200) expect((await ask({})).status).to.equal(404);
    });

    it('is the key of another where another uses it', async () => {
      const other = await api.program();
      const body = { email: 'other@example.org', name: 'Pat Person' };
      const made = await other('POST', '/people', body, { 'idempotency-key': 'one' });
      expect([made.status, made.headers.get('idempotency-replayed')]).to.deep.equal([201, null]);
      const reused = await other('POST', '/people', { ...body, name: 'X' }, { 'idempotency-key': 'one' });
      expect([reused.status, reused.body.error]).to.deep.equal([422, 'idempotency_key_reused']);
    });
  });
});
