import { availableParallelism } from 'node:os';
import { expect } from 'chai';
import type { BrowserContextOptions, Page } from 'playwright-core';
import { useChromium } from '../support/chromium.ts';
import { AXE_PATH, openState, type PageServer, startPageServer } from '../support/page-server.ts';
import { type PageState, pageStates } from '../support/page-states.ts';

const FIRST_PAGE_LIMIT_BYTES = 30_000;
const SMALLEST_TARGET = 24;
const TABS = 4;
const WIDE = { width: 1280, height: 800 };
const SMALL = { width: 320, height: 640 };

const stateNamed = (name: string): PageState => pageStates.find((state) => state.name === name) as PageState;

interface Finding {
  id: string;
  nodes: { html: string; failureSummary: string }[];
}

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

  /** Looks at every state, in as many tabs as there are cores to draw them on. */
  const withEveryState = (
    look: (page: Page, state: PageState) => Promise<void>,
    prepare: (page: Page) => void,
  ) =>
    // A colour on its way from one theme to the other is neither's.
    withPage({ colorScheme: 'light', reducedMotion: 'reduce', viewport: SMALL }, async (first) => {
      const waiting = [...pageStates];
      const tabs = [first];
      while (tabs.length < Math.min(TABS, availableParallelism())) tabs.push(await first.context().newPage());
      tabs.forEach(prepare);
      await Promise.all(
        tabs.map(async (page) => {
          for (let state = waiting.shift(); state !== undefined; state = waiting.shift()) {
            await look(page, state);
          }
        }),
      );
    });

  /** What pages say on the console, a breach of the content security policy included. */
  function messagesOf(page: Page, messages: string[]): void {
    page.on('console', (message) => {
      // Chromium logs every page with a status of 4xx or 5xx.
      if (!message.text().startsWith('Failed to load resource')) messages.push(message.text());
    });
    page.on('pageerror', (error) => messages.push(error.message));
  }

  /** Each page is opened once a language, and looked at in every way while it is open. */
  describe('in every state', () => {
    const messages: string[] = [];
    const findings = { light: [] as string[], dark: [] as string[] };
    const misfits = { en: [] as string[], es: [] as string[] };
    const skeletons = new Set<string>();

    /** Whether no page before had the same elements with the same attributes, whatever the words in them. */
    async function isNew(page: Page): Promise<boolean> {
      const html = (await page.evaluate('document.documentElement.outerHTML')) as string;
      const known = skeletons.size;
      return skeletons.add(html.replaceAll(/>[^<]*\S[^<]*</g, '>words<')).size > known;
    }

    async function satisfyAxe(page: Page, state: PageState, scheme: keyof typeof findings, options: object) {
      // Nothing is preloaded: only rules about films and about turned screens, which are off, would look at it.
      const all = JSON.stringify({ ...options, resultTypes: ['violations'], preload: false });
      const { violations } = (await page.evaluate(`axe.run(${all})`)) as { violations: Finding[] };
      for (const { id, nodes } of violations) {
        findings[scheme].push(
          ...nodes.map(({ html, failureSummary }) => `${state.name}: ${id}: ${html}: ${failureSummary}`),
        );
      }
    }

    async function satisfyAxeInBothThemes(page: Page, state: PageState): Promise<void> {
      await page.setViewportSize(WIDE);
      await page.addScriptTag({ url: server.origin + AXE_PATH });
      await satisfyAxe(page, state, 'light', {});
      // A theme has colours of its own, and nothing else.
      await page.emulateMedia({ colorScheme: 'dark' });
      await satisfyAxe(page, state, 'dark', { runOnly: ['color-contrast', 'link-in-text-block'] });
      await page.emulateMedia({ colorScheme: 'light' });
      await page.setViewportSize(SMALL);
    }

    async function fitSmallScreen(page: Page, state: PageState, language: keyof typeof misfits) {
      const { width, smallest } = (await page.evaluate(
        `({
          width: document.documentElement.scrollWidth,
          smallest: Math.min(1000, ...[...document.querySelectorAll('a, button, input:not([type=hidden], [hidden])')]
            .filter((target) => target.closest('dialog:not([open])') === null)
            .map((target) => {
              const { width, height } = target.getBoundingClientRect();
              return Math.min(width, height);
            })),
        })`,
      )) as { width: number; smallest: number };
      if (width !== SMALL.width) misfits[language].push(`${state.name} is ${width} px wide`);
      if (smallest < SMALLEST_TARGET) misfits[language].push(`${state.name} has a target of ${smallest} px`);
    }

    before(function lookAtAll() {
      this.timeout(600_000);
      const look = async (page: Page, state: PageState) => {
        await openState(page, server, state);
        await fitSmallScreen(page, state, 'en');
        if (await isNew(page)) await satisfyAxeInBothThemes(page, state);
        await openState(page, server, state, 'es');
        await fitSmallScreen(page, state, 'es');
      };
      return withEveryState(look, (page) => messagesOf(page, messages));
    });

    it('satisfy axe, break no rule of the content security policy and log nothing (light)', () => {
      expect([...findings.light, ...messages]).to.deep.equal([]);
    });

    it('satisfy axe (dark)', () => {
      expect(findings.dark).to.deep.equal([]);
    });

    for (const language of ['en', 'es'] as const) {
      it(`fit a screen of 320 px, with targets large enough (${language})`, () => {
        expect(misfits[language]).to.deep.equal([]);
      });
    }
  });

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
        await page.goto(server.url(stateNamed('account'), 'en-GB'));
        return page.locator('time').first().textContent();
      });
    expect(await shown({})).to.equal('23 November 2026 at 15:41 GMT+9');
    expect(await shown({ javaScriptEnabled: false })).to.equal('23 November 2026 at 06:41 UTC');
  });
});
