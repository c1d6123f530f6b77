import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import type { BrowserContext, Page } from 'playwright-core';
import { en } from '../../src/http/words.ts';
import { useChromium } from '../support/chromium.ts';
import { addApp } from '../support/factors.ts';
import { heading, signIn } from '../support/person.ts';
import { type HandClient, handClient, type Person } from '../support/protocol.ts';
import { WEB_CLIENT } from '../support/relying-party.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { UserAgent } from '../support/user-agent.ts';

/** An application on another site (127.0.0.1, where we are localhost): a link that leads away, and what came back. */
const page = (to: string) =>
  `<!doctype html><title>Elsewhere</title><h1>Elsewhere</h1><a href="${to}">Go</a>`;

describe('sign-ins that begin on another site', function otherSites() {
  this.timeout(60_000);
  const browser = useChromium();
  let server: TestServer;
  let application: Server;
  let origin: string;
  let client: HandClient;
  let person: Person;
  let link = '';
  let context: BrowserContext;
  let tab: Page;

  before(async () => {
    server = await startTestServer();
    application = createServer((_request, response) => {
      response.setHeader('content-type', 'text/html');
      response.end(page(link.replaceAll('&', '&amp;')));
    });
    await new Promise<void>((resolve) => application.listen(0, '127.0.0.1', resolve));
    origin = `http://127.0.0.1:${(application.address() as AddressInfo).port}`;
    const redirects = { redirect_uris: [`${origin}/callback`] };
    client = handClient(server.issuer, await server.addClient({ ...WEB_CLIENT, ...redirects }));
  });
  after(async () => {
    application.close();
    await server.stop();
  });
  beforeEach(async () => {
    person = await server.addAccount();
    context = await browser().newContext();
    tab = await context.newPage();
  });
  afterEach(() => context.close());

  const asked = (parameters = {}) =>
    client.authorizeUrl({ redirect_uri: `${origin}/callback`, ...parameters });

  /** From the other site, by a link on its page. */
  async function go(to: string): Promise<void> {
    link = to;
    await tab.goto(`${origin}/`);
    await Promise.all([tab.waitForEvent('load'), tab.getByRole('link', { name: 'Go' }).click()]);
  }
  const arrived = () => tab.waitForURL(`${origin}/callback**`);

  it('come to their end: with a page, by a posted answer, without a question, and with a step up', async () => {
    await go(asked());
    await signIn(tab, person);
    await arrived();
    expect(tab.url()).to.include('code=');

    await go(asked({ prompt: 'login', response_mode: 'form_post' }));
    await signIn(tab, person);
    await arrived();
    expect(tab.url(), 'posted').to.equal(`${origin}/callback`);

    await go(asked({ prompt: 'none' }));
    await arrived();
    expect(tab.url()).to.include('code=');

    const app = await addApp(server, person);
    await go(asked({ acr_values: 'aal2' }));
    await tab.getByRole('textbox').first().fill(app.code());
    await tab.keyboard.press('Enter');
    await arrived();
    expect(tab.url()).to.include('code=');
  });

  it('come to their end for another person than the one who is signed in', async () => {
    await go(asked());
    await signIn(tab, person);
    await arrived();
    await go(asked({ prompt: 'login' }));
    await signIn(tab, await server.addAccount());
    await arrived();
    expect(tab.url()).to.include('code=');
  });

  it('are not finished for a stranger whose cookies were planted', async () => {
    const stranger = await server.addAccount();
    const agent = new UserAgent();
    const form = await agent.open(asked());
    const { email: identifier, password } = stranger;
    const { location } = await agent.submit(form, { identifier, password });
    const path = new URL(String(location), server.issuer).pathname;
    const planted = await agent.jar.getCookies(`${server.issuer}${path}`);
    await context.addCookies(
      planted.map(({ key: name, value }) => ({ name, value, domain: 'localhost', path, secure: false })),
    );
    await go(`${server.issuer}${path}`);
    expect(await heading(tab)).to.equal(en.error.foreign_interaction.title);
    await tab.goto(`${server.issuer}/account`);
    expect(await heading(tab)).to.equal(en['sign-in'].title);
  });
});
