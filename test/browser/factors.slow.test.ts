import { readFile } from 'node:fs/promises';
import { expect } from 'chai';
import type { BrowserContextOptions, Page } from 'playwright-core';
import { en, es } from '../../src/http/words.ts';
import { useChromium } from '../support/chromium.ts';
import {
  heading,
  inBrowser,
  type Person,
  press,
  problem,
  signIn,
  startAnew,
  type Words,
} from '../support/person.ts';
import { pluggedIn } from '../support/security-keys.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { totpCode } from '../support/totp.ts';

/** Second factors as a person meets them: in Chromium, with an app, a key and a sheet of codes. */

const SECURITY = '/account/security';

describe('second factors in a browser', function secondFactors() {
  this.timeout(60_000);
  const browser = useChromium();
  let server: TestServer;
  before(async () => {
    server = await startTestServer({
      settings: {
        SECOND_FACTOR_POLICIES: JSON.stringify({ clinician: { policy: 'required' } }),
        SECOND_FACTOR_GRACE_SIGN_INS: '2',
        TRUSTED_DEVICE_DAYS: '30',
      },
    });
  });
  after(() => server.stop());

  type Member = Person & { id: string };
  const at = (path: string) => `${server.issuer}${path}`;
  const member = (roles: string[] = ['clinician']): Promise<Member> => server.addAccount({ roles });
  const main = (page: Page) => page.getByRole('main').innerText();
  const link = (page: Page, name: string) => page.getByRole('link', { name, exact: true });
  const withPage = (options: BrowserContextOptions, use: (page: Page) => Promise<void>) =>
    inBrowser(browser(), { issuer: server.issuer, application: server.issuer } as never, options, use);
  const follow = (page: Page, name: string) =>
    Promise.all([page.waitForEvent('load'), link(page, name).click()]);

  async function arrive(page: Page, person: Member, words: Words = en): Promise<void> {
    await page.goto(at('/account'));
    await signIn(page, person, words);
  }

  /** From the wizard's first page to the codes; answers the key. */
  async function setUpApp(page: Page, words: Words = en): Promise<string> {
    await page.getByText(words['enrol-totp'].cannotScan).click();
    const key = (await page.locator('#totp-key').innerText()).replace(/\s/g, '');
    await page.getByLabel(words['enrol-totp'].code, { exact: true }).fill(totpCode(key));
    await press(page, words['enrol-totp'].submit);
    return key;
  }

  const codesShown = (page: Page) => page.locator('.codes code').allInnerTexts();

  /** The next code of the app without waiting for it. */
  async function code(person: Member, key: string): Promise<string> {
    await server.app.database.query('update totp_authenticators set last_step = 0 where account_id = $1', [
      person.id,
    ]);
    return totpCode(key);
  }

  for (const [javaScriptEnabled, words, locale] of [
    [true, en, 'en-GB'],
    [false, en, 'en-GB'],
    [true, es, 'es-ES'],
  ] as const) {
    it(`are set up in the sign-in that asks for one, and asked for at the next (${locale}, ${javaScriptEnabled ? 'with' : 'without'} JavaScript)`, async () => {
      const person = await member();
      let key = '';
      let codes: string[] = [];
      await withPage({ javaScriptEnabled, locale }, async (page) => {
        await arrive(page, person, words);
        expect(await heading(page)).to.equal(words['enrol-factor'].heading);
        expect(await main(page)).to.include(words['enrol-factor'].reason.required);
        expect(await page.getByText(words['enrol-factor'].passkeyText).isVisible()).to.equal(
          javaScriptEnabled,
        );
        await Promise.all([
          page.waitForEvent('load'),
          page.getByText(words['enrol-factor'].totpText).click(),
        ]);
        expect(await heading(page)).to.equal(words['enrol-totp'].title);
        await page.getByLabel(words['enrol-totp'].code, { exact: true }).fill('12345');
        await press(page, words['enrol-totp'].submit);
        expect(await problem(page)).to.include(words.factor.code.malformed);
        key = await setUpApp(page, words);
        expect(page.url()).to.not.include(key);

        expect(await heading(page)).to.equal(words['recovery-codes'].title);
        codes = await codesShown(page);
        expect(codes).to.have.length(10);
        const downloading = page.waitForEvent('download');
        await page.getByRole('button', { name: words['recovery-codes'].download }).click();
        const download = await downloading;
        expect(download.suggestedFilename()).to.equal('recovery-codes.txt');
        expect(await readFile(await download.path(), 'utf8')).to.include(codes.join('\r\n'));
        await press(page, words['recovery-codes'].stored);
        expect(page.url()).to.equal(at('/account'));
        expect(await page.content()).to.not.include(key);
      });

      await withPage({ javaScriptEnabled, locale }, async (page) => {
        await arrive(page, person, words);
        expect(await heading(page)).to.equal(words['second-factor'].heading.totp);
        const field = page.getByLabel(words['second-factor'].code, { exact: true });
        expect(await field.getAttribute('autocomplete')).to.equal('one-time-code');
        expect(await field.getAttribute('inputmode')).to.equal('numeric');
        await field.fill('000000');
        await press(page, words['second-factor'].submit);
        expect(await problem(page)).to.include(words['second-factor'].error.code_wrong);
        const tab = await page.context().newPage();
        await tab.goto(at('/account'));
        expect(tab.url(), 'the password alone lets nobody in').to.include('/sign-in/');
        await tab.close();
        await field.fill(await code(person, key));
        await press(page, words['second-factor'].submit);
        expect(page.url()).to.equal(at('/account'));
      });

      await withPage({ javaScriptEnabled, locale }, async (page) => {
        await arrive(page, person, words);
        await follow(page, words.factor.use.recovery_code);
        expect(await heading(page)).to.equal(words['second-factor'].heading.recovery_code);
        const field = page.getByLabel(words['second-factor'].recoveryCode, { exact: true });
        await field.fill('nothing');
        await press(page, words['second-factor'].submit);
        expect(await problem(page)).to.include(words['second-factor'].error.recovery_wrong);
        await field.fill(String(codes[0]).toLowerCase().replaceAll('-', ' '));
        await press(page, words['second-factor'].submit);
        expect(page.url()).to.equal(at('/account'));
        await page.goto(at(SECURITY));
        expect(await main(page)).to.include(words === en ? '9 of 10 codes' : '9 códigos de 10');
      });
    });
  }

  it('can be put off while that is allowed', async () => {
    const person = await member([]);
    for (const left of [
      en['enrol-factor'].skipsLeft_one.replace('{{count}}', '1'),
      en['enrol-factor'].skipLast,
    ]) {
      await withPage({}, async (page) => {
        await arrive(page, person);
        expect(await main(page)).to.include(left);
        await press(page, en['enrol-factor'].skip);
        expect(page.url()).to.equal(at('/account'));
      });
    }
    await withPage({}, async (page) => {
      await arrive(page, person);
      expect(await heading(page)).to.equal(en['enrol-factor'].heading);
      expect(await page.getByRole('button', { name: en['enrol-factor'].skip }).count()).to.equal(0);
    });
  });

  it('are passkeys: set up in the sign-in, then in the place of name and password, from the button and from autofill', async () => {
    const person = await member();
    await withPage({}, async (page) => {
      const key = await pluggedIn(page);
      await arrive(page, person);
      await Promise.all([page.waitForEvent('load'), page.getByText(en['enrol-factor'].passkeyText).click()]);
      expect(await heading(page)).to.equal(en['enrol-passkey'].title);
      await page.getByLabel(en['enrol-passkey'].name, { exact: true }).fill('Ward laptop');
      await press(page, en['enrol-passkey'].submit);
      expect(await key.count()).to.equal(1);
      expect(await codesShown(page)).to.have.length(10);
      await press(page, en['recovery-codes'].stored);
      expect(page.url()).to.equal(at('/account'));
      await page.goto(at(SECURITY));
      expect(await main(page)).to.include('Ward laptop');

      // Signed out; the key stays where it is. What the browser offers for the name field its pretended owner takes at once.
      await startAnew(page, at('/health/live'));
      await page.goto(at('/account'), { waitUntil: 'commit' });
      await page.waitForURL(at('/account'));
      expect(await main(page)).to.include(person.email);

      // In a browser that offers nothing by itself, there is a button.
      await page.addInitScript('PublicKeyCredential.isConditionalMediationAvailable = async () => false');
      await startAnew(page, at('/health/live'));
      await page.goto(at('/account'));
      const name = page.getByLabel(en['sign-in'].identifier);
      expect(await name.getAttribute('autocomplete')).to.equal('username webauthn');
      await page.getByRole('button', { name: en.factor.passkey.signIn }).click();
      await page.waitForURL(at('/account'));
      expect(await main(page)).to.include(person.email);
    });
  });

  it('are passkeys beside a password, and another way for who has left the key at home', async () => {
    const person = await member();
    let codes: string[] = [];
    await withPage({}, async (page) => {
      const key = await pluggedIn(page);
      await arrive(page, person);
      await Promise.all([page.waitForEvent('load'), page.getByText(en['enrol-factor'].passkeyText).click()]);
      await press(page, en['enrol-passkey'].submit);
      codes = await codesShown(page);
      await press(page, en['recovery-codes'].stored);
      await startAnew(page, at('/health/live'));
      await key.answers(false);
      await arrive(page, person);
      expect(await heading(page)).to.equal(en['second-factor'].heading.passkey);
      const go = page.getByRole('button', { name: en['second-factor'].usePasskey });
      await page.locator('[data-passkey-button]:focus').waitFor();
      await key.answers(true);
      await go.click();
      await page.waitForURL(at('/account'));
    });
    await withPage({ javaScriptEnabled: false }, async (page) => {
      await arrive(page, person);
      expect(await main(page)).to.include(en.factor.passkey.scriptless);
      expect(await page.getByRole('button', { name: en['second-factor'].usePasskey }).count()).to.equal(0);
      await follow(page, en.factor.use.recovery_code);
      await page.getByLabel(en['second-factor'].recoveryCode, { exact: true }).fill(String(codes[3]));
      await press(page, en['second-factor'].submit);
      expect(page.url()).to.equal(at('/account'));
    });
  });

  it('are offered without a passkey where there is no JavaScript', () =>
    withPage({ javaScriptEnabled: false }, async (page) => {
      await page.goto(at('/account'));
      expect(await page.getByRole('button').allInnerTexts()).to.deep.equal([en['sign-in'].submit]);
    }));

  it('say what happened when the person cancels at the key, and let them try again', async () => {
    const person = await member();
    await withPage({}, async (page) => {
      await arrive(page, person);
      await page.getByText(en['enrol-factor'].passkeyText).click();
      await page.getByRole('button', { name: en['enrol-passkey'].submit }).waitFor();
      await page.evaluate(
        `navigator.credentials.create = () => Promise.reject(new DOMException('no', 'NotAllowedError'))`,
      );
      await page.getByRole('button', { name: en['enrol-passkey'].submit }).click();
      await page.getByText(en.factor.passkey.cancelled).waitFor();
      await page.reload();
      await pluggedIn(page);
      await press(page, en['enrol-passkey'].submit);
      expect(await codesShown(page)).to.have.length(10);
    });
  });

  for (const javaScriptEnabled of [true, false]) {
    it(`are managed on a page of the account (${javaScriptEnabled ? 'with' : 'without'} JavaScript)`, async () => {
      const person = await member([]);
      await withPage({ javaScriptEnabled }, async (page) => {
        await arrive(page, person);
        await press(page, en['enrol-factor'].skip);
        await follow(page, en.account.changeSecurity);
        expect(await main(page))
          .to.include(en['account-security'].none)
          .and.include(en['account-security'].codesNeeded);
        expect(await link(page, en['account-security'].addPasskey).isVisible()).to.equal(javaScriptEnabled);
        await follow(page, en['account-security'].addAuthenticator);
        const key = await setUpApp(page);
        expect(await codesShown(page)).to.have.length(10);
        await page.reload();
        expect(await main(page)).to.include(en['recovery-codes'].shown);
        await press(page, en['recovery-codes'].stored);
        expect(await main(page)).to.include(en['account-security'].notice.codes_made);

        // Every change asks first who it is.
        await page.getByRole('link', { name: /^Change / }).click();
        await page.getByLabel(en['second-factor'].code, { exact: true }).fill(await code(person, key));
        await press(page, en['second-factor'].submit);
        await page.getByLabel(en['account-factor'].name, { exact: true }).fill('Night phone');
        await press(page, en['account-factor'].save);
        expect(await main(page))
          .to.include('Night phone')
          .and.include(en['account-security'].notice.renamed);

        if (javaScriptEnabled) {
          const device = await pluggedIn(page);
          await follow(page, en['account-security'].addPasskey);
          await page.getByLabel(en['enrol-passkey'].name, { exact: true }).fill('Blue key');
          await press(page, en['enrol-passkey'].submit);
          expect(await device.count()).to.equal(1);
          expect(await main(page))
            .to.include('Blue key')
            .and.include(en['account-security'].notice.passkey_added);
          await page.getByRole('link', { name: 'Change Blue key' }).click();
          await press(page, en['account-factor'].submitRemove);
          expect(await main(page)).to.include(en['account-security'].notice.passkey_removed);
        }

        await follow(page, en['account-security'].makeCodes);
        await press(page, en['account-recovery-codes'].submit);
        expect(await codesShown(page)).to.have.length(10);
        await press(page, en['recovery-codes'].stored);
        await press(page, en['account-security'].endSessions);
        expect(await main(page)).to.include(en['account-security'].notice.sessions_ended);

        await page.getByRole('link', { name: 'Change Night phone' }).click();
        await page.getByLabel(en['account-factor'].endOthers).check();
        await press(page, en['account-factor'].submitRemove);
        expect(await main(page))
          .to.include(en['account-security'].notice.totp_removed)
          .and.include(en['account-security'].none);
      });
    });
  }

  it('are not asked for on a device that is trusted, until it is not', async () => {
    const person = await member();
    await withPage({}, async (page) => {
      await arrive(page, person);
      await Promise.all([page.waitForEvent('load'), page.getByText(en['enrol-factor'].totpText).click()]);
      const key = await setUpApp(page);
      await press(page, en['recovery-codes'].stored);
      const signOut = async () => {
        const kept = (await page.context().cookies()).filter(({ name }) => name.includes('gatehouse_device'));
        await startAnew(page, at('/health/live'));
        await page.context().addCookies(kept);
      };
      await signOut();
      await arrive(page, person);
      await page.getByLabel(en['second-factor'].code, { exact: true }).fill(await code(person, key));
      await page.getByLabel(en['second-factor'].trust_other.replace('{{count}}', '30')).check();
      await press(page, en['second-factor'].submit);
      await signOut();
      await arrive(page, person);
      expect(page.url()).to.equal(at('/account'));

      await page.goto(at(SECURITY));
      expect(await main(page))
        .to.include('You trust 1 device')
        .and.not.include('This device');
      await follow(page, en['account-security'].confirm);
      await page.getByLabel(en['second-factor'].code, { exact: true }).fill(await code(person, key));
      await press(page, en['second-factor'].submit);
      expect(await main(page)).to.include(en['account-security'].thisDevice);
      const ask = page.getByRole('button', { name: new RegExp(`^${en['account-security'].forget}`) });
      await Promise.all([page.waitForEvent('load'), ask.click()]);
      expect(await main(page)).to.include(en['account-security'].notice.device_forgotten);
      await signOut();
      await arrive(page, person);
      expect(await heading(page)).to.equal(en['second-factor'].heading.totp);
    });
  });

  it('print recovery codes without anything around them, and copy them', async () => {
    const person = await member();
    await withPage({ permissions: ['clipboard-read', 'clipboard-write'] }, async (page) => {
      await arrive(page, person);
      await Promise.all([page.waitForEvent('load'), page.getByText(en['enrol-factor'].totpText).click()]);
      await setUpApp(page);
      const codes = await codesShown(page);
      await page.getByRole('button', { name: en['recovery-codes'].copy }).click();
      await page.getByRole('button', { name: en['recovery-codes'].copied }).waitFor();
      expect(await page.evaluate('navigator.clipboard.readText()')).to.equal(codes.join('\n'));
      await page.emulateMedia({ media: 'print' });
      const printed = await page.locator('body').innerText();
      expect(printed).to.include(person.email).and.include(String(codes[9]));
      expect(printed).to.not.include(en['recovery-codes'].stored).and.not.include(en['recovery-codes'].print);
    });
  });
});
