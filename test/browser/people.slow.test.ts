import { expect } from 'chai';
import type { BrowserContextOptions, Page } from 'playwright-core';
import { en, es } from '../../src/http/words.ts';
import { useChromium } from '../support/chromium.ts';
import { expireInteraction, useApp } from '../support/development-app.ts';
import {
  AMARA,
  allow,
  BO,
  beginSignIn,
  fillSignIn,
  heading,
  inBrowser,
  press,
  problem,
  signIn,
  signInToApplication,
  startAnew,
} from '../support/person.ts';

/** What people do at a browser besides walking straight through: other languages, other tabs, going back, waiting, sharing. */

describe('people at the sample application', function peopleAtTheApplication() {
  this.timeout(60_000);
  const browser = useChromium();
  const app = useApp({ people: [AMARA, BO] });
  const withPage = (use: (page: Page) => Promise<void>, options: BrowserContextOptions = {}) =>
    inBrowser(browser(), app().server, options, use);

  it('sign in and allow with the keyboard alone, and see where they are', () =>
    withPage(async (page) => {
      await page.goto(`${app().server.application}/`);
      const focused = () =>
        page.evaluate(`(() => {
          const { id, textContent } = document.activeElement;
          const { outlineStyle, outlineWidth } = getComputedStyle(document.activeElement);
          return [id || textContent.trim(), outlineStyle !== 'none' && parseFloat(outlineWidth) >= 2];
        })()`) as Promise<[string, boolean]>;
      const tabTo = async (name: string) => {
        for (let step = 0; step < 10; step += 1) {
          await page.keyboard.press('Tab');
          const [what, outlined] = await focused();
          expect(outlined, `an outline around ${what}`).to.equal(true);
          if (what === name) return;
        }
        throw new Error(`${name} is not reached with the Tab key`);
      };
      const enter = () => Promise.all([page.waitForEvent('load'), page.keyboard.press('Enter')]);

      await tabTo('Sign in');
      await enter();
      expect(await focused()).to.deep.equal(['identifier', true]);
      await page.keyboard.type(AMARA.email);
      await tabTo('password');
      await page.keyboard.type(AMARA.password);
      await enter();
      await tabTo(en.consent.allow);
      await enter();
      expect(await heading(page)).to.equal(`Hello, ${AMARA.name}`);
    }));

  it('read Spanish when their browser asks for it, on every page of the way', () =>
    withPage(
      async (page) => {
        const { server } = app();
        const language = () => page.locator('html').getAttribute('lang');
        await beginSignIn(page, server);
        expect(await heading(page)).to.equal(es['sign-in'].title);
        await signIn(page, { ...BO, password: 'no es la contraseña' }, es);
        expect(await problem(page)).to.include(es['sign-in'].error.credentials_invalid);
        await signIn(page, BO, es);
        expect(await language()).to.equal('es');
        expect(await page.getByRole('main').innerText()).to.include(es.scope.roles);
        await allow(page, server, es);
        await page.goto(`${server.issuer}/account`);
        expect(await heading(page)).to.equal(es.account.title);
        expect(await page.locator('time').first().innerText()).to.match(/^\d+ de \w+ de \d{4}/);
        await page.goto(`${server.issuer}/no-such-page`);
        expect(await heading(page)).to.equal(es.error.not_found.title);
      },
      { locale: 'es-MX' },
    ));

  it('read Spanish when the application asks for it', () =>
    withPage(async (page) => {
      const { application } = app().server;
      const begun = await page.request.post(`${application}/sign-in`, { maxRedirects: 0 });
      await page.goto(`${begun.headers().location}&ui_locales=fr%20es&prompt=consent`);
      expect(await heading(page)).to.equal(es['sign-in'].title);
      await signIn(page, { ...AMARA, password: 'no es la contraseña' }, es);
      expect(await problem(page)).to.include(es['sign-in'].error.credentials_invalid);
      await signIn(page, AMARA, es);
      await press(page, es.consent.deny);
      expect(page.url()).to.equal(`${application}/`);
    }));

  it('cancel, or allow nothing, and are back at the application, which says so', () =>
    withPage(async (page) => {
      const { server } = app();
      const told = 'You did not sign in, so nothing was shared.';
      await beginSignIn(page, server);
      await press(page, 'Cancel and return to Sample application');
      expect(page.url()).to.equal(`${server.application}/`);
      expect(await page.getByRole('status').innerText()).to.include(told);
      await page.reload();
      expect(await page.getByRole('status').count(), 'told once').to.equal(0);

      await beginSignIn(page, server);
      await press(page, 'Cancel and return to Sample application');
      await page.goBack();
      expect(await heading(page)).to.equal(en['sign-in-finished'].title);
      await page.getByRole('link', { name: 'Return to Sample application' }).click();
      await page.waitForURL(`${server.application}/`);
    }));

  it('go back after finishing, and are led to the application from every page of the sign-in', () =>
    withPage(async (page) => {
      const { server } = app();
      const begun = await page.request.post(`${server.application}/sign-in`, { maxRedirects: 0 });
      await page.goto(`${begun.headers().location}&prompt=login%20consent`);
      const signInPage = page.url();
      await signIn(page, AMARA);
      const consentPage = page.url();
      await allow(page, server);
      for (const past of [consentPage, signInPage]) {
        await page.goBack();
        expect(page.url()).to.equal(past);
        expect(await heading(page)).to.equal(en['sign-in-finished'].title);
      }
      await page.getByRole('link', { name: 'Return to Sample application' }).click();
      await page.waitForURL(`${server.application}/`);
      expect(await heading(page)).to.equal(`Hello, ${AMARA.name}`);
    }));

  it('begin in two tabs, and finish in both', () =>
    withPage(async (first) => {
      const { server } = app();
      const second = await first.context().newPage();
      await beginSignIn(first, server);
      await beginSignIn(second, server);
      for (const page of [first, second]) {
        await signIn(page, AMARA);
        if (page.url() !== `${server.application}/`) await allow(page, server);
        expect(await heading(page)).to.equal(`Hello, ${AMARA.name}`);
      }
    }));

  it('submit a page that was finished in another tab, and are led to the application', () =>
    withPage(async (first) => {
      const { server } = app();
      await signInToApplication(first, server, AMARA);
      await startAnew(first);
      await beginSignIn(first, server);
      const second = await first.context().newPage();
      await second.goto(first.url());
      await signIn(first, AMARA);
      await signIn(second, AMARA);
      expect(await heading(second)).to.equal(en['sign-in-finished'].title);
      await second.getByRole('link', { name: 'Return to Sample application' }).click();
      await second.waitForURL(`${server.application}/`);
      expect(await heading(second)).to.equal(`Hello, ${AMARA.name}`);
    }));

  for (const submits of [false, true]) {
    it(`${submits ? 'submit' : 'reload'} a page that was open for too long, and start afresh from there`, () =>
      withPage(async (page) => {
        const { server, bench } = app();
        await beginSignIn(page, server);
        await fillSignIn(page, AMARA);
        await expireInteraction(bench, page.url().split('/').pop() ?? '');
        if (submits) await press(page, en['sign-in'].submit);
        else await page.reload();
        expect(await heading(page)).to.equal(en.error.sign_in_expired.title);
        await page.getByRole('link', { name: 'Start again at Sample application' }).click();
        await page.getByRole('heading', { name: en['sign-in'].title }).waitFor();
        await signIn(page, AMARA);
        if (page.url() !== `${server.application}/`) await allow(page, server);
        expect(await heading(page)).to.equal(`Hello, ${AMARA.name}`);
      }));
  }

  it('share a browser one after the other, and see nothing of one another', () =>
    withPage(async (page) => {
      const { server } = app();
      await signInToApplication(page, server, AMARA);
      await page.goto(`${server.issuer}/`);
      expect(page.url()).to.equal(`${server.issuer}/account`);
      await page.getByRole('link', { name: en.account.signOut }).click();
      await page.getByRole('link', { name: en['sign-out'].stay }).click();
      await page.waitForURL(`${server.issuer}/account`);
      expect(await page.getByRole('main').innerText(), 'still signed in').to.include(AMARA.email);
      await page.getByRole('link', { name: en.account.signOut }).click();
      await press(page, en['sign-out'].confirm);
      expect(await heading(page)).to.equal(en['signed-out'].heading);

      await page.goto(`${server.issuer}/account`);
      expect(await heading(page)).to.equal(en['sign-in'].title);
      expect(await page.getByRole('main').innerText(), 'nothing to cancel').to.not.match(/gatehouse|cancel/i);
      expect(await page.getByLabel(en['sign-in'].identifier).inputValue()).to.equal('');
      await signIn(page, BO);
      const shown = await page.getByRole('main').innerText();
      expect(shown).to.include(BO.email).and.not.include(AMARA.email);
    }));

  for (const javaScriptEnabled of [true, false]) {
    it(`take over a browser in which somebody else is signed in ${javaScriptEnabled ? 'with' : 'without'} JavaScript`, () =>
      withPage(
        async (page) => {
          const { server } = app();
          const second = await page.context().newPage();
          await beginSignIn(second, server);
          await signInToApplication(page, server, AMARA);
          await signIn(second, BO);
          // The other session is ended by a form, which wants a click without JavaScript.
          if (!javaScriptEnabled) {
            expect(await heading(second)).to.equal(en.onward['another-person'].heading);
            await press(second, en.onward.submit);
          }
          await second.waitForURL((url) => !url.pathname.startsWith('/authorize/'));
          if (second.url() !== `${server.application}/`) await allow(second, server);
          expect(await heading(second)).to.equal(`Hello, ${BO.name}`);
          await second.goto(`${server.issuer}/account`);
          expect(await second.getByRole('main').innerText()).to.not.include(AMARA.email);
        },
        { javaScriptEnabled },
      ));
  }
});
