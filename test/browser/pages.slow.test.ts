import { expect } from 'chai';
import type { BrowserContextOptions, Page } from 'playwright-core';
import { useChromium } from '../support/chromium.ts';
import { type PageServer, startPageServer } from '../support/page-server.ts';
import { type PageState, pageStates } from '../support/page-states.ts';

const FIRST_PAGE_LIMIT_BYTES = 30_000;

const stateNamed = (name: string): PageState => pageStates.find((state) => state.name === name) as PageState;

describe('the hosted pages in a browser', function pagesInBrowser() {
  this.timeout(300_000);
  const browser = useChromium();
  let server: PageServer;

  before(async () => {
    server = await startPageServer();
  });
  after(() => server.close());

  async function withPage<T>(options: BrowserContextOptions, use: (page: Page) => Promise<T>): Promise<T> {
    const context = await browser().newContext(options);
    try {
      return await use(await context.newPage());
    } finally {
      await context.close();
    }
  }

  for (const [name, files] of [
    ['sign-in', 4],
    ['sign-in-passkey', 6],
  ] as const) {
    it(`bring a first sign-in page in under 30 KB (${name})`, () => bringUnderLimit(name, files));
  }

  const bringUnderLimit = (name: string, files: number) =>
    withPage({}, async (page) => {
      // What a browser with passkeys asks for in the background is no part of the page.
      await page.route('**/passkey/options', (route) => route.abort());
      const sizes = new Map<string, Promise<number>>();
      page.on('requestfinished', (request) => {
        const size = request.sizes().then((parts) => parts.responseHeadersSize + parts.responseBodySize);
        sizes.set(new URL(request.url()).pathname, size);
      });
      await page.goto(server.url(stateNamed(name)), { waitUntil: 'networkidle' });
      const icon = (await page.locator('link[rel=icon]').getAttribute('href')) as string;
      // Whether a headless browser fetches it depends on its version; people's browsers do.
      sizes.set(icon, Promise.resolve((await (await fetch(server.origin + icon)).arrayBuffer()).byteLength));
      expect(sizes).to.have.property('size', files);
      const total = (await Promise.all(sizes.values())).reduce((sum, size) => sum + size, 0);
      expect(total).to.be.below(FIRST_PAGE_LIMIT_BYTES);
    });

  for (const javaScriptEnabled of [true, false]) {
    it(`move the focus to the error summary ${javaScriptEnabled ? 'with' : 'without'} JavaScript`, () =>
      withPage({ javaScriptEnabled }, async (page) => {
        for (const name of ['sign-in-credentials-invalid', 'sign-in-fields-missing', 'setup-missing']) {
          await page.goto(server.url(stateNamed(name)));
          await page.locator('#error-summary:focus').waitFor({ timeout: 5_000 });
        }
      }));
  }

  it('lead from the error summary to the field, and say there what is wrong', () =>
    withPage({}, async (page) => {
      await page.goto(server.url(stateNamed('setup-missing')));
      await page.getByRole('link', { name: 'Choose a password.' }).click();
      const field = page.getByLabel('Password', { exact: true });
      expect(await page.locator('#password:focus').count()).to.equal(1);
      expect(await field.getAttribute('aria-invalid')).to.equal('true');
      const describedBy = ((await field.getAttribute('aria-describedby')) as string).split(' ');
      const texts = await Promise.all(describedBy.map((id) => page.locator(`#${id}`).textContent()));
      expect(texts.join(' ')).to.include('Choose a password.').and.include('At least 12 characters');
    }));

  it('mark their fields for password managers', () =>
    withPage({}, async (page) => {
      const tokens = async (name: string) => {
        await page.goto(server.url(stateNamed(name)));
        const fields = await page.locator('input:not([type=hidden], [hidden])').all();
        return Promise.all(
          fields.map((field) =>
            Promise.all([field.getAttribute('name'), field.getAttribute('autocomplete')]),
          ),
        );
      };
      expect(await tokens('sign-in')).to.deep.equal([
        ['identifier', 'username'],
        ['password', 'current-password'],
      ]);
      expect(await tokens('setup')).to.deep.equal([
        ['email', 'username'],
        ['name', 'name'],
        ['password', 'new-password'],
      ]);
    }));

  it('show the password on request, let it be pasted, and submit it once and as a password', () =>
    withPage({}, async (page) => {
      await page.goto(server.url(stateNamed('sign-in')));
      const password = page.locator('#password');
      await password.focus();
      await page.keyboard.insertText('correct horse battery staple');
      await page.getByRole('button', { name: 'Show password' }).click();
      expect(await password.getAttribute('type')).to.equal('text');
      expect(await password.inputValue()).to.equal('correct horse battery staple');

      let posts = 0;
      await page.route('**/sign-in/sample', (route) => {
        posts += 1;
        // The browser stays on the page, as it does while an answer is awaited.
        return route.fulfill({ status: 204 });
      });
      const submit = page.getByRole('button', { name: 'Sign in' });
      await submit.click();
      await submit.click();
      expect(await password.getAttribute('type')).to.equal('password');
      expect(posts).to.equal(1);
    }));

  for (const [name, expected] of [
    [
      'sign-in',
      [
        'identifier',
        'password',
        '',
        'Sign in',
        'Forgot your password?',
        'Cancel and return to Riverside Clinical Notes',
      ],
    ],
    [
      'second-factor-trust-30',
      [
        'code',
        'trust',
        'Continue',
        'Use a passkey',
        'Use a recovery code',
        'Cancel and return to Riverside Clinical Notes',
      ],
    ],
    [
      'second-factor-passkey-alone',
      ['Continue with a passkey', 'Cancel and return to Riverside Clinical Notes'],
    ],
  ] as const) {
    it(`work from the keyboard alone, in the order of the page (${name})`, () =>
      withPage({}, async (page) => {
        await page.goto(server.url(stateNamed(name)), { waitUntil: 'load' });
        await page.locator(':focus').waitFor();
        const focused = () =>
          page.evaluate('document.activeElement.id || document.activeElement.textContent.trim()');
        const order = [await focused()];
        while (order.length < expected.length) {
          await page.keyboard.press('Tab');
          order.push(await focused());
        }
        expect(order).to.deep.equal(expected);
      }));
  }

  it('show times in the zone of the browser, or in UTC without JavaScript', async () => {
    const shown = (options: BrowserContextOptions) =>
      withPage({ timezoneId: 'Asia/Tokyo', ...options }, async (page) => {
        await page.goto(server.url(stateNamed('account-sessions'), 'en-GB'));
        return page.locator('time').first().textContent();
      });
    expect(await shown({})).to.equal('23 November 2026 at 18:02 GMT+9');
    expect(await shown({ javaScriptEnabled: false })).to.equal('23 November 2026 at 09:02 UTC');
  });
});
