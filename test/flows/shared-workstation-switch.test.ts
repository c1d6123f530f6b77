import { expect } from 'chai';
import { addApp, asksFor, typeCode, typePassword } from '../support/factors.ts';
import { auditTrail, callbackOf, type Person } from '../support/protocol.ts';
import { sessionsOf } from '../support/sessions.ts';
import { ELSEWHERE, useSharedWorkstation, WARD } from '../support/shared-workstation.ts';
import type { Page, UserAgent } from '../support/user-agent.ts';

describe('a workstation that people share', function workstation() {
  this.timeout(60_000);
  const setup = useSharedWorkstation();
  const { newClient, at, account, only, isOffered, signedIn } = setup;

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
        const page = await agent.get(`${setup.server.issuer}${path}`);
        const next = await agent.follow(await press(agent, page));
        isEmptySignIn(next, person);
        expect(await only(person)).to.include({ end_reason: 'signed_out' });
        expect((await setup.client.refresh(tokens.refresh_token)).body.error).to.equal('invalid_grant');
        const other = await setup.server.addAccount();
        const arrived = await typePassword(agent, next, other);
        expect(new URL(arrived.url).pathname).to.equal(path);
        expect((await account(agent)).body.replaceAll('<wbr>', '')).to.include(other.email);
      }
    });

    it('in the middle of a sign-in, for the same application, and what was shown counts for nobody', async () => {
      const person = await setup.server.addAccount();
      const app = await addApp(setup.server, person);
      const agent = at(WARD);
      const asked = await typePassword(
        agent,
        await agent.open(setup.client.authorizeUrl({ login_hint: person.email })),
        person,
      );
      expect(asksFor(asked)).to.equal('totp');
      const next = await agent.follow(await press(agent, asked));
      isEmptySignIn(next, person);
      const late = await agent.follow(await typeCode(agent, asked, await app.fresh()));
      expect(late.forms.some(({ fields }) => 'password' in fields)).to.equal(true);
      const cancelled = (await auditTrail(setup.server)).filter(({ type }) => type === 'sign_in.cancelled');
      expect(cancelled.map(({ account: id, client: name }) => [id, name])).to.deep.equal([
        [person.id, setup.client.id],
      ]);
      const other = await setup.server.addAccount();
      const done = await typePassword(agent, late, other);
      expect(callbackOf(done).get('state')).to.equal('the-state');
      expect((await setup.client.redeem(String(done.location))).status).to.equal(200);
      expect(await only(other)).to.include({ shared: true });
      expect(await sessionsOf(setup.server, person.id)).to.deep.equal([]);
    });

    it('where all was shown and the browser has not gone on: nobody is let in as the one before', async () => {
      const asking = await newClient({ first_party: false });
      const person = await setup.server.addAccount();
      const agent = at(WARD);
      const hinted = await agent.open(setup.client.authorizeUrl());
      const { email: identifier, password } = person;
      const app = await addApp(setup.server, person);
      const asked = await agent.follow(await agent.submit(hinted, { identifier, password }));
      const form = asked.forms.find(({ fields }) => 'code' in fields);
      const done = await agent.post(String(form?.action), { ...form?.fields, code: await app.fresh() });
      expect(new URL(String(done.location)).pathname).to.match(/^\/authorize\//u);
      const next = await agent.follow(await press(agent, asked));
      isEmptySignIn(next, person);
      expect((await agent.follow(done)).location).to.equal(undefined);
      expect(await sessionsOf(setup.server, person.id)).to.deep.equal([]);

      const signed = await signedIn(WARD);
      const consent = await signed.agent.open(asking.authorizeUrl({ scope: 'openid email' }));
      await signed.agent.submit(consent, { decision: 'allow' }, '/consent');
      const empty = await signed.agent.follow(await press(signed.agent, consent));
      isEmptySignIn(empty, signed.person);
      const other = await setup.server.addAccount();
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
        setup.client.authorizeUrl({ prompt: 'login' }),
        asking.authorizeUrl({ scope: 'openid email' }),
      ]) {
        const { person, agent } = await signedIn(WARD);
        const next = await agent.follow(await press(agent, await agent.open(url)));
        isEmptySignIn(next, person);
        expect(await only(person)).to.include({ end_reason: 'signed_out' });
        const other = await setup.server.addAccount();
        let page = await typePassword(agent, next, other);
        if (page.location === undefined)
          page = await agent.follow(await agent.submit(page, { decision: 'allow' }, '/consent'));
        expect(callbackOf(page).get('code')).to.be.a('string');
        expect(await sessionsOf(setup.server, other.id)).to.have.length(1);
      }
    });

    it('also where the request was pushed, which its client alone could make again', async () => {
      const { agent, person } = await signedIn(WARD);
      const pushed = await setup.client.post('/par', setup.client.parameters({ prompt: 'login' }));
      const url = `${setup.server.issuer}/authorize?${new URLSearchParams({ client_id: setup.client.id, request_uri: pushed.body.request_uri })}`;
      const next = await agent.follow(await press(agent, await agent.open(url)));
      isEmptySignIn(next, person);
      const done = await typePassword(agent, next, await setup.server.addAccount());
      expect((await setup.client.redeem(String(done.location))).status).to.equal(200);
    });

    it('by signing in over somebody, whose session ends and whose applications are told', async () => {
      const told = await newClient({ backchannel_logout_uri: 'http://127.0.0.1:9/back-channel-logout' });
      const { person, agent } = await signedIn(WARD, told);
      const other = await setup.server.addAccount();
      const page = await typePassword(
        agent,
        await agent.open(setup.client.authorizeUrl({ prompt: 'login' })),
        other,
      );
      const done = await agent.follow(await agent.submit(page, {}));
      expect(done.location).to.contain('code=');
      const row = await only(person);
      expect(row.end_reason).to.equal('signed_out');
      const notices = await setup.server.app.database.query(
        'select client_id from logout_deliveries where session_uid = $1',
        [row.uid],
      );
      expect(notices).to.deep.equal([{ client_id: told.id }]);
    });

    it('with a form of its own page only, and not where nobody shares', async () => {
      const { person, agent } = await signedIn(WARD);
      const switchAt = `${setup.server.issuer}/account/switch`;
      for (const fields of [{}, { csrf: 'forged' }, { csrf: 'x'.repeat(300) }, 'csrf=a&csrf=b']) {
        expect((await agent.post(switchAt, fields)).status).to.be.oneOf([400, 403]);
      }
      const json = { 'content-type': 'application/json' };
      expect((await agent.post(switchAt, '{"csrf":"x"}', json)).status).to.equal(415);
      const page = await agent.open(setup.client.authorizeUrl({ prompt: 'login' }));
      expect((await agent.post(`${page.url}/switch`, { csrf: 'forged' })).status).to.equal(403);
      const stranger = at(WARD);
      const form = page.forms.find(({ action }) => action.endsWith('/switch'));
      expect((await stranger.post(String(form?.action), form?.fields ?? {})).status).to.equal(400);
      expect(await only(person)).to.include({ ended_at: null });

      const alone = await signedIn(ELSEWHERE);
      expect(isOffered(await account(alone.agent))).to.equal(false);
      expect(isOffered(await alone.agent.open(setup.client.authorizeUrl({ prompt: 'login' })))).to.equal(
        false,
      );
    });

    it('once, however often it is pressed', async () => {
      const { person, agent } = await signedIn(WARD);
      const page = await agent.open(setup.client.authorizeUrl({ prompt: 'login' }));
      const answers = await Promise.all(Array.from({ length: 20 }, () => press(agent, page)));
      expect(answers.filter(({ status }) => status >= 500)).to.deep.equal([]);
      const ends = (await auditTrail(setup.server)).filter(
        ({ type, account: id }) => type === 'session.ended' && id === person.id,
      );
      expect(ends).to.have.length(1);
      const done = await typePassword(agent, await agent.open(page.url), await setup.server.addAccount());
      expect(done.location).to.contain('code=');
      expect((await press(agent, page)).status, 'the sign-in is over').to.equal(200);
    });
  });
});
