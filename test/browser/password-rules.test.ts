import { expect } from 'chai';
import type { Page } from 'playwright-core';
import { useChromium } from '../support/chromium.ts';
import { type PageServer, startPageServer } from '../support/page-server.ts';
import { type PageState, pageStates } from '../support/page-states.ts';

const stateNamed = (name: string): PageState => pageStates.find((state) => state.name === name) as PageState;

describe('the rules for a new password in a browser', function () {
  this.timeout(60_000);
  const browser = useChromium();
  let server: PageServer;
  before(async () => {
    server = await startPageServer();
  });
  after(() => server.close());

  async function withPage(
    name: string,
    use: (page: Page) => Promise<void>,
    javaScriptEnabled = true,
  ): Promise<void> {
    const context = await browser().newContext({ javaScriptEnabled });
    try {
      const page = await context.newPage();
      await page.goto(server.url(stateNamed(name)));
      await use(page);
    } finally {
      await context.close();
    }
  }

  /** The state of each rule as it stands on the page, by its code. */
  const states = async (page: Page): Promise<Record<string, string | null>> =>
    Object.fromEntries(
      await Promise.all(
        (await page.locator('[data-rule]').all()).map(async (rule) => [
          [await rule.getAttribute('data-rule'), await rule.getAttribute('data-kind')]
            .filter(Boolean)
            .join(' '),
          await rule.getAttribute('data-state'),
        ]),
      ),
    );

  it('are told before anything is typed, and said to be met while it is', () =>
    withPage('change-password', async (page) => {
      const field = page.getByLabel('New password', { exact: true });
      const untouched = { length: null, identity: null, blocklist: null, strength: null, history: null };
      expect(await states(page)).to.deep.equal(untouched);
      await field.pressSequentially('elevenchars');
      expect(await states(page)).to.deep.equal(untouched);
      await field.pressSequentially('!');
      expect(await states(page)).to.deep.equal({ ...untouched, length: 'met' });
      expect(await page.locator('[data-rule=length]').innerText()).to.match(/^Met:\s+At least 12 characters/);
      await field.press('Backspace');
      expect(await states(page)).to.deep.equal(untouched);
    }));

  it('are said to who hears the page, once they pause', () =>
    withPage('change-password', async (page) => {
      const said = page.locator('[data-rules-say]');
      expect(await said.getAttribute('aria-live')).to.equal('polite');
      const field = page.getByLabel('New password', { exact: true });
      await field.fill('twelve chars');
      await said.getByText('Met: At least 12 characters, at most 256').waitFor();
      await field.fill('eleven char');
      await said.getByText('Not met: At least 12 characters, at most 256').waitFor();
    }));

  it('count what people see as one character as the server does', () =>
    withPage('change-password', async (page) => {
      const field = page.getByLabel('New password', { exact: true });
      await field.fill('🗝🚪🏰🐎🔋🧷🌊🌋🌻🍏🍐');
      expect((await states(page)).length).to.equal(null);
      await field.fill('🗝🚪🏰🐎🔋🧷🌊🌋🌻🍏🍐🍊');
      expect((await states(page)).length).to.equal('met');
    }));

  it('forget what was said of a refused password as soon as another one is typed', () =>
    withPage('change-password-symbol_missing', async (page) => {
      expect(await states(page)).to.include({
        'characters symbol': 'unmet',
        blocklist: 'met',
        history: null,
      });
      expect(await page.locator('[data-rule=characters][data-kind=symbol]').innerText()).to.match(
        /^Not met:/,
      );
      await page.getByLabel('New password', { exact: true }).pressSequentially('a');
      expect(await states(page)).to.deep.equal({
        length: null,
        'characters lower': 'met',
        'characters upper': null,
        'characters digit': null,
        'characters symbol': null,
        identity: null,
        blocklist: null,
        strength: null,
        history: null,
      });
    }));

  it('say what is right and wrong about a refused password without JavaScript', () =>
    withPage(
      'change-password-reused',
      async (page) => {
        expect(await states(page)).to.deep.equal({
          length: 'met',
          identity: 'met',
          blocklist: 'met',
          strength: 'met',
          history: 'unmet',
        });
        expect(await page.locator('[data-rule=history]').innerText()).to.include(
          'None of your last 12 passwords',
        );
        const field = page.getByLabel('New password', { exact: true });
        const described = String(await field.getAttribute('aria-describedby')).split(' ');
        expect(described).to.deep.equal(['new_password-rules']);
        expect(await field.getAttribute('autocomplete')).to.equal('new-password');
      },
      false,
    ));
});
