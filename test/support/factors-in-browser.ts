import type { BrowserContextOptions, Page } from 'playwright-core';
import { en } from '../../src/http/words.ts';
import { useChromium } from './chromium.ts';
import { fixture } from './evidence/fixture.ts';
import { inBrowser, type Person, press, signIn, type Words } from './person.ts';
import { startTestServer, type TestServer } from './server.ts';
import { totpCode } from './totp.ts';

/** Second factors as a person meets them: in Chromium, with an app, a key and a sheet of codes. */

export const SECURITY = '/account/security';

/** A server and Chromium, with people who set up their second factors: to be called in a `describe`. */
export function useFactorsInBrowser() {
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
    await fixture(server.app.database, 'update totp_authenticators set last_step = 0 where account_id = $1', [
      person.id,
    ]);
    return totpCode(key);
  }

  return {
    at,
    member,
    main,
    link,
    withPage,
    follow,
    arrive,
    setUpApp,
    codesShown,
    code,
  };
}
