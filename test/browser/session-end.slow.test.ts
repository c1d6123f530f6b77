import { expect } from 'chai';
import type { BrowserContext, Page } from 'playwright-core';
import { en } from '../../src/http/words.ts';
import { useChromium } from '../support/chromium.ts';
import { complaints, heading, press, signIn } from '../support/person.ts';
import { eventually } from '../support/processes.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { sessionsOf } from '../support/sessions.ts';

/**
 * A session that really runs out while browsers look at it. Nurses have a minute, of which the second half is the warning;
 * most of what nothing happens in is passed over by the server's clock, as by a computer that slept. The rest is waited.
 */
const clock = { offset: 0, now: () => new Date(Date.now() + clock.offset) };
const WORDS = en.session;

describe('a session that ends before somebody’s eyes', function sessionEnd() {
  this.timeout(90_000);
  const browser = useChromium();
  let server: TestServer;

  before(async () => {
    const settings = { SESSION_POLICIES: '{"nurse": {"timeoutMinutes": 1}}' };
    server = await startTestServer({ settings, replace: { clock } });
  });
  after(() => server.stop());

  const at = (path: string) => `${server.issuer}${path}`;
  const dialog = (page: Page) => page.getByRole('dialog', { name: WORDS.title });
  const shown = (page: Page, isShown: boolean) =>
    dialog(page).waitFor({ state: isShown ? 'visible' : 'hidden', timeout: 20_000 });

  /** The browser comes back to life, so many seconds later by the server's clock. */
  async function sleep(pages: readonly Page[], seconds: number): Promise<void> {
    clock.offset += seconds * 1_000;
    for (const page of pages) await page.evaluate('dispatchEvent(new Event("pageshow"))');
  }

  async function withBrowser(
    use: (
      context: BrowserContext,
      page: Page,
      person: { id: string; email: string; password: string },
    ) => Promise<void>,
    options: Parameters<ReturnType<typeof browser>['newContext']>[0] = {},
  ): Promise<void> {
    clock.offset = 0;
    const person = await server.addAccount({ roles: ['nurse'] });
    const context = await browser().newContext({ locale: 'en-GB', timezoneId: 'UTC', ...options });
    const complained = complaints(context, [server.issuer]);
    try {
      const page = await context.newPage();
      await page.goto(at('/account/profile'));
      await signIn(page, person);
      expect(page.url()).to.equal(at('/account/profile'));
      await use(context, page, person);
      expect(complained).to.deep.equal([]);
    } finally {
      await context.close();
    }
  }

  it('warns, goes on in every tab when its person says so, and ends with a way back', () =>
    withBrowser(
      async (context, page, person) => {
        await eventually('the zone of the browser is kept', async () => {
          const account = await server.app.accounts.store.findById(person.id);
          return account?.zoneinfo === 'Europe/Lisbon';
        });
        const second = await context.newPage();
        await second.goto(at('/account'));
        await page.getByLabel(en['account-profile'].name).focus();
        await sleep([page, second], 22);

        // By itself: nobody does anything any more.
        await shown(page, true);
        await shown(second, true);
        expect(await page.locator('dialog [role=timer]').innerText()).to.match(/^00:[0-3]\d$/);
        expect(await page.evaluate('document.activeElement.textContent.trim()')).to.include(WORDS.stay);
        await page.keyboard.press('Shift+Tab');
        await page.keyboard.press('Tab');
        expect(await page.evaluate('document.activeElement.closest("dialog") !== null')).to.equal(true);

        const [before] = await sessionsOf(server, person.id);
        await page.keyboard.press('Enter');
        await shown(page, false);
        // Told by the first, once the server has answered it.
        await shown(second, false);
        const [after] = await sessionsOf(server, person.id);
        expect(after?.idle_expires_at).to.be.above(before?.idle_expires_at as Date);
        // The focus is where it was, and the page says the new time.
        expect(await page.evaluate('document.activeElement.id')).to.equal('name');
        const end = new Date(Math.floor(Number(after?.idle_expires_at) / 1000) * 1000);
        await page.locator(`[data-session-end] time[datetime="${end.toISOString()}"]`).waitFor();

        await sleep([page, second], 48);
        await shown(page, true);
        // At the latest ten seconds before the end it is said aloud.
        await page
          .getByRole('status')
          .getByText(/^You are signed out in ([1-9]|10) seconds?\.$/)
          .waitFor();
        await Promise.all([page, second].map((each) => each.waitForURL(/signed-out/, { timeout: 20_000 })));
        expect(await heading(page)).to.equal(en['session-over'].heading);
        expect(await page.getByRole('main').innerText()).to.include(en['session-over'].idle);
        expect(await sessionsOf(server, person.id)).to.have.length(1);

        await Promise.all([
          page.waitForURL(/\/sign-in\//),
          page.getByRole('link', { name: en['session-over'].back }).click(),
        ]);
        await signIn(page, person);
        expect(page.url()).to.equal(at('/account/profile'));
      },
      { timezoneId: 'Europe/Lisbon' },
    ));

  it('ends at once with a button, by the keyboard, and Escape is a sign of life', () =>
    withBrowser(async (_context, page, person) => {
      await sleep([page], 31);
      await shown(page, true);
      // Whoever looks at another tab reads it there, until they have answered.
      const title = `${en['account-profile'].title} – `;
      expect(await page.title()).to.include(`${WORDS.title} – ${title}`);
      await page.keyboard.press('Escape');
      await shown(page, false);
      expect((await page.title()).startsWith(title)).to.equal(true);
      await eventually('the session goes on', async () => {
        const [row] = await sessionsOf(server, person.id);
        return Number(row?.idle_expires_at) > clock.now().getTime() + 40_000;
      });
      await sleep([page], 31);
      await shown(page, true);
      await page.keyboard.press('Tab');
      await Promise.all([page.waitForEvent('load'), page.keyboard.press('Enter')]);
      expect(await heading(page)).to.equal(en['signed-out'].heading);
    }));

  it('leaves the page when somebody else has ended it, though its time is not over', () =>
    withBrowser(async (_context, page, person) => {
      const {
        database,
        lifecycle: { access },
      } = server.app;
      await database.transaction((tx) =>
        access.endAll(tx, person.id, 'disabled', { actor: { kind: 'system' } }),
      );
      await page.evaluate('dispatchEvent(new Event("pageshow"))').catch(() => undefined);
      await page.waitForURL(/signed-out/);
      expect(await page.getByRole('main').innerText()).to.include(en['session-over'].ended);
    }));

  it('says without JavaScript when that is, and holds to it', () =>
    withBrowser(
      async (_context, page, person) => {
        const [row] = await sessionsOf(server, person.id);
        const line = page.locator('.session-end');
        expect(await line.innerText()).to.match(/you are signed out on \d+ \w+ \d{4} at \d\d:\d\d UTC$/);
        expect(await line.locator('time').getAttribute('datetime')).to.equal(
          row?.idle_expires_at.toISOString(),
        );
        expect(await dialog(page).isVisible()).to.equal(false);
        await page.emulateMedia({ media: 'print' });
        expect(await line.isVisible(), 'on paper').to.equal(false);
        clock.offset = 60_000;
        await press(page, en['account-profile'].submit);
        expect(page.url()).to.include('/sign-in/');
      },
      { javaScriptEnabled: false },
    ));
});
