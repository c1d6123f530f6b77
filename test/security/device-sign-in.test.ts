import { expect } from 'chai';
import { people } from '../../src/administration/people/index.ts';
import { act } from '../support/administration.ts';
import {
  answerWith,
  askForCodes,
  DEVICE_GRANT,
  DEVICE_SIGN_IN,
  deviceClient,
  enterCode,
  poll,
  signedInDevice,
  toConfirmation,
} from '../support/device-sign-in.ts';
import { eventsDuring, type HandClient, handClient, type Person } from '../support/protocol.ts';
import { WEB_CLIENT } from '../support/relying-party.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { useTravel } from '../support/time.ts';
import { UserAgent } from '../support/user-agent.ts';

/** Somebody has a person sign in a device that is not theirs, or takes what the device of another one is given (RFC 8628, section 5). */
describe('attacks on the sign-in of devices', () => {
  const travel = useTravel();
  let server: TestServer;
  let other: TestServer;
  let client: HandClient;
  let person: Person;

  before(async () => {
    server = await startTestServer({
      settings: { ...DEVICE_SIGN_IN, TRUSTED_PROXIES: '127.0.0.1,::1' },
      replace: { clock: travel.clock },
    });
    other = await server.secondNode();
    client = await deviceClient(server);
  });
  after(async () => {
    await other.stop();
    await server.stop();
  });
  beforeEach(async () => {
    person = await server.addAccount();
  });

  const codeOf = async (codes: { device_code: string }) =>
    (await poll(client, codes)).body.error as string | undefined;

  it('a code is redeemed once: a replay ends what it gave', async () => {
    const { codes } = await signedInDevice(server, client, person);
    travel.pass(5);
    const { body } = await poll(client, codes);
    travel.pass(5);
    const { events, result } = await eventsDuring(server, () => poll(client, codes));
    expect(result.body.error).to.equal('invalid_grant');
    expect(events.map(({ type }) => type)).to.deep.equal(['token.reuse_detected']);
    expect(events[0]).to.include({ account: person.id, client: client.id });
    expect(events[0]?.details).to.deep.equal({ kind: 'DeviceCode' });
    expect((await client.userinfo(String(body.access_token))).status).to.equal(401);
    expect((await client.refresh(String(body.refresh_token))).body.error).to.equal('invalid_grant');
  });

  it('of fifty requests with one code at the same moment, on two nodes, one is given tokens', async () => {
    const { codes } = await signedInDevice(server, client, person);
    const there = handClient(other.issuer, { client_id: client.id, token_endpoint_auth_method: 'none' });
    travel.pass(5);
    const answers = await Promise.all(
      [...Array(50)].map((_, index) => poll(index % 2 === 0 ? client : there, codes)),
    );
    expect(answers.filter(({ status }) => status === 200)).to.have.length(1);
    expect(answers.filter(({ body }) => body.error === 'slow_down')).to.have.length(49);
  });

  it('a code that one browser has entered is nobody else’s, also of twenty at the same moment', async () => {
    const codes = await askForCodes(client);
    const agents = [...Array(20)].map(() => new UserAgent());
    const pages = await Promise.all(agents.map((agent) => enterCode(agent, server.issuer, codes.user_code)));
    const entered = pages.filter(({ forms }) => forms.some(({ fields }) => 'password' in fields));
    expect(entered).to.have.length(1);
    for (const page of pages.filter((each) => each !== entered[0])) {
      expect(page.status).to.equal(400);
      expect(page.body).to.match(/entered before|used already/u);
    }
    const stolen = new UserAgent();
    expect((await stolen.open(String(entered[0]?.url))).status).to.equal(400);
  });

  it('is confirmed by a form of ours in the browser that entered the code, and by nothing else', async () => {
    const codes = await askForCodes(client);
    const agent = new UserAgent();
    const page = await toConfirmation(agent, server.issuer, codes.user_code, person);
    const action = String(page.forms[0]?.action);
    const { csrf = '' } = page.forms[0]?.fields ?? {};
    expect((await agent.post(action, { decision: 'allow' })).status).to.equal(400);
    expect((await agent.post(action, { decision: 'allow', csrf: 'x'.repeat(43) })).status).to.equal(403);
    const elsewhere = { 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' };
    expect((await agent.post(action, { decision: 'allow', csrf }, elsewhere)).status).to.equal(403);
    expect((await new UserAgent().post(action, { decision: 'allow', csrf })).status).to.equal(400);
    expect((await agent.get(`${action}?decision=allow&csrf=${csrf}`)).status).to.be.within(404, 405);
    expect(
      (await agent.post(action, `{"decision":"allow"}`, { 'content-type': 'application/json' })).status,
    ).to.equal(415);
    expect((await agent.post(action, { decision: 'confirm', csrf })).status).to.equal(400);
    expect(await codeOf(codes)).to.equal('authorization_pending');

    // The step after the next: the library is told of no confirmation where it goes on.
    const uid = new URL(action).pathname.split('/')[2];
    await agent.follow(await agent.get(`${server.issuer}/device/${uid}`));
    travel.pass(5);
    expect(await codeOf(codes)).to.equal('authorization_pending');
  });

  it('makes no session for a browser that another site has sent to the end of a sign-in', async () => {
    const codes = await askForCodes(client);
    const agent = new UserAgent();
    const page = await enterCode(agent, server.issuer, codes.user_code);
    const { email: identifier, password } = person;
    const done = await agent.submit(page, { identifier, password });
    expect(done.location).to.include(`${server.issuer}/device/`);
    const sent = await agent.get(String(done.location), { 'sec-fetch-site': 'same-site' });
    expect(sent.status).to.equal(400);
    // Nor where a neighbour has chosen the path of the cookie, by which the library goes.
    const victim = new UserAgent();
    const cookies = await agent.jar.getCookies(String(done.location));
    for (const { key, value } of cookies.filter((each) => each.key.startsWith('gatehouse_resume')))
      await victim.jar.setCookie(`${key}=${value}; Path=/`, server.issuer);
    for (const path of ['/device/other', '/DEVICE/other', '/device/a.b', '/authorize/other']) {
      const planted = await victim.get(`${server.issuer}${path}`, { 'sec-fetch-site': 'same-site' });
      expect([400, 404], path).to.include(planted.status);
      expect(planted.headers.getSetCookie().join(), path).not.to.include('gatehouse_session=');
    }
    expect((await agent.follow(await agent.get(String(done.location)))).body).to.include(
      'Sign this device in',
    );
  });

  it('says all that is asked for, also what its person has allowed the application before', async () => {
    const partner = await deviceClient(server, { first_party: false });
    const agent = new UserAgent();
    await signedInDevice(server, partner, person, { agent, fields: { scope: 'openid email' } });
    const codes = await askForCodes(partner, { scope: 'openid email profile' });
    const page = await enterCode(agent, server.issuer, codes.user_code);
    expect(page.body).to.include('See your email address').and.include('See your name');
    expect((await answerWith(agent, page, 'allow')).body).to.include('Your device is signed in');
  });

  it('has a person prove themselves for any client that may administer, whatever its device asks for', async () => {
    const robot = await deviceClient(server, {
      admin_scopes: ['people:read'],
      dpop_bound_access_tokens: true,
    });
    const agent = new UserAgent();
    await signedInDevice(server, client, person, { agent });
    const codes = await askForCodes(robot, { acr_values: 'aal1', max_age: '86400' });
    const page = await enterCode(agent, server.issuer, codes.user_code);
    expect(page.forms.some(({ fields }) => 'password' in fields)).to.equal(true);
    const [{ params } = { params: {} }] = await server.app.database.query<{ params: object }>(
      `select payload -> 'params' as params from oidc_artifacts where model = 'DeviceCode' and client_id = $1`,
      [robot.id],
    );
    expect(params).to.include({ acr_values: 'aal2', max_age: '0' });
  });

  it('takes a code from no address, and from no form of somebody else', async () => {
    const codes = await askForCodes(client);
    const agent = new UserAgent();
    const link = await agent.get(`${server.issuer}/device?user_code=${codes.user_code}`);
    expect(link.location).to.equal(`${server.issuer}/device`);
    const page = await agent.follow(link);
    expect(page.body).not.to.include(codes.user_code);
    const entered = { user_code: codes.user_code, confirm: 'yes' };
    for (const fields of [entered, { ...entered, xsrf: 'x'.repeat(48) }, { ...entered, xsrf: '' }]) {
      const refused = await agent.post(`${server.issuer}/device`, fields);
      expect(refused.status).to.equal(400);
      expect(refused.body).to.include('nothing was sent');
    }
    const xsrf = String((await agent.get(`${server.issuer}/device`)).forms[0]?.fields.xsrf);
    const unconfirmed = await agent.post(`${server.issuer}/device`, { user_code: codes.user_code, xsrf });
    expect(unconfirmed.body).to.include('nothing was sent');
    expect((await agent.post(`${server.issuer}/device`, '')).status).to.equal(400);
    expect((await enterCode(agent, server.issuer, '')).body).to.include(
      'Enter the code that your device shows',
    );
    for (const odd of ['%', '0'.repeat(5_000), 'BCDF-GHJ', 'ÄÖÜß', "'; drop table x"]) {
      expect((await enterCode(agent, server.issuer, odd)).body).to.include('This code is not right');
    }
    expect((await enterCode(agent, server.issuer, codes.user_code)).url).to.include('/sign-in/');
  });

  it('somebody whose account is disabled in between signs nothing in', async () => {
    const [before, after] = [await askForCodes(client), await askForCodes(client)];
    const agent = new UserAgent();
    const confirmed = await toConfirmation(agent, server.issuer, before.user_code, person);
    await answerWith(agent, confirmed, 'allow');
    const open = await enterCode(agent, server.issuer, after.user_code);
    await act(server.app, people.disable, { person: person.id });
    await answerWith(agent, open, 'allow');
    travel.pass(5);
    expect(await codeOf(before)).to.equal('invalid_grant');
    expect(await codeOf(after)).to.equal('authorization_pending');
  });

  it('a code is of the client that asked, and a client without the grant is given none', async () => {
    const { codes } = await signedInDevice(server, client, person);
    const stranger = await deviceClient(server, { client_name: 'Another' });
    travel.pass(5);
    expect((await poll(stranger, codes)).body.error).to.equal('invalid_grant');
    travel.pass(5);
    expect((await poll(client, codes)).status).to.equal(200);

    const web = handClient(server.issuer, await server.addClient(WEB_CLIENT));
    const asked = await web.post('/device-authorization', { scope: 'openid' });
    expect([asked.status, asked.body.error]).to.deep.equal([400, 'invalid_request']);
    travel.pass(5);
    expect((await poll(web, await askForCodes(client))).body.error).to.equal('invalid_request');
    const unknown = handClient(server.issuer, { client_id: 'nobody', token_endpoint_auth_method: 'none' });
    expect((await unknown.post('/device-authorization', { scope: 'openid' })).body.error).to.equal(
      'invalid_client',
    );
    const none = await client.post('/token', { grant_type: DEVICE_GRANT });
    expect(none.body.error).to.equal('invalid_request');
    const twice = new URLSearchParams({ client_id: client.id, grant_type: DEVICE_GRANT, device_code: 'a' });
    twice.append('device_code', 'b');
    const response = await fetch(`${server.issuer}/token`, { method: 'POST', body: twice });
    expect(response.status).to.equal(400);
  });

  it('goes on after a restart, and is shown the address of the device and not that of its person', async () => {
    const codes = await askForCodes(client, {}, { 'x-forwarded-for': '203.0.113.66' });
    const agent = new UserAgent({ 'x-forwarded-for': '198.51.100.7' });
    server = await server.restart();
    const page = await toConfirmation(agent, server.issuer, codes.user_code, person);
    expect(page.body).to.include('203.0.113.66').and.not.include('198.51.100.7');
    server = await server.restart();
    await answerWith(agent, page, 'allow');
    server = await server.restart();
    travel.pass(5);
    expect((await poll(client, codes)).status).to.equal(200);
  });
});
