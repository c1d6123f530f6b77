import { expect } from 'chai';
import { decodeJwt } from 'jose';
import {
  answerWith,
  askForCodes,
  DEVICE_SIGN_IN,
  deviceClient,
  enterCode,
  poll,
  signedInDevice,
  toConfirmation,
} from '../support/device-sign-in.ts';
import { eventsDuring, type HandClient, type Person } from '../support/protocol.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { useTravel } from '../support/time.ts';
import { UserAgent } from '../support/user-agent.ts';

describe('signing in on a device without a browser', () => {
  const travel = useTravel();
  let server: TestServer;
  let client: HandClient;
  let person: Person;

  before(async () => {
    server = await startTestServer({ settings: DEVICE_SIGN_IN, replace: { clock: travel.clock } });
    client = await deviceClient(server);
  });
  after(() => server.stop());
  beforeEach(async () => {
    person = await server.addAccount();
  });

  const types = (events: readonly { type: string }[]) => events.map(({ type }) => type);

  it('gives a device two codes, and no address that enters one by itself', async () => {
    const { events, result } = await eventsDuring(server, () =>
      client.post('/device-authorization', { scope: 'openid' }, { host: 'evil.example' }),
    );
    const { status, body, headers } = result;
    expect(status).to.equal(200);
    expect(headers.get('cache-control')).to.include('no-store');
    expect(Object.keys(body)).to.have.members([
      'device_code',
      'user_code',
      'verification_uri',
      'expires_in',
      'interval',
    ]);
    expect(body).to.include({ verification_uri: `${server.issuer}/device`, expires_in: 300, interval: 5 });
    expect(body.user_code).to.match(/^[BCDFGHJKLMNPQRSTVWXZ]{4}-[BCDFGHJKLMNPQRSTVWXZ]{4}$/u);
    expect(types(events)).to.deep.equal(['device_sign_in.requested']);
    expect(events[0]).to.include({ client: client.id, ip: '127.0.0.1' });
  });

  it('signs it in when its person has entered the code, signed in, and confirmed', async () => {
    const agent = new UserAgent({ 'user-agent': 'Mozilla/5.0 Firefox/140.0' });
    const codes = await askForCodes(client);
    expect((await poll(client, codes)).body.error).to.equal('authorization_pending');

    const page = await toConfirmation(
      agent,
      server.issuer,
      codes.user_code.toLowerCase().replace('-', ' '),
      person,
    );
    expect(page.body).to.include('Ward display').and.include(codes.user_code).and.include('127.0.0.1');
    expect(page.body)
      .to.match(/<time datetime="20/u)
      .and.include('Continue only if you started');
    travel.pass(5);
    expect((await poll(client, codes)).body.error).to.equal('authorization_pending');

    const { events, result: done } = await eventsDuring(server, () => answerWith(agent, page, 'allow'));
    expect(done.status).to.equal(200);
    expect(done.body).to.include('Your device is signed in');
    expect(types(events)).to.include('device_sign_in.confirmed').and.include('authorization.granted');
    const confirmed = events.find(({ type }) => type === 'device_sign_in.confirmed');
    expect(confirmed).to.include({ account: person.id, actor: person.id, client: client.id });
    expect(confirmed?.details).to.include({ address: '127.0.0.1' });

    travel.pass(5);
    const { events: issued, result: answer } = await eventsDuring(server, () => poll(client, codes));
    expect(answer.status).to.equal(200);
    expect(types(issued)).to.deep.equal(['token.issued']);
    expect(issued[0]).to.include({ account: person.id, session: confirmed?.session });
    expect(decodeJwt(String(answer.body.id_token))).to.include({ acr: 'aal1', aud: client.id });
    expect((await client.userinfo(String(answer.body.access_token))).status).to.equal(200);
    expect((await client.refresh(String(answer.body.refresh_token))).status).to.equal(200);
  });

  it('keeps asking nobody who is signed in for a password, and still for the confirmation', async () => {
    const agent = new UserAgent();
    await signedInDevice(server, client, person, { agent });
    const second = await askForCodes(client);
    const page = await enterCode(agent, server.issuer, second.user_code);
    expect(page.body).to.include(second.user_code).and.include('Sign this device in');
    expect((await poll(client, second)).body.error).to.equal('authorization_pending');
  });

  it('asks for what an application of somebody else wants in the same page, and remembers it', async () => {
    const partner = await deviceClient(server, { first_party: false, client_name: 'Partner board' });
    const codes = await askForCodes(partner, { scope: 'openid email' });
    const agent = new UserAgent();
    const page = await toConfirmation(agent, server.issuer, codes.user_code, person);
    expect(page.body).to.include('See your email address');
    const { events } = await eventsDuring(server, () => answerWith(agent, page, 'allow'));
    expect(types(events)).to.have.members([
      'consent.granted',
      'authorization.granted',
      'device_sign_in.confirmed',
    ]);
    travel.pass(5);
    expect((await poll(partner, codes)).body.scope).to.equal('openid email');
  });

  it('tells its device, its person and the trail that it was denied, with one click', async () => {
    const codes = await askForCodes(client);
    const agent = new UserAgent();
    const page = await toConfirmation(agent, server.issuer, codes.user_code, person);
    const { events, result } = await eventsDuring(server, () => answerWith(agent, page, 'deny'));
    expect(result.body).to.include('The device is not signed in');
    expect(result.status).to.equal(200);
    const denied = events.find(({ type }) => type === 'device_sign_in.denied');
    expect(denied).to.include({ account: person.id, client: client.id });
    expect(denied?.details).to.include({ error: 'access_denied' });
    const answer = await poll(client, codes);
    expect(answer.body.error).to.equal('access_denied');
    expect((await enterCode(new UserAgent(), server.issuer, codes.user_code)).body).to.include(
      'entered before',
    );
  });

  it('tells whoever has confirmed it by mail, with a way to undo it', async () => {
    const { codes } = await signedInDevice(server, client, person);
    travel.pass(5);
    const { body } = await poll(client, codes);
    const mails = [await server.mailbox.next(person.email)];
    if (!mails[0]?.subject.startsWith('A device')) mails.unshift(await server.mailbox.next(person.email));
    const [told] = mails;
    expect(told?.subject).to.equal('A device was signed in to your account');
    expect(told?.text).to.include('Ward display').and.include('from the IP address 127.0.0.1');
    const agent = new UserAgent();
    const page = await agent.open(server.mailbox.linkIn(told as never));
    await agent.follow(await agent.submit(page, {}));
    expect((await client.userinfo(String(body.access_token))).status).to.equal(401);
    expect((await client.refresh(String(body.refresh_token))).body.error).to.equal('invalid_grant');
  });

  it('tells its device, and its person, that what was asked for cannot be', async () => {
    const codes = await askForCodes(client, { acr_values: 'no-such-level' });
    const { events, result } = await eventsDuring(server, () =>
      toConfirmation(new UserAgent(), server.issuer, codes.user_code, person),
    );
    expect(result.status).to.equal(403);
    expect(result.body).to.include('could not be signed in with this account');
    expect(events.find(({ type }) => type === 'device_sign_in.denied')?.details).to.include({
      error: 'unmet_authentication_requirements',
    });
    expect((await poll(client, codes)).body.error).to.equal('unmet_authentication_requirements');
  });

  it('asks again for a password where the device wants a sign-in of now', async () => {
    const agent = new UserAgent();
    await signedInDevice(server, client, person, { agent });
    const codes = await askForCodes(client, { max_age: '0' });
    const page = await enterCode(agent, server.issuer, codes.user_code);
    expect(page.forms.some(({ fields }) => 'password' in fields)).to.equal(true);
  });

  it('says in discovery where devices ask', async () => {
    const discovery = await fetch(`${server.issuer}/.well-known/openid-configuration`);
    const metadata = (await discovery.json()) as { grant_types_supported: string[] };
    expect(metadata).to.include({ device_authorization_endpoint: `${server.issuer}/device-authorization` });
    expect(metadata.grant_types_supported).to.include('urn:ietf:params:oauth:grant-type:device_code');
  });

  it('answers slow_down to a device that asks too often, and goes on when it waits', async () => {
    const codes = await askForCodes(client);
    const answers = await Promise.all([...Array(20)].map(() => poll(client, codes)));
    const errors = answers.map(({ body }) => body.error);
    expect(errors.filter((error) => error === 'authorization_pending')).to.have.length(1);
    expect(errors.filter((error) => error === 'slow_down')).to.have.length(19);
    travel.pass(5);
    const { events, result } = await eventsDuring(server, () => poll(client, codes));
    expect(result.body.error).to.equal('authorization_pending');
    expect(events).to.deep.equal([]);
  });

  it('ends a code after five minutes, for its device and for its person', async () => {
    const codes = await askForCodes(client);
    const late = await askForCodes(client);
    const agent = new UserAgent();
    const page = await toConfirmation(agent, server.issuer, late.user_code, person);
    travel.pass(301);
    expect((await poll(client, codes)).body.error).to.equal('expired_token');
    const { events, result } = await eventsDuring(server, () =>
      enterCode(new UserAgent(), server.issuer, codes.user_code),
    );
    expect(result.body).to.include('This code is too old');
    expect(events.map(({ details }) => details)).to.deep.include({ reason: 'expired' });
    expect((await answerWith(agent, page, 'allow')).body).to.include('This code is too old');
    expect((await poll(client, late)).body.error).to.equal('expired_token');
  });

  it('gives tokens that end with the session of the browser in which it was confirmed', async () => {
    const { agent, codes } = await signedInDevice(server, client, person);
    travel.pass(5);
    const { body } = await poll(client, codes);
    const session = decodeJwt(String(body.id_token)).sid;
    expect(session).to.be.a('string');
    const sessions = await server.app.database.query('select from sessions where account_id = $1', [
      person.id,
    ]);
    expect(sessions, 'the device takes no place of its own').to.have.length(1);
    const account = await agent.open(`${server.issuer}/account/sessions`);
    expect(account.body.replaceAll('<wbr>', '')).to.include('Ward display');
    const signOut = await agent.open(`${server.issuer}/logout`);
    await agent.follow(await agent.submit(signOut, { logout: 'yes' }));
    expect((await client.userinfo(String(body.access_token))).status).to.equal(401);
    expect((await client.refresh(String(body.refresh_token))).body.error).to.equal('invalid_grant');
  });

  it('gives nothing where the session has ended before the device came', async () => {
    const { agent, codes } = await signedInDevice(server, client, person);
    const signOut = await agent.open(`${server.issuer}/logout`);
    await agent.follow(await agent.submit(signOut, { logout: 'yes' }));
    travel.pass(5);
    expect((await poll(client, codes)).body.error).to.equal('invalid_grant');
  });

  it('ends with a session that nobody uses, whatever the device does, unless it may stay', async () => {
    const offline = await deviceClient(server, { offline_access: true });
    const scope = 'openid offline_access';
    const [short, long] = [
      await signedInDevice(server, client, person),
      await signedInDevice(server, offline, person, { fields: { scope } }),
    ];
    expect(long.done.body).to.include('It stays signed in when you sign out here');
    travel.pass(5);
    const [ends, stays] = [await poll(client, short.codes), await poll(offline, long.codes)];
    travel.pass(21 * 60);
    expect((await client.refresh(String(ends.body.refresh_token))).body.error).to.equal('invalid_grant');
    expect((await offline.refresh(String(stays.body.refresh_token))).status).to.equal(200);
  });

  it('brings people back to the page of the code where their sign-in is over', async () => {
    const agent = new UserAgent();
    const codes = await askForCodes(client);
    const page = await enterCode(agent, server.issuer, codes.user_code);
    const over = await agent.get(`${page.url}/over`);
    expect(over.status).to.equal(400);
    expect(over.body).to.include('href="/device"');
  });
});
