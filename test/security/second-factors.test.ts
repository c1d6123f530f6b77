import { expect } from 'chai';
import { decodeJwt } from 'jose';
import { invitations } from '../../src/administration/invitations.ts';
import type { Account } from '../../src/domain/accounts/store.ts';
import { act } from '../support/administration.ts';
import { asFixture, fixtures } from '../support/evidence/fixture.ts';
import {
  addApp,
  addPasskey,
  addRecoveryCodes,
  asksFor,
  passkeyOptions,
  typeCode,
  typePassword,
} from '../support/factors.ts';
import { mailAbout } from '../support/lifecycle.ts';
import { callbackOf, type HandClient, handClient } from '../support/protocol.ts';
import { WEB_CLIENT } from '../support/relying-party.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { type Page, UserAgent } from '../support/user-agent.ts';

type Someone = Account & { password: string };

/** Whoever has a second factor is served by no way without it. */
describe('line 30: every way in has the same strength', () => {
  let server: TestServer;
  let client: HandClient;

  before(async () => {
    server = await startTestServer();
    client = handClient(server.issuer, await server.addClient(WEB_CLIENT));
  });
  after(() => server.stop());

  async function protectedPerson() {
    const person = await server.addAccount();
    return { person, app: await addApp(server, person) };
  }

  /** As far as the second factor. */
  async function begin(person: Someone, parameters: Record<string, string> = {}, agent = new UserAgent()) {
    const first = await agent.open(client.authorizeUrl(parameters));
    const page = first.location === undefined ? await typePassword(agent, first, person) : first;
    const uid = String(new URL(page.url).pathname.split('/').at(-1));
    return { agent, page, uid, resume: `${server.issuer}/authorize/${uid}` };
  }

  const post = (agent: UserAgent, page: Page, path: string, fields: Record<string, string> = {}) =>
    agent.post(`${new URL(page.url).origin}${new URL(page.url).pathname}${path}`, {
      csrf: String(page.forms[0]?.fields.csrf),
      ...fields,
    });

  async function expectOutside(agent: UserAgent): Promise<void> {
    expect((await agent.get(`${server.issuer}/account`)).status, 'no session').to.equal(303);
    const silent = await agent.open(client.authorizeUrl({ prompt: 'none' }));
    expect(callbackOf(silent).get('error')).to.equal('login_required');
  }

  it('line 30: the password alone makes no session', async () => {
    const { person } = await protectedPerson();
    const { agent, page } = await begin(person);
    expect(asksFor(page)).to.equal('totp');
    await expectOutside(agent);
  });

  it('line 30: the way back to the application leads to the factor', async () => {
    const { person } = await protectedPerson();
    const { agent, resume } = await begin(person);
    const back = await agent.open(resume);
    expect(back.location).to.equal(undefined);
    expect(back.body).to.include('name="password"');
    await expectOutside(agent);
  });

  it('line 30: a second tab begins at the password, and takes nothing from the first', async () => {
    const { person } = await protectedPerson();
    const { agent } = await begin(person);
    const second = await agent.open(client.authorizeUrl());
    expect(second.forms.some(({ fields }) => 'password' in fields)).to.equal(true);
    expect(asksFor(second)).to.equal(undefined);
    expect(asksFor(await agent.open(second.url))).to.equal(undefined);
  });

  it('line 30: prompt=none answers no session from before there was a factor', async () => {
    const person = await server.addAccount();
    const { agent, page } = await begin(person);
    expect(callbackOf(page).has('code')).to.equal(true);
    const app = await addApp(server, person);
    await (async () => {
      const silent = await agent.open(client.authorizeUrl({ prompt: 'none' }));
      expect(callbackOf(silent).get('error')).to.equal('login_required');
    })();
    const asked = await agent.open(client.authorizeUrl());
    expect(asksFor(asked), 'and asks for it, and for nothing else').to.equal('totp');
    const answer = await agent.follow(await typeCode(agent, asked, await app.fresh()));
    const { body } = await client.redeem(String(answer.location));
    expect(decodeJwt(body.id_token).acr).to.equal('aal2');
  });

  it('line 30: the session of one application does not get round the demands of another', async () => {
    const strict = handClient(
      server.issuer,
      await server.addClient({ ...WEB_CLIENT, second_factor: 'required' }),
    );
    const person = await server.addAccount();
    const { agent, page } = await begin(person);
    expect(callbackOf(page).has('code')).to.equal(true);
    const silent = await agent.open(strict.authorizeUrl({ prompt: 'none' }));
    expect(callbackOf(silent).get('error')).to.equal('login_required');
    const asked = await agent.open(strict.authorizeUrl());
    expect(asked.forms.some(({ action }) => action.endsWith('/enrol/totp'))).to.equal(true);
    expect(asked.forms.some(({ action }) => action.endsWith('/skip'))).to.equal(false);
  });

  it('line 16: a reset of the password leads to the factor all the same', async () => {
    const { person } = await protectedPerson();
    const agent = new UserAgent();
    const { page, uid } = await begin(person, {}, agent);
    const asked = await agent.get(`${server.issuer}/forgot?sign_in=${uid}`);
    await agent.submit(asked, { identifier: person.email });
    const link = server.mailbox.linkIn(await mailAbout(server, person.email, 'Choose a new password'));
    const password = 'marble otters juggle quietly';
    await agent.submit(await agent.get(link), { password }, '/reset');
    const continued = await agent.open(`${server.issuer}/sign-in/${uid}/continue`);
    expect(asksFor(continued), 'what was proven before the reset is void').to.equal(undefined);
    expect(asksFor(await agent.get(page.url))).to.equal(undefined);
    await expectOutside(agent);
    const next = await begin({ ...person, password });
    expect(asksFor(next.page)).to.equal('totp');
  });

  it('line 16: nor does an invitation', async () => {
    const email = `nia-${Date.now()}@example.org`;
    await act(server.app, invitations.send, { email, name: 'Nia' });
    const account = await server.app.accounts.store.findByIdentifier(email);
    await addApp(server, { id: String(account?.id) });
    const agent = new UserAgent();
    const link = server.mailbox.linkIn(await server.mailbox.next(email));
    const password = 'marble otters juggle quietly';
    await agent.follow(await agent.submit(await agent.get(link), { password }, '/invitation'));
    await expectOutside(agent);
    const next = await begin({ ...(account as Account), password });
    expect(asksFor(next.page)).to.equal('totp');
  });

  it('line 30: the steps after it are refused before it', async () => {
    const { person } = await protectedPerson();
    await server.app.accounts.passwords.flag(fixtures(server.app.database), person.id, 'must_change');
    const { agent, page } = await begin(person);
    const steps: [string, Record<string, string>][] = [
      ['/password', { new_password: 'marble otters juggle quietly' }],
      ['/skip', {}],
      ['/codes/stored', {}],
      ['/codes/new', {}],
      ['/enrol/totp', {}],
      ['/enrol/totp/confirm?setup=00000000-0000-4000-8000-000000000000', { code: '123456', name: 'x' }],
      ['/enrol/passkey', { response: '{}', name: 'x' }],
    ];
    for (const [path, fields] of steps) {
      const answer = await post(agent, page, path, fields);
      expect(answer.status, path).to.equal(303);
      expect(asksFor(await agent.follow(answer)), path).to.equal('totp');
    }
    const consent = await post(agent, page, '/consent', { decision: 'allow' });
    expect(consent.status).to.equal(400);
    expect((await agent.get(`${page.url}/enrol/totp`)).status).to.equal(303);
    const account = await server.app.accounts.store.findById(person.id);
    expect(account?.passwordHash, 'the password is as it was').to.equal(
      (await server.app.accounts.store.findByIdentifier(person.email))?.passwordHash,
    );
    expect(account?.passwordMustChange).to.equal(true);
    await expectOutside(agent);
  });

  it('line 30: a factor before the password is nothing', async () => {
    const { app } = await protectedPerson();
    const agent = new UserAgent();
    const page = await agent.open(client.authorizeUrl());
    const answer = await post(agent, page, '/factor', { factor: 'totp', code: await app.fresh() });
    expect(answer.status).to.equal(303);
    expect((await agent.follow(answer)).body).to.include('name="password"');
  });

  it('line 30: another person’s factor opens nothing', async () => {
    const [{ person }, other] = [await protectedPerson(), await protectedPerson()];
    const codes = await addRecoveryCodes(server, other.person);
    await addRecoveryCodes(server, person);
    const { agent, page } = await begin(person);
    expect((await typeCode(agent, page, await other.app.fresh())).status).to.equal(401);
    const recovery = await typeCode(agent, page, String(codes[0]), { factor: 'recovery_code' });
    expect(recovery.status).to.equal(401);
    await expectOutside(agent);
  });

  it('line 30: another person’s sign-in cannot be gone on with, nor its evidence be taken along', async () => {
    const [first, second] = [await protectedPerson(), await protectedPerson()];
    const theirs = await begin(first.person);
    // In another browser: whatever is known of it, the cookie is not there.
    const stranger = new UserAgent();
    const posted = await post(stranger, theirs.page, '/factor', {
      factor: 'totp',
      code: await first.app.fresh(),
    });
    expect(posted.status).to.equal(400);
    // In the same browser, another person types a password: they show their own factor.
    const page = await theirs.agent.post(new URL(theirs.page.url).href, {
      csrf: String(theirs.page.forms[0]?.fields.csrf),
      identifier: second.person.email,
      password: second.person.password,
    });
    const asked = await theirs.agent.follow(page);
    expect(asksFor(asked)).to.equal('totp');
    expect((await typeCode(theirs.agent, asked, await first.app.fresh())).status).to.equal(401);
    const right = await theirs.agent.follow(await typeCode(theirs.agent, asked, await second.app.fresh()));
    const { body } = await client.redeem(String(right.location));
    expect(decodeJwt(body.id_token).sub).to.equal(second.person.id);
  });

  it('line 30: what nobody offered is not taken: a kind that the person does not have', async () => {
    const { person } = await protectedPerson();
    const { agent, page } = await begin(person);
    for (const factor of ['recovery_code', 'passkey']) {
      const answer = await post(agent, page, '/factor', { factor, code: 'x', response: '{}' });
      expect(answer.status, factor).to.equal(303);
    }
    for (const factor of ['pwd', '', 'trusted_device', 'totp,passkey']) {
      expect((await post(agent, page, '/factor', { factor, code: '123456' })).status, factor).to.equal(400);
    }
    await expectOutside(agent);
  });

  it('line 30: a disabled account goes no further', async () => {
    const { person, app } = await protectedPerson();
    const { agent, page } = await begin(person);
    await asFixture(server.app.database, (tx) =>
      server.app.accounts.store.setStatus(tx, person.id, 'disabled'),
    );
    const answer = await typeCode(agent, page, await app.fresh());
    expect(answer.status).to.equal(303);
    expect((await agent.follow(answer)).body).to.include('name="password"');
    await expectOutside(agent);
  });

  it('line 30: a sign-in that was cancelled stays so', async () => {
    const { person, app } = await protectedPerson();
    const { agent, page } = await begin(person);
    const cancelled = await post(agent, page, '/cancel');
    expect(cancelled.status).to.equal(303);
    const late = await typeCode(agent, page, await app.fresh());
    expect(late.status).to.equal(303);
    expect(callbackOf(await agent.follow(late)).get('error')).to.equal('access_denied');
    await expectOutside(agent);
  });

  it('line 30: a step-up ends with the session that it adds to', async () => {
    const { person, app } = await protectedPerson();
    const signedIn = await begin(person);
    await signedIn.agent.follow(await typeCode(signedIn.agent, signedIn.page, await app.fresh()));
    await addPasskey(server, person);
    const asked = await signedIn.agent.open(client.authorizeUrl({ acr_values: 'phr' }));
    expect(asksFor(asked)).to.equal('passkey');
    await server.app.database.transaction((tx) =>
      server.app.lifecycle.access.endAll(tx, person.id, 'everywhere', { actor: { kind: 'system' } }),
    );
    const gone = await signedIn.agent.get(asked.url);
    expect(gone.status).to.equal(400);
    await expectOutside(signedIn.agent);
  });

  it('line 30: what takes an account over is for who has shown the factor, in whichever session', async () => {
    const person = await server.addAccount();
    const { agent, page } = await begin(person);
    await agent.follow(page, (url) => !url.startsWith(server.issuer));
    const form = await agent.open(`${server.issuer}/account/address`);
    expect(form.forms.some(({ fields }) => 'email' in fields)).to.equal(true);
    const app = await addApp(server, person);
    const posted = await agent.submit(form, { email: 'taken-over@example.org' }, '/account/address');
    expect(posted.status, 'also with the form of before').to.equal(303);
    for (const path of ['/account/address', '/account/password']) {
      expect(asksFor(await agent.open(`${server.issuer}${path}`)), path).to.equal('totp');
    }
    const asked = await agent.open(`${server.issuer}/account/address`);
    const back = await agent.follow(await typeCode(agent, asked, await app.fresh()));
    expect(back.forms.some(({ fields }) => 'email' in fields)).to.equal(true);
  });

  it('line 30: a passkey opens nothing by itself while the password is known to others', async () => {
    const person = await server.addAccount();
    const key = await addPasskey(server, person);
    await server.app.accounts.passwords.flag(fixtures(server.app.database), person.id, 'compromised');
    const agent = new UserAgent();
    const page = await agent.open(client.authorizeUrl());
    const response = JSON.stringify(key.get(await passkeyOptions(agent, page)));
    const answer = await agent.submit(page, { response }, '/passkey');
    expect(answer.status).to.equal(401);
    await expectOutside(agent);
  });
});
