import { expect } from 'chai';
import type { Account } from '../../src/domain/accounts/store.ts';
import { createLogger } from '../../src/log.ts';
import { commitWrites } from '../../src/storage/unit-of-work.ts';
import { createAuthenticator } from '../support/authenticator.ts';
import { asFixture, fixture } from '../support/evidence/fixture.ts';
import {
  type App,
  addApp,
  addPasskey,
  addRecoveryCodes,
  showPasskey,
  typeCode,
  typePassword,
} from '../support/factors.ts';
import { mailAbout } from '../support/lifecycle.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { totpCode } from '../support/totp.ts';
import { type Page, UserAgent } from '../support/user-agent.ts';
import { audited } from './support.ts';

type Someone = Account & { password: string };

const SECURITY = '/account/security';
const NEW_APP = `${SECURITY}/authenticators/new`;
const NEW_PASSKEY = `${SECURITY}/passkeys/new`;

/** What people change about their own factors, by the checklist. */
describe('second factors on their owner’s pages', function ownFactors() {
  this.timeout(60_000);
  let server: TestServer;
  let person: Someone;
  const logged: string[] = [];
  before(async () => {
    const log = createLogger({ server: { logLevel: 'trace' } }, { write: (line) => void logged.push(line) });
    server = await startTestServer({
      settings: { LOG_LEVEL: 'trace', TRUSTED_DEVICE_DAYS: '30' },
      replace: { log },
    });
  });
  after(() => server.stop());
  beforeEach(async () => {
    person = await server.addAccount();
  });

  const at = (path: string) => `${server.issuer}${path}`;
  const has = () => server.app.lifecycle.ownFactors.of(person.id);
  const isSignedIn = async (agent: UserAgent) => (await agent.get(at('/account'))).status === 200;

  /** Signed in with the password, and with a code of the app where one is asked for. */
  async function signedIn(app?: App): Promise<UserAgent> {
    const agent = new UserAgent();
    const page = await typePassword(agent, await agent.open(at('/account')), person);
    if (app !== undefined)
      await agent.follow(await typeCode(agent, page, await app.fresh(), { factor: 'totp' }));
    expect(await isSignedIn(agent)).to.equal(true);
    return agent;
  }

  /** Lets every session of the person be so much older. */
  const age = (seconds: number) =>
    fixture(
      server.app.database,
      `update oidc_artifacts
       set payload = jsonb_set(payload, '{loginTs}', to_jsonb((payload ->> 'loginTs')::bigint - $2::bigint))
       where model = 'Session' and payload ->> 'accountId' = $1`,
      [person.id, seconds],
    );

  /** Somebody with one of each, and a browser that has just shown a code. */
  async function equipped() {
    const app = await addApp(server, person);
    await addPasskey(server, person);
    await addRecoveryCodes(server, person);
    const seen = { ip: undefined, userAgent: undefined };
    const trust = server.app.factors.trustedDevices.trust(person.id, 'a device', 30, seen);
    await asFixture(server.app.database, (tx) => commitWrites(tx, trust));
    const agent = await signedIn(app);
    const {
      own: { totp: authenticators, passkey: passkeys },
    } = await has();
    const apps = `${SECURITY}/authenticators/${authenticators[0]?.id}`;
    const keys = `${SECURITY}/passkeys/${passkeys[0]?.id}`;
    const csrf = String((await agent.get(at(apps))).forms[0]?.fields.csrf);
    const forms: [path: string, fields: Record<string, string>][] = [
      [apps, { name: 'Renamed' }],
      [keys, { name: 'Renamed' }],
      [`${SECURITY}/devices/forget`, { device: (await has()).devices[0]?.idHash ?? '' }],
      [`${SECURITY}/recovery-codes`, {}],
      [`${keys}/remove`, {}],
      [`${apps}/remove`, {}],
    ];
    return { app, agent, csrf, forms };
  }

  const state = async () => JSON.stringify(await has());

  it('line 26: nothing is changed by a session whose second factor is not fresh, and all of it by one whose is', async () => {
    const { app, agent, csrf, forms } = await equipped();
    const before = await state();
    await age(1_000);
    for (const [path, fields] of forms) {
      const { location } = await agent.post(at(path), { csrf, ...fields });
      expect(location, path).to.include('/authorize?').and.include('acr_values=aal2').and.include('max_age=');
    }
    for (const [path, level] of [
      [NEW_APP, 'aal2'],
      [NEW_PASSKEY, 'phr'],
      [`${SECURITY}/recovery-codes`, 'aal2'],
    ] as const) {
      expect((await agent.get(at(path))).location, path).to.include(`acr_values=${level}`);
    }
    expect(await state()).to.equal(before);

    const asked = await agent.open(at(NEW_APP));
    const proven = await typePassword(agent, asked, person);
    await agent.follow(await typeCode(agent, proven, await app.fresh(), { factor: 'totp' }));
    const page = await agent.open(at(`${SECURITY}/recovery-codes`));
    const token = String(page.forms[0]?.fields.csrf);
    for (const [path, fields] of forms) {
      expect((await agent.post(at(path), { csrf: token, ...fields })).location, path).to.include(SECURITY);
    }
    const {
      own: { totp: authenticators, passkey: passkeys },
      codes,
      devices,
    } = await has();
    expect([authenticators, passkeys, devices, codes.left]).to.deep.equal([[], [], [], 0]);
  });

  it('line 30: a code adds no passkey to an account that has one, neither by the form nor by its options', async () => {
    const app = await addApp(server, person);
    const phished = await signedIn(app);
    const page = await phished.open(at(NEW_PASSKEY));
    const csrf = String(page.forms[0]?.fields.csrf);
    const begun = await phished.post(at(`${NEW_PASSKEY}/options`), { csrf });
    const key = await addPasskey(server, person);

    const intruder = createAuthenticator({ origin: server.issuer, verifies: true });
    const response = JSON.stringify(intruder.create(JSON.parse(begun.body)));
    const tries = [
      await phished.get(at(NEW_PASSKEY)),
      await phished.post(at(`${NEW_PASSKEY}/options`), { csrf }),
      await phished.post(at(NEW_PASSKEY), { csrf, name: 'Mine', response }),
    ];
    for (const { location } of tries) {
      expect(location).to.include('/authorize?').and.include('acr_values=phr');
    }
    expect((await has()).own.passkey).to.have.length(1);

    const asked = await phished.follow(tries[0] as Page);
    const owner = await phished.follow(await showPasskey(phished, asked, key));
    expect(new URL(owner.url).pathname, 'who has the passkey may').to.equal(NEW_PASSKEY);
  });

  it('line 26: a trusted device spares the question at the sign-in, not before a change', async () => {
    const app = await addApp(server, person);
    const agent = new UserAgent();
    const page = await typePassword(agent, await agent.open(at('/account')), person);
    await agent.follow(await typeCode(agent, page, await app.fresh(), { trust: true }));
    await fixture(
      server.app.database,
      `delete from oidc_artifacts where model = 'Session' and payload ->> 'accountId' = $1`,
      [person.id],
    );
    await typePassword(agent, await agent.open(at('/account')), person);
    expect(await isSignedIn(agent), 'without a code').to.equal(true);
    const [own] = (await has()).own.totp;
    const asked = await agent.get(at(`${SECURITY}/authenticators/${own?.id}`));
    expect(asked.location).to.include('acr_values=aal2');
    const shown = await agent.get(at(`${SECURITY}/recovery-codes/new`));
    const token = String(shown.forms.find(({ action }) => action.endsWith('/stored'))?.fields.csrf);
    const removal = await agent.post(at(`${SECURITY}/authenticators/${own?.id}/remove`), { csrf: token });
    expect(removal.location).to.include('/authorize?');
    expect((await has()).own.totp).to.have.length(1);
  });

  it('line 26: whoever has no factor yet confirms with a fresh password before the first', async () => {
    const agent = await signedIn();
    await age(1_000);
    const { location } = await agent.get(at(NEW_APP));
    expect(location).to.include('/authorize?').and.include('max_age=').and.not.include('acr_values');
    expect((await agent.open(at(NEW_APP))).body).to.include('name="password"');
  });

  it('line 23: a seed is on the page of its wizard, for who began it, and nowhere else', async () => {
    const agent = await signedIn();
    const wizard = await agent.open(at(NEW_APP));
    const [, key = ''] = /id="totp-key">(.*?)<\/code>/s.exec(wizard.body) ?? [];
    const secret = key.replace(/<[^>]+>|\s/g, '');
    expect(secret).to.match(/^[A-Z2-7]{32}$/);
    expect(wizard.headers.get('cache-control')).to.equal('no-store');
    expect(wizard.url).to.not.include(secret);

    const stranger = new UserAgent();
    const other = await server.addAccount();
    await typePassword(stranger, await stranger.open(at('/account')), other);
    expect((await stranger.open(wizard.url)).body).to.not.include(secret);
    expect((await new UserAgent().open(wizard.url)).body).to.not.include(secret);

    const seen: Page[] = [await agent.submit(wizard, { code: totpCode(secret), name: 'Phone' })];
    for (const path of [SECURITY, '/account', new URL(wizard.url).pathname]) {
      seen.push(await agent.open(at(path)));
    }
    const [own] = (await has()).own.totp;
    await fixture(server.app.database, 'update totp_authenticators set last_step = 0');
    const asked = await agent.open(at(`${SECURITY}/authenticators/${own?.id}`));
    seen.push(asked, await agent.follow(await typeCode(agent, asked, totpCode(secret))));
    expect(seen.at(-1)?.body).to.include('Phone');
    for (const { url, body, location = '' } of seen)
      expect([url, body, location].join()).to.not.include(secret);
    expect(logged.join('')).to.not.include(secret);
    expect(JSON.stringify(await audited(server))).to.not.include(secret);
    const mail = await mailAbout(server, person.email, 'A way to sign in was added to your account');
    expect(mail.text + mail.html).to.not.include(secret);
    const rows = await server.app.database.query('select * from totp_authenticators');
    expect(JSON.stringify(rows)).to.not.include(secret);
  });

  it('line 19: a factor that comes or goes is told to its owner, who can say that it was not them', async () => {
    const { agent, csrf, forms } = await equipped();
    const changes = forms.filter(([path]) => /remove|recovery-codes/.test(path));
    for (const [path, fields] of changes) {
      await agent.post(at(path), { csrf, ...fields });
      const { subject, html } = await server.mailbox.next(person.email);
      expect(subject, path).to.match(/^A way to sign in was (added to|removed from) your account$/);
      expect(html).to.include('/secure?token=');
    }
    expect(changes).to.have.length(3);
  });

  it('line 39: with a factor other sessions end if its owner says so, and each change offers it', async () => {
    const app = await addApp(server, person);
    const [elsewhere, agent] = [await signedIn(app), await signedIn(app)];
    const [own] = (await has()).own.totp;
    const page = await agent.open(at(`${SECURITY}/authenticators/${own?.id}`));
    const { end_others: _box, ...fields } =
      page.forms.find(({ action }) => action.endsWith('/remove'))?.fields ?? {};
    const kept = await signedIn(app);
    const done = await agent.follow(await agent.post(at(`${new URL(page.url).pathname}/remove`), fields));
    expect(done.body).to.include('href="/account/sessions/end-others"');
    expect([await isSignedIn(elsewhere), await isSignedIn(kept)]).to.deep.equal([true, true]);
    await agent.submit(await agent.get(at('/account/sessions/end-others')), {}, '/end-others');
    expect([await isSignedIn(elsewhere), await isSignedIn(kept)]).to.deep.equal([false, false]);
    expect(await isSignedIn(agent)).to.equal(true);

    const again = await addApp(server, person);
    const last = await signedIn(again);
    const [second] = (await has()).own.totp;
    const removal = await last.open(at(`${SECURITY}/authenticators/${second?.id}`));
    await last.submit(removal, { end_others: 'yes' }, '/remove');
    expect([await isSignedIn(agent), await isSignedIn(last)]).to.deep.equal([false, true]);
  });
});
