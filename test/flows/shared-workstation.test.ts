import { expect } from 'chai';
import { addApp, asksFor, typeCode, typePassword } from '../support/factors.ts';
import {
  auditTrail,
  callbackOf,
  type HandClient,
  handClient,
  type Person,
  tokensFor,
} from '../support/protocol.ts';
import { WEB_CLIENT } from '../support/relying-party.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { type SessionRow, sessionsOf } from '../support/sessions.ts';
import { type Page, UserAgent } from '../support/user-agent.ts';

const clock = { offset: 0, now: () => new Date(Date.now() + clock.offset) };
const MINUTE = 60_000;
const WARD = '10.20.0.5';
const ELSEWHERE = '203.0.113.7';

describe('a workstation that people share', function workstation() {
  this.timeout(60_000);
  let server: TestServer;
  let client: HandClient;
  let wardClient: HandClient;

  before(async () => {
    server = await startTestServer({
      settings: {
        TRUSTED_PROXIES: '127.0.0.1,::1',
        SHARED_WORKSTATION_NETWORKS: '10.20.0.0/16',
        TRUSTED_DEVICE_DAYS: '30',
        MAX_FAILED_LOGIN_ATTEMPTS: '3',
        SESSION_POLICIES: '{"hasty": {"timeoutMinutes": 2}}',
      },
      replace: { clock },
    });
    client = await newClient();
    wardClient = await newClient({ shared_workstation: true });
  });
  after(() => server.stop());
  beforeEach(() => {
    clock.offset = 0;
  });

  const newClient = async (metadata = {}) =>
    handClient(server.issuer, await server.addClient({ ...WEB_CLIENT, ...metadata }));
  const at = (address: string) => new UserAgent({ 'x-forwarded-for': address });
  const account = (agent: UserAgent, headers = {}) => agent.get(`${server.issuer}/account`, headers);
  const only = async ({ id }: Person): Promise<SessionRow> => {
    const rows = await sessionsOf(server, id);
    expect(rows).to.have.length(1);
    return rows[0] as SessionRow;
  };
  const idleMinutes = ({ idle_expires_at: until, last_active_at: since }: SessionRow) =>
    Math.round((until.getTime() - since.getTime()) / MINUTE);
  const cookies = async (agent: UserAgent) => agent.jar.getCookies(server.issuer);
  const isOffered = (page: Page) => page.forms.some(({ action }) => action.endsWith('/switch'));
  const newDeviceMails = ({ id }: Person) =>
    server.app.database.query(`select 1 from mail_outbox where kind = 'new-device' and account_id = $1`, [
      id,
    ]);

  async function signedIn(address: string, by = client, given: { roles?: string[] } = {}) {
    const person = await server.addAccount(given);
    const agent = at(address);
    const tokens = await tokensFor(by, person, {}, agent);
    return { person, agent, tokens };
  }

  describe('has short sessions', () => {
    it('in the networks that the operator has named, and with clients that say so, whatever the address', async () => {
      expect(idleMinutes(await only((await signedIn(WARD)).person))).to.equal(5);
      expect(idleMinutes(await only((await signedIn(ELSEWHERE, wardClient)).person))).to.equal(5);
      const { person, agent } = await signedIn(ELSEWHERE);
      expect(await only(person)).to.include({ shared: false });
      expect(idleMinutes(await only(person))).to.equal(20);
      clock.offset = 6 * MINUTE;
      expect((await account(agent)).status).to.equal(200);
    });

    it('that end without their person, and go on with them', async () => {
      const { agent } = await signedIn(WARD);
      for (const minutes of [4, 8, 12]) {
        clock.offset = minutes * MINUTE;
        expect((await account(agent)).status).to.equal(200);
      }
      clock.offset += 5 * MINUTE;
      expect((await account(agent)).status).to.equal(303);
    });

    it('but lengthens none that is shorter', async () => {
      const { person } = await signedIn(WARD, client, { roles: ['hasty'] });
      expect(idleMinutes(await only(person))).to.equal(2);
    });

    it('whose mode stays with them, wherever the browser goes', async () => {
      const { person, agent } = await signedIn(WARD);
      clock.offset = MINUTE;
      const outside = { 'x-forwarded-for': ELSEWHERE };
      expect(isOffered(await account(agent, outside))).to.equal(true);
      const login = await agent.get(client.authorizeUrl({ prompt: 'login' }), outside);
      expect(isOffered(await agent.get(String(login.location), outside))).to.equal(true);
      expect((await agent.get(client.authorizeUrl(), outside)).location).to.contain('code=');
      const row = await only(person);
      expect(row.shared).to.equal(true);
      expect(idleMinutes(row)).to.equal(5);
    });

    it('also where the session began elsewhere and came there, by a page or by an application', async () => {
      for (const arrive of [
        (agent: UserAgent) => account(agent, { 'x-forwarded-for': WARD }),
        (agent: UserAgent) => agent.get(client.authorizeUrl(), { 'x-forwarded-for': WARD }),
        (agent: UserAgent) => agent.get(client.authorizeUrl({ prompt: 'none' }), { 'x-forwarded-for': WARD }),
        (agent: UserAgent) => agent.get(wardClient.authorizeUrl({ prompt: 'none' })),
        (agent: UserAgent) => agent.open(wardClient.authorizeUrl()),
      ]) {
        clock.offset = 0;
        const { person, agent } = await signedIn(ELSEWHERE);
        await arrive(agent);
        const row = await only(person);
        expect(row.shared).to.equal(true);
        expect(idleMinutes(row)).to.equal(5);
        expect(isOffered(await account(agent))).to.equal(true);
        clock.offset = 6 * MINUTE;
        expect((await account(agent)).status).to.equal(303);
      }
    });
  });

  describe('remembers nothing of a person', () => {
    it('as a cookie that outlives the browser, nor as a known device', async () => {
      for (const [address, by] of [
        [WARD, client],
        [ELSEWHERE, wardClient],
      ] as const) {
        const { person, agent } = await signedIn(address, by);
        const kept = (await cookies(agent)).filter(({ expires }) => expires !== 'Infinity');
        expect(kept.map(({ key }) => key)).to.deep.equal([]);
        expect(await server.app.signIn.devices.list(person.id)).to.deep.equal([]);
        const types = (await auditTrail(server)).filter(({ account: id }) => id === person.id);
        expect(types.map(({ type }) => type)).to.not.include('device.added');
      }
      const usual = await cookies((await signedIn(ELSEWHERE)).agent);
      expect(usual.filter(({ expires }) => expires !== 'Infinity').map(({ key }) => key)).to.include.members([
        'gatehouse_device',
        'gatehouse_session',
      ]);
    });

    it('as a device that is known from elsewhere: it has no budget of its own, and its cookie is not refreshed', async () => {
      const { person, agent } = await signedIn(ELSEWHERE);
      const login = client.authorizeUrl();
      const device = async () => (await cookies(agent)).find(({ key }) => key === 'gatehouse_device');
      const before = await device();
      // The browser was closed in between: its session is gone, the device is known.
      await server.app.database.transaction((tx) =>
        server.app.lifecycle.access.endAll(tx, person.id, 'idle', { actor: 'system' }),
      );
      for (let failures = 0; failures < 3; failures += 1) {
        const stranger = at(ELSEWHERE);
        await typePassword(stranger, await stranger.open(login), { ...person, password: 'wrong' });
      }
      const inWard = { 'x-forwarded-for': WARD };
      const page = await agent.get(String((await agent.get(login, inWard)).location), inWard);
      const form = page.forms.find(({ fields }) => 'password' in fields);
      const fields = { ...form?.fields, identifier: person.email, password: person.password };
      expect((await agent.post(String(form?.action), fields, inWard)).status).to.equal(401);
      expect((await device())?.expires).to.deep.equal(before?.expires);
      const known = await typePassword(agent, await agent.open(login), person);
      expect(known.location, 'its own budget, elsewhere').to.contain('code=');
    });

    it('as a trusted device: trust is not offered, not given, and does not count', async () => {
      const person = await server.addAccount();
      const app = await addApp(server, person);
      const agent = at(ELSEWHERE);
      const asked = await typePassword(agent, await agent.open(client.authorizeUrl()), person);
      expect(asked.body).to.include('name="trust"');
      await agent.follow(await typeCode(agent, asked, await app.fresh(), { trust: true }));
      expect(await server.app.factors.trustedDevices.list(person.id)).to.have.length(1);

      await server.app.database.transaction((tx) =>
        server.app.lifecycle.access.endAll(tx, person.id, 'idle', { actor: 'system' }),
      );
      const spared = await typePassword(agent, await agent.open(client.authorizeUrl()), person);
      expect(spared.location).to.contain('code=');
      // A session that a trusted device was spared a code in is not enough, nor is the trust.
      const inWard = await agent.open(wardClient.authorizeUrl());
      expect(asksFor(inWard)).to.equal('totp');

      const ward = at(WARD);
      const page = await typePassword(ward, await ward.open(client.authorizeUrl()), person);
      expect(page.body).to.not.include('name="trust"');
      await ward.follow(await typeCode(ward, page, await app.fresh(), { trust: true }));
      expect(
        await server.app.factors.trustedDevices.list(person.id),
        'asked for all the same',
      ).to.have.length(1);
    });

    it('in the form of the next sign-in, where only the application may name somebody', async () => {
      const { agent, person } = await signedIn(WARD);
      clock.offset = 6 * MINUTE;
      const empty = await agent.open(client.authorizeUrl());
      expect(empty.body).to.not.include(person.email);
      expect(empty.body).to.include('autocomplete="username');
      expect(empty.body).to.include('autocomplete="current-password"');
      const hinted = await agent.open(client.authorizeUrl({ login_hint: 'sam@example.org' }));
      expect(hinted.body).to.include('value="sam@example.org"');
    });

    it('and people are not warned of it by mail, but of a client that only says so', async () => {
      const { person } = await signedIn(ELSEWHERE);
      await tokensFor(client, person, {}, at(WARD));
      expect(await newDeviceMails(person)).to.have.length(0);
      await tokensFor(wardClient, person, {}, at(ELSEWHERE));
      expect(await newDeviceMails(person)).to.have.length(1);
    });
  });

  describe('lets people switch', () => {
    const press = (agent: UserAgent, page: Page) => agent.submit(page, {}, '/switch');
    const isEmptySignIn = (page: Page, person: Person) => {
      expect(page.status).to.equal(200);
      expect(page.forms.some(({ fields }) => 'password' in fields)).to.equal(true);
      expect(page.body).to.not.include(person.email);
      expect(isOffered(page), 'there is nobody to switch from').to.equal(false);
    };

    it('on every page of the account, to the sign-in for the same page', async () => {
      for (const path of ['/account', '/account/profile', '/account/password', '/account/security']) {
        const { person, agent, tokens } = await signedIn(WARD);
        const page = await agent.get(`${server.issuer}${path}`);
        const next = await agent.follow(await press(agent, page));
        isEmptySignIn(next, person);
        expect(await only(person)).to.include({ end_reason: 'signed_out' });
        expect((await client.refresh(tokens.refresh_token)).body.error).to.equal('invalid_grant');
        const other = await server.addAccount();
        const arrived = await typePassword(agent, next, other);
        expect(new URL(arrived.url).pathname).to.equal(path);
        expect((await account(agent)).body.replaceAll('<wbr>', '')).to.include(other.email);
      }
    });

    it('in the middle of a sign-in, for the same application, and what was shown counts for nobody', async () => {
      const person = await server.addAccount();
      const app = await addApp(server, person);
      const agent = at(WARD);
      const asked = await typePassword(
        agent,
        await agent.open(client.authorizeUrl({ login_hint: person.email })),
        person,
      );
      expect(asksFor(asked)).to.equal('totp');
      const next = await agent.follow(await press(agent, asked));
      isEmptySignIn(next, person);
      const late = await agent.follow(await typeCode(agent, asked, await app.fresh()));
      expect(late.forms.some(({ fields }) => 'password' in fields)).to.equal(true);
      const cancelled = (await auditTrail(server)).filter(({ type }) => type === 'sign_in.cancelled');
      expect(cancelled.map(({ account: id, client: name }) => [id, name])).to.deep.equal([
        [person.id, client.id],
      ]);
      const other = await server.addAccount();
      const done = await typePassword(agent, late, other);
      expect(callbackOf(done).get('state')).to.equal('the-state');
      expect((await client.redeem(String(done.location))).status).to.equal(200);
      expect(await only(other)).to.include({ shared: true });
      expect(await sessionsOf(server, person.id)).to.deep.equal([]);
    });

    it('where all was shown and the browser has not gone on: nobody is let in as the one before', async () => {
      const asking = await newClient({ first_party: false });
      const person = await server.addAccount();
      const agent = at(WARD);
      const hinted = await agent.open(client.authorizeUrl());
      const { email: identifier, password } = person;
      const app = await addApp(server, person);
      const asked = await agent.follow(await agent.submit(hinted, { identifier, password }));
      const form = asked.forms.find(({ fields }) => 'code' in fields);
      const done = await agent.post(String(form?.action), { ...form?.fields, code: await app.fresh() });
      expect(new URL(String(done.location)).pathname).to.match(/^\/authorize\//u);
      const next = await agent.follow(await press(agent, asked));
      isEmptySignIn(next, person);
      expect((await agent.follow(done)).location).to.equal(undefined);
      expect(await sessionsOf(server, person.id)).to.deep.equal([]);

      const signed = await signedIn(WARD);
      const consent = await signed.agent.open(asking.authorizeUrl({ scope: 'openid email' }));
      await signed.agent.submit(consent, { decision: 'allow' }, '/consent');
      const empty = await signed.agent.follow(await press(signed.agent, consent));
      isEmptySignIn(empty, signed.person);
      const other = await server.addAccount();
      const page = await typePassword(signed.agent, empty, other);
      const end = await signed.agent.follow(
        await signed.agent.submit(page, { decision: 'allow' }, '/consent'),
      );
      const { access_token: token } = (await asking.redeem(String(end.location))).body;
      expect((await asking.userinfo(token)).body.sub).to.equal(other.id);
    });

    it('where an application asks who is signed in for another sign-in, or for consent', async () => {
      const asking = await newClient({ first_party: false });
      for (const url of [
        client.authorizeUrl({ prompt: 'login' }),
        asking.authorizeUrl({ scope: 'openid email' }),
      ]) {
        const { person, agent } = await signedIn(WARD);
        const next = await agent.follow(await press(agent, await agent.open(url)));
        isEmptySignIn(next, person);
        expect(await only(person)).to.include({ end_reason: 'signed_out' });
        const other = await server.addAccount();
        let page = await typePassword(agent, next, other);
        if (page.location === undefined)
          page = await agent.follow(await agent.submit(page, { decision: 'allow' }, '/consent'));
        expect(callbackOf(page).get('code')).to.be.a('string');
        expect(await sessionsOf(server, other.id)).to.have.length(1);
      }
    });

    it('also where the request was pushed, which its client alone could make again', async () => {
      const { agent, person } = await signedIn(WARD);
      const pushed = await client.post('/par', client.parameters({ prompt: 'login' }));
      const url = `${server.issuer}/authorize?${new URLSearchParams({ client_id: client.id, request_uri: pushed.body.request_uri })}`;
      const next = await agent.follow(await press(agent, await agent.open(url)));
      isEmptySignIn(next, person);
      const done = await typePassword(agent, next, await server.addAccount());
      expect((await client.redeem(String(done.location))).status).to.equal(200);
    });

    it('by signing in over somebody, whose session ends and whose applications are told', async () => {
      const told = await newClient({ backchannel_logout_uri: 'http://127.0.0.1:9/back-channel-logout' });
      const { person, agent } = await signedIn(WARD, told);
      const other = await server.addAccount();
      const page = await typePassword(
        agent,
        await agent.open(client.authorizeUrl({ prompt: 'login' })),
        other,
      );
      const done = await agent.follow(await agent.submit(page, {}));
      expect(done.location).to.contain('code=');
      const row = await only(person);
      expect(row.end_reason).to.equal('signed_out');
      const notices = await server.app.database.query(
        'select client_id from logout_deliveries where session_uid = $1',
        [row.uid],
      );
      expect(notices).to.deep.equal([{ client_id: told.id }]);
    });

    it('with a form of its own page only, and not where nobody shares', async () => {
      const { person, agent } = await signedIn(WARD);
      const switchAt = `${server.issuer}/account/switch`;
      for (const fields of [{}, { csrf: 'forged' }, { csrf: 'x'.repeat(300) }, 'csrf=a&csrf=b']) {
        expect((await agent.post(switchAt, fields)).status).to.be.oneOf([400, 403]);
      }
      const json = { 'content-type': 'application/json' };
      expect((await agent.post(switchAt, '{"csrf":"x"}', json)).status).to.equal(415);
      const page = await agent.open(client.authorizeUrl({ prompt: 'login' }));
      expect((await agent.post(`${page.url}/switch`, { csrf: 'forged' })).status).to.equal(403);
      const stranger = at(WARD);
      const form = page.forms.find(({ action }) => action.endsWith('/switch'));
      expect((await stranger.post(String(form?.action), form?.fields ?? {})).status).to.equal(400);
      expect(await only(person)).to.include({ ended_at: null });

      const alone = await signedIn(ELSEWHERE);
      expect(isOffered(await account(alone.agent))).to.equal(false);
      expect(isOffered(await alone.agent.open(client.authorizeUrl({ prompt: 'login' })))).to.equal(false);
    });

    it('once, however often it is pressed', async () => {
      const { person, agent } = await signedIn(WARD);
      const page = await agent.open(client.authorizeUrl({ prompt: 'login' }));
      const answers = await Promise.all(Array.from({ length: 20 }, () => press(agent, page)));
      expect(answers.filter(({ status }) => status >= 500)).to.deep.equal([]);
      const ends = (await auditTrail(server)).filter(
        ({ type, account: id }) => type === 'session.ended' && id === person.id,
      );
      expect(ends).to.have.length(1);
      const done = await typePassword(agent, await agent.open(page.url), await server.addAccount());
      expect(done.location).to.contain('code=');
      expect((await press(agent, page)).status, 'the sign-in is over').to.equal(400);
    });
  });
});
