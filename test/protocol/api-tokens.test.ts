import { expect } from 'chai';
import { decodeJwt } from 'jose';
import { signJwt } from '../../src/oidc/own-jwts.ts';
import { READ, type ServedNotes, serveNotes, WRITE } from '../support/api-notes.ts';
import { asFixture, fixtures } from '../support/evidence/fixture.ts';
import { type Answer, type HandClient, handClient, type Person, tokensFor } from '../support/protocol.ts';
import { WEB_CLIENT } from '../support/relying-party.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { sessionsOf } from '../support/sessions.ts';
import { UserAgent } from '../support/user-agent.ts';

const clock = { offset: 0, now: () => new Date(Date.now() + clock.offset) };
const API = 'https://id.example.org/api';
const RECORDS = 'https://records.example.org';
const SERVICE = { grant_types: ['client_credentials'], redirect_uris: [], response_types: [] };

describe('an access token at the API', function tokens() {
  this.timeout(60_000);
  let server: TestServer;
  let notes: ServedNotes;
  let app: HandClient;
  let service: HandClient;
  let person: Person;

  const newClient = async (metadata: object) =>
    handClient(server.issuer, await server.addClient({ ...WEB_CLIENT, ...metadata }));
  const addApi = () => server.addResource({ identifier: API, name: 'Notes', scopes: [READ, WRITE] });

  before(async () => {
    server = await startTestServer({ replace: { clock } });
    await addApi();
    await server.addResource({ identifier: RECORDS, name: 'Records', scopes: [READ] });
    notes = await serveNotes(server, { audience: API });
    app = await newClient({});
    service = await newClient(SERVICE);
    person = await server.addAccount();
  });
  after(async () => {
    await notes.served[Symbol.asyncDispose]();
    await server.stop();
  });
  beforeEach(() => {
    clock.offset = 0;
    notes.calls.splice(0);
  });

  async function forService(scope = READ, resource = API, by = service): Promise<string> {
    const { body } = await by.post('/token', { grant_type: 'client_credentials', resource, scope });
    return String(body.access_token);
  }
  const forPerson = async (scope = READ, parameters = {}, by = app, who = person) =>
    tokensFor(by, who, { scope: `openid ${scope}`, resource: API, ...parameters });
  const get = (token: string | undefined, path = '/notes/n001') => notes.ask(path, token);

  function expectRefusal(answer: Answer, status: number, error: string, scope: string | null = READ): void {
    expect([answer.status, answer.body.error]).to.deep.equal([status, error]);
    expect(answer.headers.get('content-type')).to.equal('application/problem+json');
    expect(answer.headers.get('cache-control')).to.equal('no-store');
    const challenge = String(answer.headers.get('www-authenticate'));
    expect(challenge).to.include(`Bearer realm="${server.issuer}", error="${error}", error_description="`);
    if (scope !== null) expect(challenge).to.include(`, scope="${scope}"`);
    expect(notes.calls).to.deep.equal([]);
  }

  it('says whose it is: a service’s own', async () => {
    const { status, body } = await get(await forService());
    expect([status, body]).to.deep.equal([200, { id: 'n001', text: 'note 1' }]);
    expect(notes.calls[0]?.caller).to.deep.equal({ clientId: service.id, scopes: [READ] });
  });

  it('says whose it is: a person’s, in a session, and how they have shown who they are', async () => {
    const { access_token: token } = await forPerson(`${READ} ${WRITE}`);
    expect((await get(token)).status).to.equal(200);
    const [caller] = notes.calls.map(({ caller }) => caller);
    const [session] = await sessionsOf(server, person.id);
    expect(caller).to.deep.include({ clientId: app.id, scopes: [READ, WRITE] });
    const { authenticatedAt, ...who } = caller?.person ?? {};
    expect(who).to.deep.equal({ accountId: person.id, sessionUid: session?.uid, acr: 'aal1', amr: ['pwd'] });
    expect(Math.abs(Number(authenticatedAt) - Date.now())).to.be.below(60_000);
  });

  it('has no session where it outlives them', async () => {
    const offline = await newClient({ offline_access: true });
    const { access_token: token } = await forPerson(`${READ} offline_access`, { prompt: 'consent' }, offline);
    expect((await get(token)).status).to.equal(200);
    expect(notes.calls[0]?.caller.person).to.not.have.property('sessionUid');
  });

  it('is needed, in the header, and the answer says with which scope', async () => {
    const token = await forService();
    const without = await get(undefined);
    expect([without.status, without.body.error]).to.deep.equal([401, 'invalid_token']);
    expect(without.headers.get('www-authenticate')).to.equal(
      `Bearer realm="${server.issuer}", scope="${READ}"`,
    );
    for (const authorization of [
      'Bearer',
      `Basic ${token}`,
      `DPoP ${token}`,
      token,
      `Bearer ${token} ${token}`,
      `Bearer ${token}, Bearer ${token}`,
    ]) {
      const answer = await notes.ask('/notes/n001', undefined, { headers: { authorization } });
      expect([answer.status, answer.body.error], authorization).to.deep.equal([401, 'invalid_token']);
    }
    expectRefusal(await get(undefined, `/notes/n001?access_token=${token}`), 400, 'invalid_request', null);
    expectRefusal(await get(token, `/notes/n001?access_token=${token}`), 400, 'invalid_request', null);
    const form = { method: 'POST', body: new URLSearchParams({ access_token: token, text: 'x' }) };
    expect((await notes.ask('/notes', undefined, form)).status).to.equal(401);
    expect((await notes.ask('/notes', await forService(WRITE), form)).status).to.equal(415);
  });

  it('is one for this API, and nothing else that has our signature', async () => {
    const tokens = await forPerson();
    const opaque = await tokensFor(app, person);
    const others = {
      'of another audience': await forService(READ, RECORDS),
      opaque: opaque.access_token,
      'an ID token': opaque.id_token,
      'a refresh token': tokens.refresh_token,
      'made up': 'a.b.c',
    };
    for (const token of Object.values(others)) expectRefusal(await get(String(token)), 401, 'invalid_token');
  });

  it('is as it was issued, and not bound to a key that nobody has shown', async () => {
    const token = await forService();
    const [head, , signature] = token.split('.') as [string, string, string];
    const claims = decodeJwt(token);
    const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
    expectRefusal(
      await get(`${head}.${encode({ ...claims, scope: WRITE })}.${signature}`),
      401,
      'invalid_token',
    );
    const key = server.app.protocol.active.keys.find(({ alg }) => alg === 'RS256');
    if (key === undefined) throw new Error('no key');
    const signed = (given: object) => signJwt(key, 'at+jwt', { ...claims, ...given });
    expect((await get(await signed({}))).status).to.equal(200);
    notes.calls.splice(0);
    for (const given of [
      { cnf: { jkt: 'x' } },
      { aud: [API, RECORDS] },
      { iss: 'https://evil.example' },
      { aud: `${API}/` },
      { scope: `${READ} admin` },
    ])
      expectRefusal(await get(await signed(given)), 401, 'invalid_token');
    expectRefusal(await get(await signJwt(key, 'JWT', claims)), 401, 'invalid_token');
  });

  it('has the scope that the route needs', async () => {
    for (const token of [await forService(READ), (await forPerson(READ)).access_token]) {
      const answer = await notes.send('POST', '/notes', token, { text: 'x' });
      expectRefusal(answer, 403, 'insufficient_scope', WRITE);
    }
  });

  it('is good until it expires', async () => {
    const tokens = [await forService(), (await forPerson()).access_token];
    clock.offset = 601_000;
    for (const token of tokens) expectRefusal(await get(token), 401, 'invalid_token');
  });

  it('is good for nothing from the moment when it is revoked', async () => {
    for (const [by, token] of [
      [service, await forService()],
      [app, (await forPerson()).access_token],
    ] as const) {
      expect((await get(token)).status).to.equal(200);
      await by.post('/token/revoke', { token });
      notes.calls.splice(0);
      expectRefusal(await get(token), 401, 'invalid_token');
    }
  });

  it('ends with the session, the account, the client’s scope and the API itself', async () => {
    const agent = new UserAgent();
    const { access_token: inSession } = await forPerson(READ, {}, app, person);
    const signedIn = await tokensFor(app, person, { scope: `openid ${READ}`, resource: API }, agent);
    await agent.submit(await agent.open(`${server.issuer}/logout`), { logout: 'yes' });
    expectRefusal(await get(signedIn.access_token), 401, 'invalid_token');
    expect((await get(inSession)).status).to.equal(200);
    const other = await server.addAccount();
    const { access_token: ofOther } = await forPerson(READ, {}, app, other);
    await server.app.accounts.store.setStatus(fixtures(server.app.database), other.id, 'disabled');
    notes.calls.splice(0);
    expectRefusal(await get(ofOther), 401, 'invalid_token');
    const ofService = await forService();
    await asFixture(server.app.database, (tx) => server.app.clients.resources.delete(tx, API));
    await addApi();
    expectRefusal(await get(ofService), 401, 'invalid_token');
    expect((await get(await forService())).status).to.equal(200);
  });

  it('is judged fifty times at once as it is once', async () => {
    const [good, bad] = [await forService(), await forService(READ, RECORDS)];
    const asked = Array.from({ length: 50 }, (_, index) => get(index % 2 === 0 ? good : bad));
    const answers = (await Promise.all(asked)).map(({ status }) => status);
    expect(answers).to.deep.equal(answers.map((_, index) => (index % 2 === 0 ? 200 : 401)));
  });
});
