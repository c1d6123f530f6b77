import { expect } from 'chai';
import { clients } from '../../src/administration/clients/index.ts';
import { act } from '../support/administration.ts';
import { eventually } from '../support/processes.ts';
import {
  type Answer,
  answerOf,
  eventsDuring,
  handClient,
  type Person,
  tokensFor,
} from '../support/protocol.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { useTravel } from '../support/time.ts';

const REDIRECT = 'http://127.0.0.1:9/callback';
const DAY = 86_400;
const APP = { client_name: 'Board', redirect_uris: [REDIRECT] };

/** Clients that register themselves (RFC 7591) and manage what they have registered (RFC 7592). */
describe('registration of clients', function registration() {
  this.timeout(60_000);
  const travel = useTravel();
  let server: TestServer;
  let person: Person & { readonly id: string };

  before(async () => {
    server = await startTestServer({
      settings: {
        ...{ CLIENT_REGISTRATION: 'true', CLIENT_REGISTRATION_HOSTS: '127.0.0.1,*.example.org' },
        CLIENT_REGISTRATION_UNUSED_DAYS: '30',
      },
      replace: { clock: travel.clock },
    });
    person = await server.addAccount();
  });
  after(() => server.stop());

  const issue = (more: object = {}) =>
    act(server.app, clients.issueRegistrationToken, { name: 'Ward', uses: 100, ...more });
  const ask = async (
    method: string,
    path: string,
    token?: string,
    body?: unknown,
    headers = {},
  ): Promise<Answer> =>
    answerOf(
      await fetch(path.startsWith('http') ? path : `${server.issuer}${path}`, {
        method,
        headers: {
          ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...headers,
        },
        ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      }),
    );
  const register = (token: string, body: unknown, headers = {}) =>
    ask('POST', '/client-registration', token, body, headers);
  const made = async (metadata: object = APP, more: object = {}) => {
    const { token } = await issue(more);
    const { status, body } = await register(token, metadata);
    expect(status, JSON.stringify(body)).to.equal(201);
    return body as Record<string, string> & { client_id: string };
  };
  const uri = (body: Record<string, string>) => String(body.registration_client_uri);
  const access = (body: Record<string, string>) => String(body.registration_access_token);

  it('is named in discovery where it is on, and is nowhere where it is off', async () => {
    const { body } = await ask('GET', '/.well-known/openid-configuration');
    expect(body.registration_endpoint).to.equal(`${server.issuer}/client-registration`);
  });

  it('registers what was asked for and may be had, and shows it; the client works at once', async () => {
    const { token, id } = await issue({ owner: person.id });
    const { events, result } = await eventsDuring(server, () =>
      register(token, {
        ...APP,
        grant_types: ['authorization_code', 'implicit'],
        first_party: true,
        unknown: { a: 1 },
      }),
    );
    const { status, headers, body } = result;
    expect([status, headers.get('cache-control')]).to.deep.equal([201, 'no-store']);
    expect(headers.get('content-type')).to.match(/^application\/json/u);
    expect(body).to.deep.include({
      ...{ client_name: 'Board', grant_types: ['authorization_code'], scope: 'openid profile email' },
      ...{ resource_scopes: [], client_secret_expires_at: 0, first_party: false, require_pkce: true },
    });
    expect(body).to.not.have.property('unknown');
    expect(body.registration_client_uri).to.equal(`${server.issuer}/client-registration/${body.client_id}`);
    expect(events.map(({ type, client }) => [type, client])).to.deep.equal([
      ['client.created', body.client_id],
      ['client.owner_added', body.client_id],
    ]);
    expect(events[0]).to.deep.include({ actor: body.client_id });
    expect(events[0]?.details).to.include({ registrationToken: id });
    expect(JSON.stringify(events)).to.not.include(token).and.not.include(String(body.client_secret));
    const client = handClient(server.issuer, { ...(body as Record<string, string>), redirect_uri: REDIRECT });
    expect((await tokensFor(client, person)).id_token).to.be.a('string');
    const shown = await act(server.app, clients.show, { client: String(body.client_id) });
    expect(shown.owners).to.deep.equal([person.id]);
  });

  it('gives a limit of uses to as many, however many come at the same moment', async () => {
    const { token } = await issue({ uses: 5 });
    const answers = await Promise.all(Array.from({ length: 50 }, () => register(token, APP)));
    expect(answers.filter(({ status }) => status === 201)).to.have.length(5);
    for (const { status, body } of answers.filter((answer) => answer.status !== 201))
      expect([status, body.error]).to.deep.equal([401, 'invalid_token']);
    expect((await register(token, APP)).status).to.equal(401);
  });

  it('spends no use on what is refused', async () => {
    const { token } = await issue({ uses: 1 });
    expect((await register(token, { redirect_uris: ['https://evil.example/'] })).status).to.equal(400);
    expect((await register(token, APP)).status).to.equal(201);
  });

  it('takes no token that is over, revoked, made up, of another kind, or in the address', async () => {
    const over = await issue({ lastsSeconds: 60 });
    const revoked = await issue();
    await act(server.app, clients.revokeRegistrationToken, { token: revoked.id });
    const used = await made();
    travel.pass(61);
    for (const token of [over.token, revoked.token, 'x'.repeat(43), access(used), over.id, undefined]) {
      const { status, headers, body } = await ask('POST', '/client-registration', token, APP);
      expect([status, body.error]).to.deep.equal([401, 'invalid_token']);
      expect(headers.get('www-authenticate')).to.match(/^Bearer realm=/u);
    }
    const { token } = await issue();
    expect((await ask('POST', `/client-registration?access_token=${token}`, undefined, APP)).status).to.equal(
      401,
    );
  });

  const wrong: [what: string, body: unknown, error: string][] = [
    ['a list', [APP], 'invalid_client_metadata'],
    ['text', '"x"', 'invalid_client_metadata'],
    ['nothing', '', 'invalid_client_metadata'],
    ['no JSON', '{', 'invalid_client_metadata'],
    ['no redirect', {}, 'invalid_redirect_uri'],
    ['another host', { redirect_uris: ['https://evil.example/cb'] }, 'invalid_redirect_uri'],
    ['a fragment', { redirect_uris: ['https://a.example.org/#x'] }, 'invalid_redirect_uri'],
    ['a text for a list', { redirect_uris: REDIRECT }, 'invalid_redirect_uri'],
    ['another type', { ...APP, client_name: ['a'] }, 'invalid_client_metadata'],
    [
      'keys of a strange host',
      { ...APP, token_endpoint_auth_method: 'private_key_jwt', jwks_uri: 'http://127.1.1.1/' },
      'invalid_client_metadata',
    ],
    ['no grant of ours', { ...APP, grant_types: ['client_credentials'] }, 'invalid_client_metadata'],
    [
      'secrets that sign',
      { ...APP, token_endpoint_auth_method: 'client_secret_jwt' },
      'invalid_client_metadata',
    ],
  ];
  for (const [what, body, error] of wrong) {
    it(`refuses ${what} in the form of RFC 7591, and registers nothing`, async () => {
      const { token } = await issue();
      const { events, result } = await eventsDuring(server, () => register(token, body));
      expect([result.status, result.body.error]).to.deep.equal([400, error]);
      expect(result.headers.get('content-type')).to.match(/^application\/json/u);
      expect(result.body.error_description).to.match(/^[\x20-\x21\x23-\x5b\x5d-\x7e]+$/u);
      expect(events).to.deep.equal([]);
    });
  }

  it('refuses other content types, and says the same of a forged Host', async () => {
    const { token } = await issue();
    expect(
      (await register(token, 'client_name=x', { 'content-type': 'application/x-www-form-urlencoded' }))
        .status,
    ).to.equal(415);
    const { body } = await register(token, APP, {
      'x-forwarded-host': 'evil.example',
      forwarded: 'host=evil.example',
    });
    expect(body.registration_client_uri).to.match(new RegExp(`^${server.issuer}/`));
  });

  it('is read by its client alone, without the secret or its digest', async () => {
    const one = await made();
    const two = await made();
    const { status, body } = await ask('GET', uri(one), access(one));
    expect(status).to.equal(200);
    expect(body).to.include({ client_id: one.client_id, registration_access_token: access(one) });
    expect(body).to.not.have.property('client_secret');
    expect(JSON.stringify(body)).to.not.match(/digest/u);
    for (const [address, token] of [
      [uri(one), access(two)],
      [uri(one), (await issue()).token],
      [`${server.issuer}/client-registration/nobody`, access(one)],
      [`${server.issuer}/client-registration/gatehouse`, access(one)],
      [uri(one), undefined],
    ] as const)
      for (const method of ['GET', 'DELETE'])
        expect((await ask(method, address, token)).status).to.equal(401);
    expect((await ask('PUT', uri(one), access(two), APP)).status).to.equal(401);
  });

  it('is replaced by its client within the policy, and keeps its secret', async () => {
    const one = await made();
    const next = {
      ...APP,
      client_id: one.client_id,
      client_name: 'Other',
      redirect_uris: ['https://new.example.org/cb'],
    };
    const { events, result } = await eventsDuring(server, () =>
      ask('PUT', uri(one), access(one), {
        ...next,
        first_party: true,
        offline_access: true,
        client_secret: 'x'.repeat(40),
      }),
    );
    expect(result.status, JSON.stringify(result.body)).to.equal(200);
    expect(result.body).to.deep.include({
      client_name: 'Other',
      redirect_uris: next.redirect_uris,
      first_party: false,
    });
    expect(result.body).to.not.have.property('client_secret');
    expect(events.map(({ type, client, actor }) => [type, client, actor])).to.deep.equal([
      ['client.updated', one.client_id, one.client_id],
    ]);
    expect((await ask('PUT', uri(one), access(one), { ...next, client_id: 'other' })).status).to.equal(400);
    expect(
      (await ask('PUT', uri(one), access(one), { ...next, redirect_uris: ['https://evil.example/'] })).body
        .error,
    ).to.equal('invalid_redirect_uri');
    const open = await ask('PUT', uri(one), access(one), { ...APP, token_endpoint_auth_method: 'none' });
    expect(open.status).to.equal(200);
    const again = await ask('PUT', uri(one), access(one), APP);
    expect(again.body.client_secret).to.be.a('string').and.not.equal(one.client_secret);
  });

  it('is not replaced by its client any more where an administrator has given more', async () => {
    const one = await made();
    const { metadata } = await act(server.app, clients.show, { client: one.client_id });
    await act(server.app, clients.update, { metadata: { ...metadata, first_party: true } });
    const { status, body } = await ask('PUT', uri(one), access(one), APP);
    expect([status, body.error]).to.deep.equal([403, 'access_denied']);
    expect((await act(server.app, clients.show, { client: one.client_id })).metadata.first_party).to.equal(
      true,
    );
  });

  it('ends with its client, also while that is disabled', async () => {
    const one = await made();
    await act(server.app, clients.disable, { client: one.client_id });
    await eventually('it is refused', async () => (await ask('GET', uri(one), access(one))).status === 401);
    expect((await ask('DELETE', uri(one), access(one))).status).to.equal(401);
    await act(server.app, clients.enable, { client: one.client_id });
    await eventually('it is let in', async () => (await ask('GET', uri(one), access(one))).status === 200);
    const answers = await Promise.all(Array.from({ length: 5 }, () => ask('DELETE', uri(one), access(one))));
    expect(answers.map(({ status }) => status).sort()).to.deep.equal([204, 401, 401, 401, 401]);
    expect((await ask('GET', uri(one), access(one))).status).to.equal(401);
    expect(await act(server.app, clients.show, { client: one.client_id }).catch(({ code }) => code)).to.equal(
      'client_unknown',
    );
  });

  it('is removed when it is unused for long, and only then; clients of operators stay', async () => {
    const expire = async () => {
      while ((await server.app.clientRegistration?.expireUnused()) !== 0);
    };
    const unused = await made();
    const used = await made();
    const own = await server.addClient(APP);
    travel.pass(29 * DAY);
    await expire();
    await server.app.clients.useStore.write([{ client: used.client_id, at: travel.now() }], []);
    travel.pass(2 * DAY);
    const { events } = await eventsDuring(server, expire);
    expect(events.map(({ type, client }) => [type, client])).to.deep.include([
      'client.deleted',
      unused.client_id,
    ]);
    const left = (await server.app.clients.store.list()).map(({ id }) => id);
    expect(left).to.include.members([used.client_id, own.client_id]).and.not.include(unused.client_id);
  });

  it('tokens are listed without themselves', async () => {
    const { id, token } = await issue({ owner: person.id, uses: 2 });
    await register(token, APP);
    const { items } = await act(server.app, clients.listRegistrationTokens, { limit: 200, sort: '-created' });
    expect(items[0]).to.include({ id, owner: person.id, uses: 2, usesLeft: 1 });
    expect(JSON.stringify(items)).to.not.include(token);
    const oldest = await act(server.app, clients.listRegistrationTokens, { limit: 1 });
    expect(oldest.next).to.be.a('string');
  });
});
