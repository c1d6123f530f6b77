import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect } from 'chai';
import type { Page } from 'playwright-core';
import { vkeyOf } from '../../src/domain/audit/tree/note.ts';
import { VERIFIER_PAGE } from '../../verifier/build.ts';
import { bundleOf, smallTrail, withLines } from '../support/audit-trail.ts';
import { useChromium } from '../support/chromium.ts';

const axeFile = createRequire(import.meta.url).resolve('axe-core/axe.min.js');

describe('the page on which auditors verify bundles, opened from disk', function () {
  this.timeout(60_000);
  const browser = useChromium();
  const trail = smallTrail();
  let folder: string;
  let [good, bad, anchor] = ['', '', ''];
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'gatehouse-verifier-'));
    const bytes = await bundleOf(trail.content());
    const altered = await withLines(bytes, (lines) =>
      lines.map((line) =>
        line.index === 2 ? { ...line, leaf: { ...line.leaf, account: 'eve' } as never } : line,
      ),
    );
    [good, bad, anchor] = ['good.zip', 'bad.zip', 'anchor.txt'].map((name) => join(folder, name)) as [
      string,
      string,
      string,
    ];
    await writeFile(good, bytes);
    await writeFile(bad, altered);
    await writeFile(anchor, trail.notes[0] as string);
  });
  after(() => rm(folder, { recursive: true }));

  async function withPage(
    use: (page: Page) => Promise<void>,
    options: { colorScheme?: 'light' | 'dark'; locale?: string; width?: number } = {},
  ): Promise<void> {
    const { width = 1280, ...rest } = options;
    const context = await browser().newContext({ ...rest, viewport: { width, height: 900 } });
    try {
      const page = await context.newPage();
      const requests: string[] = [];
      const problems: string[] = [];
      page.on('request', (request) => requests.push(request.url()));
      page.on('console', (message) => problems.push(message.text()));
      page.on('pageerror', (error) => problems.push(error.message));
      await page.goto(pathToFileURL(VERIFIER_PAGE).href);
      await use(page);
      expect(problems).to.deep.equal([]);
      expect(requests.filter((url) => !url.startsWith('file:'))).to.deep.equal([]);
    } finally {
      await context.close();
    }
  }

  async function verify(page: Page, bundle: string): Promise<string> {
    await page.locator('#key').fill(vkeyOf(trail.first));
    await page.locator('#bundle').setInputFiles(bundle);
    await page.locator('button').focus();
    await page.keyboard.press('Enter');
    await page.locator('.verdict').waitFor();
    return page.locator('#result').innerText();
  }

  it('says that a bundle is what was sealed, and up to where an anchor reaches', () =>
    withPage(async (page) => {
      await page.locator('#anchors').setInputFiles(anchor);
      const told = await verify(page, good);
      expect(told)
        .to.match(/^Intact/)
        .and.include('13: 0 to 12')
        .and.include('Anchored: 6 events');
      expect(await page.evaluate('document.activeElement?.id')).to.equal('result');
    }));

  it('names the event that was altered, in Spanish too', () =>
    withPage(
      async (page) => {
        expect(await verify(page, bad))
          .to.match(/^Manipulado/)
          .and.include('Evento 2 (')
          .and.include('alterado');
        await page.locator('#language').selectOption('en');
        expect(await page.locator('#result').innerText())
          .to.match(/^Tampered/)
          .and.include('Event 2 (');
      },
      { locale: 'es-ES' },
    ));

  it('verifies a bundle that is dropped on it', () =>
    withPage(async (page) => {
      await page.locator('#key').fill(vkeyOf(trail.first));
      const bytes = [...(await bundleOf(trail.content('csv')))];
      await page.evaluate(`{
        const transfer = new DataTransfer();
        transfer.items.add(new File([new Uint8Array(${JSON.stringify(bytes)})], 'bundle.zip'));
        document.dispatchEvent(new DragEvent('drop', { dataTransfer: transfer, cancelable: true }));
      }`);
      await page.locator('.verdict.good').waitFor();
    }));

  it('says what is missing, and what cannot be read', () =>
    withPage(async (page) => {
      await page.locator('button').click();
      expect(await page.locator('#progress').innerText()).to.match(/^Enter at least one public key/);
      expect(await page.evaluate('document.activeElement?.id')).to.equal('key');
      expect(await verify(page, anchor)).to.match(/^Unreadable/);
    }));

  for (const colorScheme of ['light', 'dark'] as const) {
    for (const width of [320, 1280]) {
      it(`has nothing that keeps people out, ${colorScheme}, ${width} px wide`, () =>
        withPage(
          async (page) => {
            await verify(page, bad);
            expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth')).to.equal(true);
            await page.evaluate(await readFile(axeFile, 'utf8'));
            const found = (await page.evaluate('axe.run()')) as { violations: { id: string }[] };
            expect(found.violations.map(({ id }) => id)).to.deep.equal([]);
            const pictures = process.env.PICTURES;
            if (pictures)
              await page.screenshot({ path: join(pictures, `${colorScheme}-${width}.png`), fullPage: true });
          },
          { colorScheme, width },
        ));
    }
  }
});
