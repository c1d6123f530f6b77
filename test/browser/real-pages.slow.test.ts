import { readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import type { BrowserContextOptions, Page } from 'playwright-core';
import { en } from '../../src/http/words.ts';
import { setupLink } from '../support/administration.ts';
import { useChromium } from '../support/chromium.ts';
import { AMARA, complaints, heading, press, problem, signIn } from '../support/person.ts';
import { startTestServer, type TestServer } from '../support/server.ts';

/** The pages as the whole stack serves them: its headers, its policy, its data. */

const axeFile = createRequire(import.meta.url).resolve('axe-core/axe.min.js');
const WIDE = { width: 1280, height: 800 };
const FIRST_PAGE_LIMIT_BYTES = 30_000;
const CALLBACK_PAGE =
  '<!doctype html><link rel="icon" href="data:,"><title>Back</title><p>Back at the application';

interface Finding {
  id: string;
  nodes: { html: string; failureSummary: string }[];
}

/** Called with every page that the walk comes to. */
type Visit = (name: string) => Promise<void>;

describe('the pages of a real server in a browser', function realPages() {
  this.timeout(90_000);
  const browser = useChromium();
  let server: TestServer;
  let application: Server;
  let applicationOrigin: string;
  let axe: string;

  before(async () => {
    axe = await readFile(axeFile, 'utf8');
    application = createServer((_request, response) => {
      response.setHeader('content-type', 'text/html').end(CALLBACK_PAGE);
    }).listen(0, '127.0.0.1');
    await new Promise((resolve) => application.once('listening', resolve));
    applicationOrigin = `http://127.0.0.1:${(application.address() as AddressInfo).port}`;
    server = await startTestServer();
    await server.addClient({
      client_id: 'notes',
      client_name: 'Riverside Clinical Notes',
      client_uri: `${applicationOrigin}/`,
      policy_uri: `${applicationOrigin}/privacy`,
      redirect_uris: [`${applicationOrigin}/callback`],
      token_endpoint_auth_method: 'client_secret_basic',
      require_pkce: false,
    });
  });
  after(async () => {
    application.closeAllConnections();
    application.close();
    await server.stop();
  });

  const authorize = (parameters: Record<string, string> = {}) =>
    `${server.issuer}/authorize?${new URLSearchParams({
      client_id: 'notes',
      response_type: 'code',
      scope: 'openid profile email roles',
      redirect_uri: `${applicationOrigin}/callback`,
      state: 'state',
      ...parameters,
    })}`;

  /** Opens every page and calls `visit` on each; with a person of its own, whom nothing was asked yet. */
  async function walk(page: Page, visit: Visit): Promise<void> {
    const person = await server.addAccount({ name: AMARA.name, roles: ['clinician'] });

    await page.goto(authorize());
    await visit('sign-in');
    await signIn(page, { ...person, password: 'not the password' });
    await problem(page);
    await visit('sign-in, wrong');
    await press(page, en['sign-in'].submit);
    await problem(page);
    await visit('sign-in, missing');
    await signIn(page, person);
    await visit('consent');
    await press(page, en.consent.allow);
    expect(page.url()).to.include(`${applicationOrigin}/callback?code=`);

    await page.goto(`${server.issuer}/account`);
    expect(await page.getByRole('main').innerText()).to.include('Riverside Clinical Notes');
    await visit('account');
    await press(page, 'Withdraw access of Riverside Clinical Notes');
    await visit('account, withdrawn');
    await page.goto(authorize({ prompt: 'login', login_hint: person.email }));
    await visit('sign-in, again');
    await page.goto(`${server.issuer}/logout`);
    await visit('sign-out');
    await page.goto(`${server.issuer}/logout?client_id=notes`);
    await visit('sign-out of an application');
    await press(page, en['sign-out'].stay);
    expect(await page.getByRole('main').innerText()).to.include('You are still signed in');
    await visit('signed out of an application');
    await page.goto(`${server.issuer}/logout`);
    await press(page, en['sign-out'].confirm);
    expect(await heading(page)).to.equal(en['signed-out'].heading);
    await visit('signed-out');

    await page.goto(authorize({ client_id: 'nobody' }));
    await visit('error, unknown application');
    await page.goto(`${server.issuer}/no-such-page`);
    await visit('error, not found');
    await page.goto(`${server.issuer}/sign-in/of-somebody-else`);
    await visit('error, foreign');
    await walkSetup(page, visit);
  }

  async function walkSetup(page: Page, visit: Visit): Promise<void> {
    await page.goto(await setupLink(server.app));
    await visit('setup');
    await press(page, en.setup.submit);
    await problem(page);
    await visit('setup, missing');
    await page.goto(`${server.issuer}/setup?token=spent`);
    await visit('setup, invalid');
    await page.goto(`${server.issuer}/setup/done`);
    await visit('setup, done');
  }

  /** A browser of its own, which must have had nothing to complain of in the end. */
  async function withPage(options: BrowserContextOptions, use: (page: Page) => Promise<void>): Promise<void> {
    const context = await browser().newContext({ locale: 'en-GB', ...options });
    context.setDefaultTimeout(10_000);
    const complained = complaints(context, [server.issuer, applicationOrigin]);
    try {
      await use(await context.newPage());
      expect(complained).to.deep.equal([]);
    } finally {
      await context.close();
    }
  }

  describe('on one walk through all of them', () => {
    const findings = { light: [] as string[], dark: [] as string[] };
    const misfits: string[] = [];

    async function satisfyAxe(page: Page, name: string, scheme: keyof typeof findings, options: object) {
      const run = `axe.run(${JSON.stringify({ ...options, resultTypes: ['violations'] })})`;
      const { violations } = (await page.evaluate(run)) as { violations: Finding[] };
      for (const { id, nodes } of violations) {
        findings[scheme].push(
          ...nodes.map(({ html, failureSummary }) => `${name}: ${id}: ${html}: ${failureSummary}`),
        );
      }
    }

    before(() =>
      // A colour on its way from one theme to the other is neither's.
      withPage({ colorScheme: 'light', reducedMotion: 'reduce', viewport: WIDE }, (page) =>
        walk(page, async (name) => {
          await page.evaluate(axe);
          await satisfyAxe(page, name, 'light', {});
          // A theme has colours of its own, and nothing else.
          await page.emulateMedia({ colorScheme: 'dark' });
          await satisfyAxe(page, name, 'dark', { runOnly: ['color-contrast', 'link-in-text-block'] });
          await page.emulateMedia({ colorScheme: 'light' });
          await page.setViewportSize({ width: 320, height: 640 });
          const width = await page.evaluate('document.documentElement.scrollWidth');
          if (width !== 320) misfits.push(`${name} is ${width} px wide`);
          await page.setViewportSize(WIDE);
        }),
      ),
    );

    it('satisfy axe and leave nothing on the console', () => {
      expect(findings).to.deep.equal({ light: [], dark: [] });
    });

    it('fit a screen of 320 px', () => {
      expect(misfits).to.deep.equal([]);
    });
  });

  it('bring a first sign-in page in under 30 KB, from one place', () =>
    withPage({}, async (page) => {
      const sizes = new Map<string, number>();
      const sized: Promise<void>[] = [];
      page.on('requestfinished', (request) => {
        const size = async () => {
          const { responseHeadersSize, responseBodySize } = await request.sizes();
          sizes.set(request.url(), responseHeadersSize + responseBodySize);
        };
        sized.push(size());
      });
      await page.goto(authorize(), { waitUntil: 'networkidle' });
      // Whether a headless browser fetches it depends on its version; people's browsers do.
      const icon = `${server.issuer}${await page.locator('link[rel=icon]').getAttribute('href')}`;
      sizes.set(icon, (await (await fetch(icon)).arrayBuffer()).byteLength);
      await Promise.all(sized);
      const kinds = [...sizes.keys()].map((url) => new URL(url).pathname.split('/')[1]);
      // Styles, icon and three scripts; the second of the sign-in's own is what a browser asks about passkeys.
      expect(kinds.sort()).to.deep.equal([...Array(5).fill('assets'), 'authorize', 'sign-in', 'sign-in']);
      expect([...sizes.values()].reduce((sum, size) => sum + size, 0)).to.be.below(FIRST_PAGE_LIMIT_BYTES);
    }));
});
