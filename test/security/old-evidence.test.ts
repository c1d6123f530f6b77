import { expect } from 'chai';
import { createAuthenticator } from '../support/authenticator.ts';
import { fixture } from '../support/evidence/fixture.ts';
import { addApp, passkeyOptions } from '../support/factors.ts';
import type { HandClient } from '../support/protocol.ts';
import { secretOn, textOf } from '../support/security-pages.ts';
import type { TestServer } from '../support/server.ts';
import { type Page, UserAgent } from '../support/user-agent.ts';
import { HOURS, useOldEvidence } from './old-evidence.ts';

/** Lines 26 and 30: on no path of a sign-in is old evidence enough to change how somebody signs in. */
describe('evidence that is old', function oldEvidence() {
  this.timeout(180_000);
  const scene = useOldEvidence();
  const { time, at, typePassword, typeCode, signedIn, asks, factorsOf } = scene;
  let server: TestServer;
  let client: HandClient;
  let strict: HandClient;
  before(() => {
    ({ server, client, strict } = scene);
  });

  /** Everything that somebody with nothing but the cookies could post to set up a factor in a sign-in. */
  async function forceSetUp(agent: UserAgent, page: Page): Promise<void> {
    const [, uid = ''] = /\/sign-in\/([\w-]+)/.exec(page.url) ?? [];
    const csrf = String(page.forms[0]?.fields.csrf);
    const path = at(`/sign-in/${uid}/enrol`);
    const begun = await agent.post(`${path}/totp`, { csrf });
    const shown = begun.location === undefined ? begun : await agent.follow(begun);
    await agent.post(`${path}/totp/confirm?setup=${crypto.randomUUID()}`, {
      csrf,
      code: '123456',
      name: 'Mine',
    });
    expect(secretOn(shown)).to.equal('');
    const options = await agent.post(`${path}/passkey/options`, { csrf });
    expect(options.body).to.not.include('"challenge"');
    await agent.get(`${path}/passkey`);
    expect(await factorsOf()).to.equal(0);
  }

  for (const [name, open] of [
    ['acr_values=phr', () => client.authorizeUrl({ acr_values: 'phr' })],
    ['acr_values=aal2', () => client.authorizeUrl({ acr_values: 'aal2' })],
    [
      'an essential acr',
      () => client.authorizeUrl({ claims: '{"id_token":{"acr":{"essential":true,"value":"phr"}}}' }),
    ],
    ['a client that requires a second factor', () => strict.authorizeUrl()],
  ] as const) {
    it(`line 30: two hours after the sign-in, ${name} asks for the password before a factor is set up`, async () => {
      const agent = await signedIn();
      time.pass(HOURS);
      const asked = await agent.open(open());
      expect(asks(asked)).to.equal('password');
      await forceSetUp(agent, asked);
      const proven = await typePassword(agent, asked);
      expect(proven.body, 'after it the way is open').to.match(/\/enrol\/(totp|passkey)/);
    });
  }

  it('line 30: from an old session with a code, a passkey asks for the password and a code', async () => {
    const app = await addApp(server, scene.person);
    const agent = await signedIn(app);
    time.pass(HOURS);
    const asked = await agent.open(client.authorizeUrl({ acr_values: 'phr' }));
    expect(asks(asked)).to.equal('password');
    const proven = await typePassword(agent, asked);
    expect(asks(proven)).to.equal('totp');
    expect((await typeCode(agent, proven, await app.fresh())).body).to.include('/enrol/passkey');
  });

  it('line 26: a set-up that began in time may be completed for 900 seconds, once, and not later', async () => {
    for (const [wait, made] of [
      [899, 1],
      [902, 0],
    ] as const) {
      scene.person = await server.addAccount();
      const agent = await signedIn();
      time.pass(290);
      const page = await agent.open(client.authorizeUrl({ acr_values: 'phr' }));
      const shown = await agent.open(`${page.url}/enrol/passkey`);
      const key = createAuthenticator({ origin: server.issuer, verifies: true });
      time.pass(wait);
      const options = await passkeyOptions(agent, shown).catch(() => undefined);
      expect(options === undefined, `options after ${wait} s`).to.equal(made === 0);
      const response = options === undefined ? '{}' : JSON.stringify(key.create(options as never));
      await agent.submit(shown, { name: 'Mine', response });
      expect(await factorsOf(), `${wait} s`).to.equal(made);
      const state = await agent.open(page.url);
      expect(textOf(state).includes('recovery codes'), 'and its codes are shown').to.equal(made === 1);
    }
  });

  it('line 25: codes that came with a factor are made anew only while its set-up may take', async () => {
    const agent = await signedIn();
    const page = await agent.open(client.authorizeUrl({ acr_values: 'phr' }));
    const shown = await agent.open(`${page.url}/enrol/passkey`);
    const key = createAuthenticator({ origin: server.issuer, verifies: true });
    const response = JSON.stringify(key.create((await passkeyOptions(agent, shown)) as never));
    const codes = await agent.follow(await agent.submit(shown, { name: 'Mine', response }));
    expect(codes.body).to.include('<ol class="codes"');
    const again = await agent.open(codes.url);
    const { createdAt } = await server.app.factors.recoveryCodes.remaining(scene.person.id);
    time.pass(1_000);
    await agent.submit(again, {}, '/codes/new');
    expect((await server.app.factors.recoveryCodes.remaining(scene.person.id)).createdAt).to.deep.equal(
      createdAt,
    );
    const late = await agent.open(codes.url);
    expect(late.forms.some(({ action }) => action.endsWith('/codes/new'))).to.equal(false);
    expect(textOf(late)).to.include('on your account page');
    expect((await agent.follow(await agent.submit(late, {}, '/codes/stored'))).location).to.include('code=');
  });

  it('line 8: the page of a password that has to be changed, left open, sets none', async () => {
    await fixture(server.app.database, 'update accounts set password_must_change = true where id = $1', [
      scene.person.id,
    ]);
    const agent = new UserAgent();
    const page = await typePassword(agent, await agent.open(client.authorizeUrl()));
    expect(page.body).to.include('new_password');
    time.pass(1_000);
    const late = await agent.follow(
      await agent.submit(page, { new_password: 'seven quiet lanterns burning' }, '/password'),
    );
    expect(asks(late)).to.equal('password');
    const again = await typePassword(agent, late);
    const done = await agent.follow(
      await agent.submit(again, { new_password: 'seven quiet lanterns burning' }, '/password'),
    );
    expect(done.location).to.include('code=');
  });

  it('line 37: evidence of a session that has ended is none, however young', async () => {
    const agent = await signedIn();
    const page = await agent.open(client.authorizeUrl({ acr_values: 'aal2' }));
    expect(page.body).to.include('/enrol/totp');
    const {
      database,
      lifecycle: { access },
    } = server.app;
    await database.transaction((tx) =>
      access.endAll(tx, scene.person.id, 'ended_by_person', {
        actor: { kind: 'person', id: scene.person.id },
      }),
    );
    expect((await agent.open(page.url)).status, 'it is over').to.equal(400);
    await forceSetUp(agent, page);
  });

  it('line 37: so is what was carried over from it and added to', async () => {
    const agent = await signedIn();
    const app = await addApp(server, scene.person);
    const asked = await agent.open(client.authorizeUrl({ acr_values: 'phr' }));
    const proven = await typeCode(agent, asked, await app.fresh());
    expect(proven.body).to.include('/enrol/passkey');
    const {
      database,
      lifecycle: { access },
    } = server.app;
    await database.transaction((tx) =>
      access.endAll(tx, scene.person.id, 'ended_by_person', {
        actor: { kind: 'person', id: scene.person.id },
      }),
    );
    expect((await agent.open(proven.url)).status, 'it is over').to.equal(400);
    await agent.get(`${proven.url}/enrol/passkey`);
    const csrf = String(proven.forms[0]?.fields.csrf);
    expect((await agent.post(`${proven.url}/enrol/passkey/options`, { csrf })).body).to.not.include(
      '"challenge"',
    );
  });
});
