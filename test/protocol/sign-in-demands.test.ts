import { expect } from 'chai';
import { decodeJwt } from 'jose';
import {
  authorize,
  callbackOf,
  type HandClient,
  handClient,
  type Person,
  tokensFor,
} from '../support/protocol.ts';
import { WEB_CLIENT } from '../support/relying-party.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { useTravel } from '../support/time.ts';
import { type Page, UserAgent } from '../support/user-agent.ts';

/** What a client may ask of the sign-in itself (OpenID Connect Core, section 3.1.2.1; RFC 9470). */
describe('demands of a client', () => {
  const time = useTravel();
  let server: TestServer;
  let person: Person;
  let client: HandClient;

  before(async () => {
    // Where nobody is asked for a second factor, nobody can reach more than a password does.
    server = await startTestServer({
      settings: { SECOND_FACTOR_POLICY: 'off' },
      replace: { clock: time.clock },
    });
    person = await server.addAccount();
    client = handClient(server.issuer, await server.addClient(WEB_CLIENT));
  });
  after(() => server.stop());

  const asksForPassword = (page: Page) => page.forms.some(({ fields }) => 'password' in fields);
  const errorOf = (page: Page) => callbackOf(page).get('error');

  async function signedIn(who = person): Promise<{ agent: UserAgent; idToken: string; authTime: number }> {
    const agent = new UserAgent();
    const { id_token: idToken } = await tokensFor(client, who, {}, agent);
    return { agent, idToken, authTime: Number(decodeJwt(idToken).auth_time) };
  }

  describe('prompt', () => {
    it('none: answers from the session, and refuses where there is none', async () => {
      const { agent } = await signedIn();
      expect(callbackOf(await agent.open(client.authorizeUrl({ prompt: 'none' }))).has('code')).to.equal(
        true,
      );
      expect(errorOf(await new UserAgent().open(client.authorizeUrl({ prompt: 'none' })))).to.equal(
        'login_required',
      );
    });

    it('nothing: a session is enough', async () => {
      const { agent } = await signedIn();
      expect(callbackOf(await agent.open(client.authorizeUrl())).has('code')).to.equal(true);
    });

    it('login: asks again, says why, and moves the time of authentication', async () => {
      const { agent, authTime } = await signedIn();
      time.pass(1.1);
      const asked = await agent.open(client.authorizeUrl({ prompt: 'login' }));
      expect(asksForPassword(asked)).to.equal(true);
      expect(asked.body).to.include('confirm that it is you');
      const { email: identifier, password } = person;
      const page = await agent.follow(await agent.submit(asked, { identifier, password }));
      const { body } = await client.redeem(String(page.location));
      expect(decodeJwt(body.id_token).auth_time).to.be.greaterThan(authTime);
    });

    it('login consent: asks for both', async () => {
      const agent = new UserAgent();
      let page = await agent.open(client.authorizeUrl({ prompt: 'login consent' }));
      expect(asksForPassword(page)).to.equal(true);
      const { email: identifier, password } = person;
      page = await agent.follow(await agent.submit(page, { identifier, password }));
      expect(page.forms.some(({ action }) => action.endsWith('/consent'))).to.equal(true);
      page = await agent.follow(await agent.submit(page, { decision: 'allow' }, '/consent'));
      expect(callbackOf(page).has('code')).to.equal(true);
    });
  });

  describe('max_age', () => {
    it('is met by a session that is young enough', async () => {
      const { agent } = await signedIn();
      const page = await agent.open(client.authorizeUrl({ max_age: '300' }));
      const { body } = await client.redeem(String(page.location));
      expect(decodeJwt(body.id_token).auth_time).to.be.a('number');
    });

    it('asks again when the session is older, or refuses with prompt=none', async () => {
      const { agent } = await signedIn();
      time.pass(2.1);
      expect(asksForPassword(await agent.open(client.authorizeUrl({ max_age: '1' })))).to.equal(true);
      expect(errorOf(await agent.open(client.authorizeUrl({ max_age: '1', prompt: 'none' })))).to.equal(
        'login_required',
      );
    });

    it('0 always asks, in the second of the sign-in too, and is then met', async () => {
      const { agent } = await signedIn();
      const asked = await agent.open(client.authorizeUrl({ max_age: '0' }));
      expect(asksForPassword(asked)).to.equal(true);
      const { email: identifier, password } = person;
      const page = await agent.follow(await agent.submit(asked, { identifier, password }));
      expect(callbackOf(page).has('code')).to.equal(true);
    });
  });

  it('login_hint is filled in for the person', async () => {
    const page = await new UserAgent().open(client.authorizeUrl({ login_hint: 'robin+"x"@example.org' }));
    const form = page.forms.find(({ fields }) => 'identifier' in fields);
    expect(form?.fields.identifier).to.equal('robin+"x"@example.org');
  });

  it('ui_locales chooses the language of the page, before the language of the browser', async () => {
    const browser = new UserAgent({ 'accept-language': 'en' });
    const spanish = await browser.open(client.authorizeUrl({ ui_locales: 'xx es-MX' }));
    expect(spanish.body).to.include('<html lang="es"');
    const english = await browser.open(client.authorizeUrl({ ui_locales: 'xx' }));
    expect(english.body).to.include('<html lang="en"');
  });

  describe('id_token_hint', () => {
    it('of the person who is signed in changes nothing', async () => {
      const { agent, idToken } = await signedIn();
      const page = await agent.open(client.authorizeUrl({ id_token_hint: idToken, prompt: 'none' }));
      expect(callbackOf(page).has('code')).to.equal(true);
    });

    it('of somebody else is refused with prompt=none', async () => {
      const { idToken } = await signedIn(await server.addAccount());
      const { agent } = await signedIn();
      const page = await agent.open(client.authorizeUrl({ id_token_hint: idToken, prompt: 'none' }));
      expect(errorOf(page)).to.equal('login_required');
    });

    it('lets only its subject sign in: somebody else ends with an error, not in a circle', async () => {
      const { idToken } = await signedIn();
      const other = await server.addAccount();
      const url = client.authorizeUrl({ id_token_hint: idToken });
      expect(errorOf(await authorize(new UserAgent(), url, other))).to.equal('login_required');
      expect(callbackOf(await authorize(new UserAgent(), url, person)).has('code')).to.equal(true);
    });

    it('of another issuer is refused', async () => {
      const { idToken } = await signedIn();
      const [head, , signature] = idToken.split('.');
      const forged = Buffer.from(JSON.stringify({ ...decodeJwt(idToken), sub: 'somebody' })).toString(
        'base64url',
      );
      const url = client.authorizeUrl({ id_token_hint: `${head}.${forged}.${signature}` });
      expect(errorOf(await new UserAgent().open(url))).to.equal('invalid_request');
    });
  });

  describe('a requested subject', () => {
    const asking = (sub: string) =>
      client.authorizeUrl({ claims: JSON.stringify({ id_token: { sub: { value: sub } } }) });

    it('is the only one who can sign in', async () => {
      expect(callbackOf(await authorize(new UserAgent(), asking(person.id), person)).has('code')).to.equal(
        true,
      );
      const other = await server.addAccount();
      expect(errorOf(await authorize(new UserAgent(), asking(person.id), other))).to.equal('login_required');
    });
  });

  describe('acr', () => {
    it('reached: is told in the ID token', async () => {
      const { id_token: idToken } = await tokensFor(client, person, { acr_values: 'phr aal1' });
      expect(decodeJwt(idToken)).to.include({ acr: 'aal1' });
      expect(decodeJwt(idToken).amr).to.deep.equal(['pwd']);
    });

    it('acr_values that name no level of ours end with an error, at once and not after a password', async () => {
      const page = await new UserAgent().open(client.authorizeUrl({ acr_values: 'aal3 loa4' }));
      expect(errorOf(page)).to.equal('unmet_authentication_requirements');
      expect(callbackOf(page).get('iss')).to.equal(server.issuer);
    });

    it('acr_values that the person cannot reach end with an error', async () => {
      const url = client.authorizeUrl({ acr_values: 'aal2 phr' });
      expect(errorOf(await authorize(new UserAgent(), url, person))).to.equal(
        'unmet_authentication_requirements',
      );
    });

    it('acr_values out of reach are not answered from a session', async () => {
      const { agent } = await signedIn();
      const page = await agent.open(client.authorizeUrl({ acr_values: 'aal2' }));
      expect(errorOf(page)).to.equal('unmet_authentication_requirements');
      const silent = await agent.open(client.authorizeUrl({ acr_values: 'aal2', prompt: 'none' }));
      expect(errorOf(silent)).to.equal('login_required');
    });

    for (const acr of [
      { essential: true, value: 'aal2' },
      { essential: true, values: ['aal2', 'phr'] },
    ]) {
      it(`an essential claim out of reach (${JSON.stringify(acr)}) ends with an error`, async () => {
        const claims = JSON.stringify({ id_token: { acr } });
        const url = client.authorizeUrl({ claims });
        expect(errorOf(await authorize(new UserAgent(), url, person))).to.equal(
          'unmet_authentication_requirements',
        );
        const { agent } = await signedIn();
        expect(errorOf(await authorize(agent, url, person))).to.equal('unmet_authentication_requirements');
      });
    }

    it('an essential claim whose values are no list is refused', async () => {
      const claims = JSON.stringify({ id_token: { acr: { essential: true, values: 'aal1' } } });
      const page = await new UserAgent().open(client.authorizeUrl({ claims }));
      expect(errorOf(page)).to.equal('invalid_request');
    });

    it('acr_values and an essential claim bind both', async () => {
      const claims = JSON.stringify({ id_token: { acr: { essential: true, value: 'aal1' } } });
      const { id_token: idToken } = await tokensFor(client, person, { claims, acr_values: 'aal1' });
      expect(decodeJwt(idToken).acr).to.equal('aal1');
      const page = await new UserAgent().open(client.authorizeUrl({ claims, acr_values: 'aal2' }));
      expect(errorOf(page)).to.equal('unmet_authentication_requirements');
    });

    it('an essential claim that a password meets is met', async () => {
      const claims = JSON.stringify({ id_token: { acr: { essential: true, values: ['aal2', 'aal1'] } } });
      const { id_token: idToken } = await tokensFor(client, person, { claims });
      expect(decodeJwt(idToken).acr).to.equal('aal1');
    });

    it('a claim that is not essential does not stand in the way', async () => {
      const claims = JSON.stringify({ id_token: { acr: { values: ['phr'] } } });
      const { id_token: idToken } = await tokensFor(client, person, { claims });
      expect(decodeJwt(idToken).acr).to.equal('aal1');
    });
  });
});
