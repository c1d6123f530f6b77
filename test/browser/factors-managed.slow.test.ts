import { expect } from 'chai';
import { en } from '../../src/http/words.ts';
import { SECURITY, useFactorsInBrowser } from '../support/factors-in-browser.ts';
import { heading, press, startAnew } from '../support/person.ts';
import { pluggedIn } from '../support/security-keys.ts';

describe('second factors in a browser', function secondFactors() {
  this.timeout(60_000);
  const { at, member, main, link, withPage, follow, arrive, setUpApp, codesShown, code } =
    useFactorsInBrowser();

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
        await follow(page, en['account-security'].endSessions);
        await press(page, en['account-sign-out'].others.submit);
        expect(await main(page)).to.include(en['account-sessions'].others_ended);
        await follow(page, en['account-nav'].security);

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
