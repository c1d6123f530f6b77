import { expect } from 'chai';
import { decodeJwt } from 'jose';
import { clients } from '../../src/administration/clients/index.ts';
import { people } from '../../src/administration/people/index.ts';
import { GatehouseError } from '../../src/kernel/errors.ts';
import { act } from '../support/administration.ts';
import { asFixture } from '../support/evidence/fixture.ts';
import { type LogoutReceiver, startLogoutReceiver } from '../support/logout-receiver.ts';
import {
  answerOf,
  auditTrail,
  authorize,
  callbackOf,
  type HandClient,
  handClient,
  type Person,
  tokensFor,
} from '../support/protocol.ts';
import { WEB_CLIENT } from '../support/relying-party.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { UserAgent } from '../support/user-agent.ts';
import { FOR_RECORDS, RECORDS, SERVICE } from './jwt-tokens.ts';

const SUB = 'uid=Robin Reyes,ou=staff|42';

/** Applications know a person by what they knew them by before; our own id of them leaves nowhere. */
describe('somebody whom applications know by another subject than our id', function subjects() {
  this.timeout(60_000);
  let server: TestServer;
  let receiver: LogoutReceiver;
  let person: Person;
  let other: Person;
  let client: HandClient;
  let api: HandClient;

  before(async () => {
    server = await startTestServer({ settings: { LOGOUT_TIMEOUT_SECONDS: '2' } });
    receiver = await startLogoutReceiver();
    person = await server.addAccount({ sub: SUB, roles: ['clinician'] });
    other = await server.addAccount();
    const metadata = { ...WEB_CLIENT, backchannel_logout_uri: receiver.uri };
    const registration = await server.addClient(metadata);
    expect(registration.subject_type ?? 'public').to.equal('public');
    client = handClient(server.issuer, registration);
    receiver.expect({ id: client.id, issuer: server.issuer });
    api = handClient(server.issuer, await server.addClient({ ...SERVICE, introspect_any_token: true }));
    await server.addResource({ identifier: RECORDS, name: 'Records', scopes: ['records:read'] });
  });
  after(async () => {
    await server.stop();
    await receiver.close();
  });

  const look = async (token: string, who = api) => (await who.post('/token/introspect', { token })).body;
  const errorOf = (location: string | undefined) => callbackOf(String(location)).get('error');

  it('is that subject in ID tokens, at userinfo and in what introspection tells, also after a refresh', async () => {
    const tokens = await tokensFor(client, person, { scope: 'openid offline_access', prompt: 'consent' });
    expect(decodeJwt(tokens.id_token).sub).to.equal(SUB);
    expect((await client.userinfo(tokens.access_token)).body.sub).to.equal(SUB);
    expect(await look(tokens.access_token)).to.include({ active: true, sub: SUB });
    expect(await look(tokens.access_token, client)).to.include({ active: true, sub: SUB });
    expect(await look(tokens.refresh_token, client)).to.include({ active: true, sub: SUB });
    const { body: refreshed } = await client.refresh(tokens.refresh_token);
    expect(decodeJwt(refreshed.id_token).sub).to.equal(SUB);
    expect((await client.userinfo(refreshed.access_token)).body.sub).to.equal(SUB);
    for (const told of [tokens, refreshed])
      expect(JSON.stringify(decodeJwt(told.id_token))).to.not.contain(person.id);
  });

  it('and in access tokens for services, which tell the deadlines of the session and can be revoked', async () => {
    const { access_token: token } = await tokensFor(client, person, FOR_RECORDS);
    expect(decodeJwt(token)).to.include({ sub: SUB, client_id: client.id });
    expect(await look(token)).to.include({ active: true, sub: SUB });
    const asked = await answerOf(
      await fetch(`${server.issuer}/session`, { headers: { authorization: `Bearer ${token}` } }),
    );
    expect(asked.status).to.equal(200);
    await client.post('/token/revoke', { token });
    expect(await look(token)).to.deep.equal({ active: false });
    const revoked = (await auditTrail(server)).findLast(({ type }) => type === 'token.revoked');
    expect(revoked).to.include({ account: person.id, client: client.id });
  });

  it('is asked for by an ID token hint or the claims parameter, and nobody else is', async () => {
    const agent = new UserAgent();
    const { id_token: hint } = await tokensFor(client, person, {}, agent);
    const bySub = (sub: string) => ({ claims: JSON.stringify({ id_token: { sub: { value: sub } } }) });
    for (const asked of [{ id_token_hint: hint }, bySub(SUB)]) {
      const silent = await agent.open(client.authorizeUrl({ ...asked, prompt: 'none' }));
      expect(callbackOf(silent).has('code')).to.equal(true);
      const fresh = await authorize(new UserAgent(), client.authorizeUrl(asked), person);
      expect(callbackOf(fresh).has('code')).to.equal(true);
      const wrong = await authorize(new UserAgent(), client.authorizeUrl(asked), other);
      expect(errorOf(wrong.location)).to.equal('login_required');
    }
    // The id of an account that has another subject is nobody's.
    for (const sub of [person.id, SUB.toUpperCase(), '']) {
      const silent = await agent.open(client.authorizeUrl({ ...bySub(sub), prompt: 'none' }));
      expect(errorOf(silent.location), sub).to.equal('login_required');
      const signedIn = await authorize(new UserAgent(), client.authorizeUrl(bySub(sub)), person);
      expect(errorOf(signedIn.location), sub).to.equal('login_required');
    }
  });

  it('is told of in logout tokens, also when the account is gone', async () => {
    const leaving = await server.addAccount({ sub: 'leaving|1' });
    await tokensFor(client, leaving);
    const before = receiver.accepted.length;
    await act(server.app, people.delete, { person: leaving.id });
    await receiver.until(before + 1);
    expect(receiver.accepted.at(-1)?.sub).to.equal('leaving|1');
  });

  it('is found by it by operators', async () => {
    expect(await act(server.app, people.show, { person: SUB })).to.include({ id: person.id, sub: SUB });
  });

  it('shares it with no client, whichever is there first', async () => {
    const codeOf = (work: Promise<unknown>) =>
      work.then(
        () => undefined,
        (error: unknown) => (error instanceof GatehouseError ? error.code : error),
      );
    await server.addAccount({ sub: 'billing' });
    const register = (client_id: string) =>
      act(server.app, clients.create, { metadata: { ...SERVICE, client_id } });
    expect(await codeOf(register('billing'))).to.equal('client_is_subject');
    await register('Billing');
    // At the same moment one of both is made.
    const { database, accounts } = server.app;
    const person = (sub: string) =>
      asFixture(database, (tx) =>
        accounts.store.create(tx, { email: `${sub}@example.org`, name: 'Robin', sub }),
      );
    for (let round = 0; round < 5; round += 1) {
      const name = `both-${round}`;
      const made = await Promise.allSettled([register(name), person(name)]);
      expect(made.filter(({ status }) => status === 'fulfilled')).to.have.length(1);
    }
    expect(await codeOf(server.addAccount({ sub: 'Billing' }))).to.equal('account_exists');
  });
});
