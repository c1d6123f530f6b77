import { readFile } from 'node:fs/promises';
import { expect } from 'chai';
import { en, es } from '../../src/http/words.ts';
import { SECURITY, useFactorsInBrowser } from '../support/factors-in-browser.ts';
import { heading, press, problem, startAnew } from '../support/person.ts';
import { pluggedIn } from '../support/security-keys.ts';

describe('second factors in a browser', function secondFactors() {
  this.timeout(60_000);
  const { at, member, main, withPage, follow, arrive, setUpApp, codesShown, code } = useFactorsInBrowser();

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
});
