import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { expect } from 'chai';
import { createMailRenderer, type MailRenderer } from '../../src/domain/mail/render.ts';
import { mailPresentation } from '../../src/http/pages/mail-presentation.ts';
import { useChromium } from '../support/chromium.ts';
import { mailSamples, RECIPIENT } from '../support/mail-samples.ts';
import { sampleBrand, viewsPath } from '../support/page-server.ts';

const axeFile = createRequire(import.meta.url).resolve('axe-core/axe.min.js');
/** A mail is shown inside the page of a mail program, which has the landmarks. */
const OPTIONS = JSON.stringify({
  resultTypes: ['violations'],
  rules: { region: { enabled: false }, 'landmark-one-main': { enabled: false } },
});

interface Finding {
  id: string;
  nodes: { html: string; failureSummary: string }[];
}

describe('the mails in a browser', function mailsInBrowser() {
  this.timeout(60_000);
  const browser = useChromium();
  let mails: MailRenderer;
  let axe: string;

  before(async () => {
    axe = await readFile(axeFile, 'utf8');
    const presentation = mailPresentation(sampleBrand, { strict: true });
    mails = await createMailRenderer({ viewsPath: `${viewsPath}/mail`, presentation, answered: false });
  });

  for (const [colorScheme, locale] of [
    ['light', 'es'],
    ['dark', 'en'],
  ] as const) {
    it(`satisfy axe and fit a screen of 320 px (${colorScheme}, ${locale})`, async () => {
      const context = await browser().newContext({ colorScheme, viewport: { width: 320, height: 640 } });
      const page = await context.newPage();
      const asked: string[] = [];
      page.on('request', (request) => asked.push(request.url()));
      const findings: string[] = [];
      for (const { name, mail } of mailSamples({ ...RECIPIENT, locale })) {
        await page.setContent(mails.render(mail).html);
        expect(await page.evaluate('document.documentElement.scrollWidth'), name).to.equal(320);
        if ((await page.evaluate('typeof axe')) === 'undefined') await page.evaluate(axe);
        const { violations } = (await page.evaluate(`axe.run(${OPTIONS})`)) as { violations: Finding[] };
        for (const { id, nodes } of violations) {
          findings.push(...nodes.map((node) => `${name}: ${id}: ${node.html}: ${node.failureSummary}`));
        }
      }
      await context.close();
      expect(findings).to.deep.equal([]);
      expect(asked, 'nothing is fetched for a mail').to.deep.equal([]);
    });
  }
});
