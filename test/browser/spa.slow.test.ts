import { readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import type { Page } from 'playwright-core';
import { useChromium } from '../support/chromium.ts';
import { startTestServer, type TestServer } from '../support/server.ts';

const LIBRARY = fileURLToPath(
  new URL('../../node_modules/oidc-client-ts/dist/browser/oidc-client-ts.min.js', import.meta.url),
);

/** A single-page application with oidc-client-ts: a public client, whose browser calls our endpoints across origins. */
const page = (issuer: string, clientId: string) => `<!doctype html><title>SPA</title><p id="state"></p>
<script src="/oidc-client-ts.js"></script>
<script>
  const manager = new oidc.UserManager({
    authority: ${JSON.stringify(issuer)}, client_id: ${JSON.stringify(clientId)},
    redirect_uri: location.origin + '/', scope: 'openid profile email', loadUserInfo: true,
  });
  const show = (value) => { document.querySelector('#state').textContent = JSON.stringify(value); };
  (async () => {
    if (!location.search.includes('code=')) return manager.signinRedirect();
    const user = await manager.signinCallback();
    const renewed = await manager.signinSilent();
    const { session_status_endpoint, session_activity_endpoint, session_monitor_uri } =
      await manager.metadataService.getMetadata();
    const { monitorSession } = await import(session_monitor_uri);
    const monitor = monitorSession({
      status: session_status_endpoint,
      activity: session_activity_endpoint,
      fetch: (url, init) =>
        fetch(url, { ...init, headers: { Authorization: 'Bearer ' + renewed.access_token } }),
    });
    const ends = [];
    monitor.addEventListener('status', ({ detail }) => ends.push(Math.ceil(detail.left / 100) * 100));
    await monitor.extend();
    show({
      name: user.profile.name, sub: user.profile.sub, renewed: renewed.access_token !== user.access_token, ends,
    });
  })().catch((error) => show({ error: String(error) }));
</script>`;

/** The same library, with one user for all tabs of the origin, each of which renews by itself. */
const tab = (issuer: string, clientId: string) => `<!doctype html><title>Tab</title><p id="state"></p>
<script src="/oidc-client-ts.js"></script>
<script>
  const manager = new oidc.UserManager({
    authority: ${JSON.stringify(issuer)}, client_id: ${JSON.stringify(clientId)}, redirect_uri: location.origin + '/tabs',
    scope: 'openid', userStore: new oidc.WebStorageStateStore({ store: localStorage }),
  });
  const renew = () => manager.signinSilent().then((user) => user.refresh_token, (error) => 'error: ' + error.message);
  (async () => {
    if (location.search.includes('code=')) await manager.signinCallback();
    else if (!(await manager.getUser())) return manager.signinRedirect();
    document.querySelector('#state').textContent = 'signed in';
  })();
</script>`;

describe('a browser application with oidc-client-ts', function () {
  this.timeout(60_000);
  const browser = useChromium();
  let server: TestServer;
  let application: Server;
  let origin: string;
  let clientId: string;
  let shared: string;

  before(async () => {
    server = await startTestServer();
    const library = await readFile(LIBRARY);
    application = createServer((request, response) => {
      const script = request.url === '/oidc-client-ts.js';
      response.setHeader('content-type', script ? 'text/javascript' : 'text/html');
      const html = request.url?.startsWith('/tabs')
        ? tab(server.issuer, shared)
        : page(server.issuer, clientId);
      response.end(script ? library : html);
    });
    await new Promise<void>((resolve) => application.listen(0, 'localhost', resolve));
    origin = `http://localhost:${(application.address() as AddressInfo).port}`;
    const metadata = {
      client_name: 'Browser application',
      redirect_uris: [`${origin}/`, `${origin}/tabs`],
      grant_types: ['authorization_code', 'refresh_token'],
      token_endpoint_auth_method: 'none',
      first_party: true,
    };
    clientId = String((await server.addClient(metadata)).client_id);
    shared = String((await server.addClient({ ...metadata, refresh_token_leeway_seconds: 10 })).client_id);
  });
  after(async () => {
    application.close();
    await server.stop();
  });

  it('signs in, reads userinfo, renews its token and learns when the session ends, across origins', async () => {
    const person = await server.addAccount({ name: 'Robin Reyes' });
    const context = await browser().newContext();
    const tab = await context.newPage();
    await tab.goto(`${origin}/`);
    await tab.fill('[name=identifier]', person.email);
    await tab.fill('[name=password]', person.password);
    await tab.keyboard.press('Enter');
    await tab.waitForFunction(
      `document.querySelector('#state')?.textContent !== '' && location.search !== ''`,
    );
    const state = JSON.parse((await tab.textContent('#state')) ?? '{}');
    expect(state).to.deep.equal({ name: 'Robin Reyes', sub: person.id, renewed: true, ends: [1_200, 1_200] });
    await context.close();
  });

  it('renews in two tabs at the same moment, and goes on in both, where it has a leeway', async () => {
    const person = await server.addAccount();
    const context = await browser().newContext();
    const signedIn = (each: Page) => each.locator('#state', { hasText: 'signed in' }).waitFor();
    const first = await context.newPage();
    await first.goto(`${origin}/tabs`);
    await first.fill('[name=identifier]', person.email);
    await first.fill('[name=password]', person.password);
    await first.keyboard.press('Enter');
    await signedIn(first);
    const second = await context.newPage();
    await second.goto(`${origin}/tabs`);
    await signedIn(second);
    // Both show the same token: the requests leave when both are there.
    const waiting: (() => void)[] = [];
    await context.route('**/token', async (route) => {
      if (route.request().method() !== 'POST') return route.continue();
      await new Promise<void>((resolve) => {
        waiting.push(resolve);
        if (waiting.length === 2) for (const go of waiting) go();
      });
      await route.continue();
    });
    const shown = await Promise.all([first, second].map((each) => each.evaluate<string>('renew()')));
    await context.unroute('**/token');
    expect(shown.filter((token) => token.startsWith('error'))).to.deep.equal([]);
    expect(new Set(shown).size).to.equal(2);
    for (const each of [first, second, first])
      expect(await each.evaluate<string>('renew()')).to.not.match(/^error/);
    await context.close();
  });

  it('refuses a page of another origin, and gives it nothing to read', async () => {
    const answer = await fetch(`${server.issuer}/token`, {
      method: 'POST',
      headers: { origin: 'https://evil.example', 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams({ grant_type: 'authorization_code', code: 'x', client_id: clientId }),
    });
    expect(answer.status).to.equal(400);
    expect(answer.headers.get('access-control-allow-origin')).to.equal(null);
  });
});
