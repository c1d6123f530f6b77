import { availableParallelism } from 'node:os';
import { expect } from 'chai';
import type { BrowserContextOptions, Page } from 'playwright-core';
import { useChromium } from '../support/chromium.ts';
import { AXE_PATH, openState, type PageServer, startPageServer } from '../support/page-server.ts';
import { type PageState, pageStates } from '../support/page-states.ts';

const SMALLEST_TARGET = 24;
const TABS = 4;
const WIDE = { width: 1280, height: 800 };
const SMALL = { width: 320, height: 640 };

interface Finding {
  id: string;
  nodes: { html: string; failureSummary: string }[];
}

describe('the hosted pages in a browser', function pagesInBrowser() {
  this.timeout(600_000);
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
});
