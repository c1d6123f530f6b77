import { expect } from 'chai';
import { decodeJwt } from 'jose';
import type { Account } from '../../src/domain/accounts/store.ts';
import { createAuthenticator } from '../support/authenticator.ts';
import { fixture } from '../support/evidence/fixture.ts';
import {
  addApp,
  addPasskey,
  addRecoveryCodes,
  asksFor,
  passkeyOptions,
  showPasskey,
  typeCode,
  typePassword,
} from '../support/factors.ts';
import { newEvents } from '../support/guessing.ts';
import { callbackOf, type HandClient, handClient } from '../support/protocol.ts';
import { WEB_CLIENT } from '../support/relying-party.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { totpCode } from '../support/totp.ts';
import { type Page, UserAgent } from '../support/user-agent.ts';

type Someone = Account & { password: string };

/** The key that the wizard shows. */
const secretOn = (page: Page) =>
  String(/<code class="key"[^>]*>(.*?)<\/code>/su.exec(page.body)?.[1]).replaceAll(/<[^>]*>|\s/gu, '');

describe('a sign-in with a second factor', () => {
  let server: TestServer;
  let client: HandClient;

  before(async () => {
    server = await startTestServer();
    client = handClient(server.issuer, await server.addClient(WEB_CLIENT));
  });
  after(() => server.stop());

  /** As far as the second factor. */
  async function begin(person: Someone, parameters: Record<string, string> = {}) {
    const agent = new UserAgent();
    const first = await agent.open(client.authorizeUrl(parameters));
    return { agent, page: await typePassword(agent, first, person) };
  }

  async function claimsAt(page: Page) {
    const { body } = await client.redeem(String(page.location));
    return decodeJwt(body.id_token);
  }

  it('asks for the code of an app, and then the person is in at aal2', async () => {
    const person = await server.addAccount();
    const app = await addApp(server, person);
    const { agent, page } = await begin(person);
    expect(asksFor(page)).to.equal('totp');
    const { events, result } = await newEvents(server, async () =>
      agent.follow(await typeCode(agent, page, await app.fresh())),
    );
    expect(await claimsAt(result)).to.deep.include({ acr: 'aal2', amr: ['pwd', 'otp', 'mfa'] });
    const told = events.find(({ type }) => type === 'sign_in.succeeded');
    expect(told).to.deep.include({ factor: 'totp', details: { acr: 'aal2', amr: ['pwd', 'otp', 'mfa'] } });
  });

  it('takes the code as apps show it: in two groups', async () => {
    const person = await server.addAccount();
    const app = await addApp(server, person);
    const { agent, page } = await begin(person);
    const code = await app.fresh();
    const answer = await typeCode(agent, page, ` ${code.slice(0, 3)} ${code.slice(3)} `);
    expect(callbackOf(await agent.follow(answer)).has('code')).to.equal(true);
  });

  it('says of a wrong code what is wrong, and goes on with a right one', async () => {
    const person = await server.addAccount();
    const app = await addApp(server, person);
    const { agent, page } = await begin(person);
    const refused = await typeCode(agent, page, '000000');
    expect(refused.status).to.equal(401);
    expect(asksFor(refused)).to.equal('totp');
    const malformed = await typeCode(agent, refused, '12345');
    expect(malformed.status).to.equal(400);
    const missing = await typeCode(agent, malformed, ' ');
    expect(missing.status).to.equal(400);
    const answer = await agent.follow(await typeCode(agent, missing, await app.fresh()));
    expect(callbackOf(answer).has('code')).to.equal(true);
  });

  it('takes a recovery code instead, once, and tells the person', async () => {
    const person = await server.addAccount();
    await addApp(server, person);
    const [code = ''] = await addRecoveryCodes(server, person);
    const { agent, page } = await begin(person);
    const other = await agent.get(`${page.url}?factor=recovery_code`);
    expect(asksFor(other)).to.equal('recovery_code');
    const { events, result } = await newEvents(server, async () =>
      agent.follow(await typeCode(agent, other, code)),
    );
    expect(await claimsAt(result)).to.deep.include({ acr: 'aal2', amr: ['pwd', 'otp', 'mfa'] });
    expect(events.find(({ type }) => type === 'recovery_code.used')?.details).to.deep.equal({ left: 9 });
    let mail = await server.mailbox.next(person.email);
    while (!mail.subject.includes('recovery code')) mail = await server.mailbox.next(person.email);
    expect(mail.text).to.include('9 codes left');

    const again = await begin(person);
    const spent = await typeCode(again.agent, again.page, code, { factor: 'recovery_code' });
    expect(spent.status).to.equal(401);
  });

  it('takes a passkey beside the password: phishing-resistant', async () => {
    const person = await server.addAccount();
    const key = await addPasskey(server, person, { verifies: false });
    const { agent, page } = await begin(person);
    expect(asksFor(page)).to.equal('passkey');
    const answer = await agent.follow(await showPasskey(agent, page, key));
    expect(await claimsAt(answer)).to.deep.include({ acr: 'phr', amr: ['pwd', 'hwk', 'mfa'] });
  });

  it('takes a passkey that verifies its user in the place of everything', async () => {
    const person = await server.addAccount();
    const key = await addPasskey(server, person, { synchronised: true });
    const agent = new UserAgent();
    const page = await agent.open(client.authorizeUrl());
    const answer = await agent.follow(await showPasskey(agent, page, key));
    expect(await claimsAt(answer)).to.deep.include({
      sub: person.id,
      acr: 'phr',
      amr: ['swk', 'user', 'mfa'],
    });
  });

  it('says that it expects who is expected, whoever shows a passkey', async () => {
    const [person, other] = [await server.addAccount(), await server.addAccount()];
    const key = await addPasskey(server, other);
    const agent = new UserAgent();
    const claims = JSON.stringify({ id_token: { sub: { value: person.id } } });
    const page = await agent.open(client.authorizeUrl({ claims }));
    const answer = await agent.follow(await showPasskey(agent, page, key));
    expect(callbackOf(answer).get('error')).to.equal('login_required');
  });

  it('asks for the factor before an expired password is changed', async () => {
    const person = await server.addAccount();
    const app = await addApp(server, person);
    await fixture(server.app.database, 'update accounts set password_must_change = true where id = $1', [
      person.id,
    ]);
    const { agent, page } = await begin(person);
    expect(asksFor(page)).to.equal('totp');
    const change = await agent.follow(await typeCode(agent, page, await app.fresh()));
    expect(change.forms.some(({ fields }) => 'new_password' in fields)).to.equal(true);
    const chosen = { new_password: 'a very different long passphrase 42' };
    const answer = await agent.follow(await agent.submit(change, chosen));
    expect(await claimsAt(answer)).to.deep.include({ acr: 'aal2' });
  });

  describe('where one has to be set up first', () => {
    const wizard = async (agent: UserAgent, page: Page) =>
      agent.follow(await agent.submit(page, {}, '/enrol/totp'));
    const confirm = (agent: UserAgent, page: Page, code: string) =>
      agent.submit(page, { code, name: 'Telephone' });

    it('leads through the wizard, shows the recovery codes once, and lets in at aal2', async () => {
      const person = await server.addAccount();
      const { agent, page } = await begin(person, { acr_values: 'aal2' });
      expect(page.forms.some(({ action }) => action.endsWith('/skip'))).to.equal(false);
      const opened = await wizard(agent, page);
      const secret = secretOn(opened);
      const wrong = await confirm(agent, opened, '000000');
      expect(wrong.status).to.equal(401);
      expect(secretOn(wrong), 'the same as before').to.equal(secret);
      const code = totpCode(secret);
      const { events, result: shown } = await newEvents(server, async () =>
        agent.follow(await confirm(agent, wrong, code)),
      );
      expect(shown.body.match(/<li><code>/gu)).to.have.length(10);
      expect(events.map(({ type }) => type)).to.include('factor.added');
      const again = await agent.get(shown.url);
      expect(again.body, 'shown once').to.not.include('<li><code>');
      const renewed = await agent.follow(await agent.submit(again, {}, '/codes/new'));
      expect(renewed.body.match(/<li><code>/gu)).to.have.length(10);
      const answer = await agent.follow(await agent.submit(renewed, {}, '/codes/stored'));
      expect(await claimsAt(answer)).to.deep.include({ acr: 'aal2', amr: ['pwd', 'otp', 'mfa'] });

      const next = await begin(person);
      expect(asksFor(next.page), 'from now on').to.equal('totp');
      const used = await typeCode(next.agent, next.page, code);
      expect(used.status, 'the code of the wizard is spent').to.equal(401);
    });

    it('leads to a passkey where only one will do', async () => {
      const person = await server.addAccount();
      const { agent, page } = await begin(person, { acr_values: 'phr' });
      const href = String(/href="([^"]*\/enrol\/passkey)"/u.exec(page.body)?.[1]);
      const opened = await agent.get(new URL(href, page.url).href);
      const authenticator = createAuthenticator({ origin: server.issuer });
      const options = (await passkeyOptions(agent, opened)) as Parameters<typeof authenticator.create>[0];
      const response = JSON.stringify(authenticator.create(options));
      const shown = await agent.follow(await agent.submit(opened, { response, name: 'Key' }));
      expect(shown.body.match(/<li><code>/gu)).to.have.length(10);
      const answer = await agent.follow(await agent.submit(shown, {}, '/codes/stored'));
      expect(await claimsAt(answer)).to.deep.include({ acr: 'phr', amr: ['pwd', 'hwk', 'mfa'] });
    });

    it('wants the code of who has an app before it adds a passkey', async () => {
      const person = await server.addAccount();
      const app = await addApp(server, person);
      const { agent, page } = await begin(person, { acr_values: 'phr' });
      expect(asksFor(page)).to.equal('totp');
      const early = await agent.get(`${page.url}/enrol/passkey`);
      expect(early.status).to.equal(303);
      const choice = await agent.follow(await typeCode(agent, page, await app.fresh()));
      expect(choice.body).to.include('/enrol/passkey');
      expect(choice.body).to.not.include('/enrol/totp');
    });
  });
});

