import { expect } from 'chai';
import { addSeconds } from '../../src/kernel/clock.ts';
import { commitWrites } from '../../src/storage/unit-of-work.ts';
import { command } from '../support/access.ts';
import { mailAbout } from '../support/account-life.ts';
import {
  addApp,
  addPasskey,
  addRecoveryCodes,
  asksFor,
  showPasskey,
  typeCode,
  typePassword,
} from '../support/factors.ts';
import { auditTrail, authorize, handClient, type Person } from '../support/protocol.ts';
import { WEB_CLIENT } from '../support/relying-party.ts';
import { NEW_APP, NEW_PASSKEY, SECURITY } from '../support/security-pages.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { codeBy, offersSetup, setUpApp } from '../support/temporary-codes.ts';
import { totpCode } from '../support/totp.ts';
import { type Page, UserAgent } from '../support/user-agent.ts';

const OTHER = '00000-00000';

describe('temporary access codes', function temporaryCodes() {
  this.timeout(120_000);
  let server: TestServer;
  let person: Person & { name: string };
  let usual: TestServer | undefined;
  let late = 0;
  const now = () => addSeconds(new Date(), late);

  before(async () => {
    server = await startTestServer({
      settings: { TRUSTED_DEVICE_DAYS: '30', MAX_FAILED_LOGIN_ATTEMPTS: '50', TEMPORARY_CODE_HOURS: '2' },
      replace: { clock: { now } },
    });
  });
  after(() => server.stop());
  afterEach(async () => {
    if (usual === undefined) return;
    await server.stop();
    [server, usual] = [usual, undefined];
  });
  /** For this test, a server of its own. */
  async function elsewhere(settings: Record<string, string>): Promise<void> {
    usual = server;
    server = await startTestServer({ settings, replace: { clock: { now } } });
    person = await server.addAccount({ emailVerified: true });
  }
  beforeEach(async () => {
    late = 0;
    person = await server.addAccount({ emailVerified: true });
  });

  const at = (path: string) => `${server.issuer}${path}`;
  const isIn = async (agent: UserAgent) => (await agent.get(at('/account'))).status === 200;
  const atPassword = async (url = at('/account')): Promise<{ agent: UserAgent; page: Page }> => {
    const agent = new UserAgent();
    return { agent, page: await typePassword(agent, await agent.open(url), person) };
  };
  const show = async (agent: UserAgent, page: Page, code: string, trust = false): Promise<Page> =>
    agent.follow(await typeCode(agent, page, code, { factor: 'temporary_code', trust }));
  const events = async (type: string) =>
    (await auditTrail(server)).filter((event) => event.type === type && event.account === person.id);

  describe('after a reset of factors', () => {
    it('a factor is set up with the code, and with nothing less; then it is over with it', async () => {
      await addApp(server, person);
      const code = await codeBy(server, 'reset-factors', person);
      const { agent, page } = await atPassword();
      expect(asksFor(page)).to.equal('temporary_code');
      expect(page.body).to.include('ask your administrator for a new one');
      // Whoever has the password goes no other way.
      const path = page.url;
      for (const enrol of ['enrol/totp', 'enrol/passkey']) {
        expect(asksFor(await agent.open(`${path}/${enrol}`)), enrol).to.equal('temporary_code');
      }
      const { csrf = '' } = page.forms[0]?.fields ?? {};
      for (const enrol of [
        '/enrol/totp',
        '/enrol/passkey',
        '/enrol/passkey/options',
        '/skip',
        '/codes/new',
      ]) {
        const fields = { csrf, name: 'Mine', code: '123456', response: '{}' };
        const answer = await agent.follow(await agent.post(`${path}${enrol}`, fields));
        expect(asksFor(answer), enrol).to.equal('temporary_code');
      }
      const wrong = await show(agent, page, OTHER);
      expect(wrong.status).to.equal(401);
      expect(asksFor(wrong)).to.equal('temporary_code');
      const right = await show(agent, wrong, code.toLowerCase().replace('-', ' '));
      expect(offersSetup(right)).to.equal(true);
      expect(await isIn(agent), 'the code alone').to.equal(false);
      const { secret } = await setUpApp(agent, right, now);
      expect(await isIn(agent)).to.equal(true);

      late += 60;
      const next = await atPassword();
      expect(asksFor(next.page)).to.equal('totp');
      await next.agent.follow(await typeCode(next.agent, next.page, totpCode(secret, now())));
      expect(await isIn(next.agent)).to.equal(true);
      expect(await events('temporary_code.issued')).to.have.length(1);
      expect(await events('temporary_code.used')).to.have.length(1);
      const mail = await mailAbout(server, person.email, 'A temporary access code was used');
      expect(mail.text).to.include('/secure?token=');
    });

    it('a passkey, where the policy or the client asks for one', async () => {
      const client = handClient(
        server.issuer,
        await server.addClient({ ...WEB_CLIENT, first_party: true, second_factor: 'phishing_resistant' }),
      );
      await addPasskey(server, person);
      const code = await codeBy(server, 'reset-factors', person);
      const { agent, page } = await atPassword(client.authorizeUrl());
      expect(asksFor(page)).to.equal('temporary_code');
      const right = await show(agent, page, code);
      expect(right.url).to.match(/\/sign-in\//u);
      expect(offersSetup(right), 'no app').to.equal(false);
      expect(right.body).to.include('/enrol/passkey');
    });

    it('the need stays when the code is over or used up; a new one from the operator works', async () => {
      await addApp(server, person);
      const first = await codeBy(server, 'reset-factors', person);
      late += 2 * 3_600 + 1;
      const over = await atPassword();
      expect(asksFor(over.page)).to.equal('temporary_code');
      expect((await show(over.agent, over.page, first)).status).to.equal(401);

      const second = await codeBy(server, 'temporary-code', person);
      let { agent, page } = await atPassword();
      for (let tries = 0; tries < 5; tries += 1) page = await show(agent, page, OTHER);
      page = await show(agent, page, second);
      expect(page.status, 'used up').to.equal(401);
      expect(asksFor(page)).to.equal('temporary_code');
      expect(page.body).to.include('ask your administrator for a new one');

      const third = await codeBy(server, 'temporary-code', person);
      expect((await show(agent, page, second)).status, 'the one before').to.equal(401);
      expect(offersSetup(await show(agent, page, third))).to.equal(true);
      const mail = await mailAbout(server, person.email, 'A temporary access code was made for your account');
      expect(mail.text).to.include('set up a second factor').and.not.include(third);
    });

    it('somebody who does not finish needs another one', async () => {
      await addApp(server, person);
      const code = await codeBy(server, 'reset-factors', person);
      const { agent, page } = await atPassword();
      expect(offersSetup(await show(agent, page, code))).to.equal(true);
      const again = await atPassword();
      expect(asksFor(again.page)).to.equal('temporary_code');
      expect((await show(again.agent, again.page, code)).status).to.equal(401);
      // Who was at it goes on, for a quarter of an hour.
      late += 880;
      expect(offersSetup(await agent.open(page.url))).to.equal(true);
      late += 120;
      expect(asksFor(await agent.open(page.url))).to.equal('temporary_code');
    });

    it('the pages of the account ask for it as well, where nobody is asked for a second factor', async () => {
      await elsewhere({ SECOND_FACTOR_POLICY: 'off' });
      const code = await codeBy(server, 'reset-factors', person);
      const { agent } = await atPassword();
      expect(await isIn(agent), 'the password is enough to be in').to.equal(true);
      for (const path of [NEW_APP, NEW_PASSKEY]) {
        const asked = await agent.open(at(path));
        expect(asked.url, path).to.include('/sign-in/');
      }
      // A page that was opened before the reset is no way round it.
      const asked = await typePassword(agent, await agent.open(at(NEW_APP)), person);
      expect(asksFor(asked)).to.equal('temporary_code');
      const right = await show(agent, asked, code);
      expect(offersSetup(right)).to.equal(true);
      await setUpApp(agent, right, now);
      expect((await server.house.ownFactors.of(person.id)).authenticators).to.have.length(1);
      expect((await server.house.factorEnrolments.state(person.id)).codeNeeded).to.equal(false);
    });

    it('the wizard itself holds it, whoever calls', async () => {
      await codeBy(server, 'reset-factors', person);
      const { house } = server;
      const account = await house.accounts.findById(person.id);
      if (account === undefined) throw new Error('no account');
      const sighting = { at: now(), ip: undefined, userAgent: undefined };
      const { id, writes } = house.factorEnrolment.beginTotp(account);
      await commitWrites(house.database, writes);
      const setup = await house.factorEnrolment.totpSetup(account, id);
      const typed = { code: totpCode(String(setup?.secret.replaceAll(' ', '')), now()), name: 'Mine' };
      const made = await house.factorEnrolment.confirmTotp(account, id, typed, sighting);
      if ('refused' in made) throw new Error(made.refused);
      const late = await commitWrites(house.database, made.made.writes).catch((error) => error);
      expect(late).to.have.property('code', 'temporary_code_needed');
      expect((await house.ownFactors.of(person.id)).authenticators).to.deep.equal([]);
    });

    it('a disabled account gets its code when it is enabled', async () => {
      await command(server, 'users', 'disable', person.email);
      const printed = await command(server, 'users', 'reset-factors', person.email);
      expect(printed).to.include('users temporary-code').and.not.include('access code:');
      await command(server, 'users', 'enable', person.email);
      const { agent, page } = await atPassword();
      expect(asksFor(page)).to.equal('temporary_code');
      expect(offersSetup(await show(agent, page, await codeBy(server, 'temporary-code', person)))).to.equal(
        true,
      );
    });
  });

  describe('for who has left their factor at home', () => {
    it('lets in once, at aal2, and is trusted on no device', async () => {
      await addApp(server, person);
      const client = handClient(server.issuer, await server.addClient({ ...WEB_CLIENT, first_party: true }));
      const code = await codeBy(server, 'temporary-code', person);
      const { agent, page } = await atPassword(client.authorizeUrl({ acr_values: 'aal2' }));
      expect(asksFor(page)).to.equal('totp');
      const asked = await agent.open(`${page.url}?factor=temporary_code`);
      expect(asksFor(asked)).to.equal('temporary_code');
      expect(asked.body).to.not.include('name="trust"');
      const back = await show(agent, asked, code, true);
      const { body } = await client.redeem(String(back.location));
      const claims = JSON.parse(Buffer.from(body.id_token.split('.')[1], 'base64url').toString());
      expect(claims).to.deep.include({ acr: 'aal2', amr: ['pwd', 'otp', 'mfa'] });
      expect(await server.house.trustedDevices.list(person.id)).to.deep.equal([]);
      expect(await isIn(agent), 'for all of the session').to.equal(true);
      expect((await server.house.ownFactors.of(person.id)).authenticators).to.have.length(1);

      const other = await atPassword();
      const again = await other.agent.open(`${other.page.url}?factor=temporary_code`);
      expect(asksFor(again), 'offered no more').to.equal('totp');
      const forced = await show(other.agent, again, code);
      expect(asksFor(forced)).to.equal('totp');
      expect(await isIn(other.agent)).to.equal(false);
      const mail = await mailAbout(server, person.email, 'A temporary access code was used');
      expect(mail.text).to.include('/secure?token=');
    });

    it('changes nothing about how somebody signs in, until they show what they have', async () => {
      const app = await addApp(server, person);
      await addRecoveryCodes(server, person);
      const code = await codeBy(server, 'temporary-code', person);
      const { agent, page } = await atPassword();
      await show(agent, page, code);
      expect(await isIn(agent)).to.equal(true);
      const [{ id } = { id: '' }] = (await server.house.ownFactors.of(person.id)).authenticators;
      const pages = [
        NEW_APP,
        NEW_PASSKEY,
        `${SECURITY}/authenticators/${id}`,
        `${SECURITY}/recovery-codes`,
        '/account/password',
        '/account/address',
      ];
      for (const path of pages) {
        expect((await agent.open(at(path))).url, path).to.include('/sign-in/');
      }
      // A form is no way round it either.
      const seen = await agent.get(at(SECURITY));
      const csrf = String(seen.forms.find(({ fields }) => 'csrf' in fields)?.fields.csrf);
      for (const path of [`${SECURITY}/authenticators/${id}`, `${SECURITY}/authenticators/${id}/remove`]) {
        await agent.post(at(path), { csrf, name: 'Mine' });
      }
      await agent.post(at(`${SECURITY}/recovery-codes`), { csrf });
      const after = await server.house.ownFactors.of(person.id);
      expect(after.authenticators.map((each) => [each.id, each.name])).to.deep.equal([[id, undefined]]);
      expect(after.codes.left).to.equal(10);

      const asked = await typePassword(agent, await agent.open(at(NEW_APP)), person);
      expect(asksFor(asked)).to.equal('totp');
      const wizard = await agent.follow(await typeCode(agent, asked, await app.fresh()));
      expect(wizard.url).to.include(NEW_APP);
    });

    it('leads to no passkey: neither in that sign-in nor from that session', async () => {
      await addApp(server, person);
      const client = handClient(server.issuer, await server.addClient({ ...WEB_CLIENT, first_party: true }));
      const url = client.authorizeUrl({ acr_values: 'phr' });
      await codeBy(server, 'temporary-code', person);
      const { page } = await atPassword(url);
      expect(asksFor(page)).to.equal('totp');
      expect(page.body).to.not.include('temporary_code');

      const code = await codeBy(server, 'temporary-code', person);
      const inside = await atPassword();
      await show(inside.agent, inside.page, code);
      const stepUp = await inside.agent.open(url);
      expect(asksFor(stepUp)).to.equal('totp');
      expect(stepUp.body).to.not.include('/enrol/passkey');
    });

    it('ends with its session: what is for the person’s absence as well', async () => {
      await addApp(server, person);
      const client = handClient(
        server.issuer,
        await server.addClient({
          ...WEB_CLIENT,
          first_party: true,
          offline_access: true,
          scope: 'openid offline_access',
        }),
      );
      const code = await codeBy(server, 'temporary-code', person);
      const { agent, page } = await atPassword();
      await show(agent, page, code);
      const url = client.authorizeUrl({ scope: 'openid offline_access', prompt: 'consent' });
      const { location } = await authorize(agent, url);
      const { body } = await client.redeem(String(location));
      expect(body.refresh_token).to.be.a('string');
      const [open] = await server.house.sessionStore.openOf(person.id, now());
      // By itself, and so by nobody's precaution.
      await server.house.database.query(
        `update sessions set idle_expires_at = now() - interval '1 second' where uid = $1`,
        [open?.uid],
      );
      expect((await client.refresh(body.refresh_token)).status).to.equal(400);
    });

    for (const [what, act] of [
      ['another one is made', () => codeBy(server, 'temporary-code', person)],
      [
        'the account is disabled and enabled',
        async () => {
          await command(server, 'users', 'disable', person.email);
          await command(server, 'users', 'enable', person.email);
        },
      ],
      [
        'the password is reset',
        async () => {
          await command(server, 'users', 'reset-password', person.email);
          const link = server.mailbox.linkIn(await mailAbout(server, person.email, 'Choose a new password'));
          const token = String(new URL(link).searchParams.get('token'));
          await server.house.passwordReset.complete(token, person.password.concat(' anew'), {});
          person = { ...person, password: `${person.password} anew` };
        },
      ],
      [
        'a factor is added',
        async () => {
          const { house } = server;
          const account = await house.accounts.findById(person.id);
          if (account === undefined) throw new Error('no account');
          const { made } = house.factorEnrolment.newCodes(account, {
            at: now(),
            ip: undefined,
            userAgent: undefined,
          });
          await commitWrites(house.database, made.writes);
        },
      ],
      [
        'a factor is removed',
        async () => {
          const { house } = server;
          const account = await house.accounts.findById(person.id);
          const [, second] = (await house.ownFactors.of(person.id)).authenticators;
          if (account === undefined || second === undefined) throw new Error('no account, or no second app');
          const which = { kind: 'totp', id: second.id, endOthers: false } as const;
          await house.ownFactors.remove(account, which, { session: 'none', origin: {} });
        },
      ],
    ] as const) {
      it(`is over when ${what}`, async () => {
        await addApp(server, person);
        await addApp(server, person);
        const code = await codeBy(server, 'temporary-code', person);
        await act();
        const { agent, page } = await atPassword();
        await show(agent, await agent.open(`${page.url}?factor=temporary_code`), code);
        expect(await isIn(agent)).to.equal(false);
      });
    }

    it('is refused to operators where it would not help', async () => {
      const code = (...words: string[]) =>
        command(server, 'users', 'temporary-code', ...words).then(
          () => 'made',
          (error) => error.code,
        );
      expect(await code('nobody@example.org')).to.equal('account_unknown');
      expect(await code(person.email)).to.equal('factor_missing');
      await addApp(server, person);
      await command(server, 'users', 'disable', person.email);
      expect(await code(person.email)).to.equal('account_disabled');
      await elsewhere({ SECOND_FACTOR_POLICY: 'phishing_resistant' });
      const key = await addPasskey(server, person, { verifies: true });
      expect(await code(person.email)).to.equal('passkey_needed');
      const { agent, page } = await atPassword();
      expect(asksFor(page)).to.equal('passkey');
      await agent.follow(await showPasskey(agent, page, key));
      expect(await isIn(agent)).to.equal(true);
    });

    it('prints JSON', async () => {
      await addApp(server, person);
      const printed = JSON.parse(await command(server, 'users', 'temporary-code', person.email, '--json'));
      expect(printed).to.deep.include({ id: person.id, purpose: 'sign_in' });
      expect(printed.temporary_code).to.match(/^[0-9A-Z]{5}-[0-9A-Z]{5}$/);
      expect(Date.parse(printed.temporary_code_expires_at)).to.be.above(now().getTime());
    });
  });
});