describe('putting off a second factor', () => {
  it('is offered as often as the organisation allows, and then no more', async () => {
    const server = await startTestServer({ settings: { SECOND_FACTOR_GRACE_SIGN_INS: '2' } });
    try {
      const client = handClient(server.issuer, await server.addClient(WEB_CLIENT));
      const person = await server.addAccount();
      for (const left of [2, 1]) {
        const agent = new UserAgent();
        const page = await typePassword(agent, await agent.open(client.authorizeUrl()), person);
        const { events, result } = await newEvents(server, async () =>
          agent.follow(await agent.submit(page, {}, '/skip')),
        );
        expect(callbackOf(result).has('code')).to.equal(true);
        const skipped = events.find(({ type }) => type === 'factor.setup_skipped');
        expect(skipped?.details).to.deep.equal({ skipsLeft: left - 1 });
        const within = await agent.open(client.authorizeUrl({ prompt: 'none' }));
        expect(callbackOf(within).has('code'), 'not asked again in the session').to.equal(true);
      }
      const agent = new UserAgent();
      const page = await typePassword(agent, await agent.open(client.authorizeUrl()), person);
      expect(page.forms.some(({ action }) => action.endsWith('/enrol/totp'))).to.equal(true);
      expect(page.forms.some(({ action }) => action.endsWith('/skip'))).to.equal(false);

      const begun = await agent.follow(await agent.submit(page, {}, '/enrol/totp'));
      await agent.submit(begun, { code: totpCode(secretOn(begun)), name: 'Phone' }, '/confirm');
      expect(await server.app.factors.totp.list(person.id)).to.have.length(1);
      await fixture(server.app.database, 'delete from totp_authenticators', []);
      const again = new UserAgent();
      const after = await typePassword(again, await again.open(client.authorizeUrl()), person);
      expect(after.forms.some(({ action }) => action.endsWith('/enrol/totp'))).to.equal(true);
      expect(
        after.forms.some(({ action }) => action.endsWith('/skip')),
        'nor after taking it away',
      ).to.equal(false);
    } finally {
      await server.stop();
    }
  });
});
