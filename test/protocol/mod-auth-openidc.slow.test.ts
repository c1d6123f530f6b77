import { get as httpGet } from 'node:http';
import { expect } from 'chai';
import { type Apache, findApache, startApache } from '../support/apache.ts';
import { eventually } from '../support/processes.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { UserAgent } from '../support/user-agent.ts';

describe('Apache mod_auth_openidc', function () {
  this.timeout(180_000);
  let server: TestServer;
  let apache: Apache | undefined;

  before(async function () {
    const program = findApache();
    if (program === undefined && !process.env.CI) this.skip();
    if (program === undefined) throw new Error('apache2 with mod_auth_openidc is missing');
    server = await startTestServer();
    apache = await startApache(program, server.issuer, (callback, origin) =>
      server.addClient({
        client_name: 'Apache',
        redirect_uris: [callback],
        post_logout_redirect_uris: [`${origin}/`],
        first_party: true,
        backchannel_logout_uri: `${callback}?logout=backchannel`,
        backchannel_logout_session_required: true,
      }),
    );
  });
  after(async () => {
    await apache?.stop();
    await server?.stop();
  });

  /** Opens its page in a new browser, and signs a new person in on the way. */
  async function signedIn() {
    const person = await server.addAccount({ name: 'Robin Reyes', roles: ['clinician'] });
    const { origin } = apache as Apache;
    const agent = new UserAgent();
    const app = `${origin}/app/index.html`;
    const challenge = await navigate(agent, app);
    const page = await agent.open(String(challenge.location));
    const callback = await agent.follow(
      await agent.submit(page, { identifier: person.email, password: person.password }),
    );
    expect((await navigate(agent, String(callback.location))).location).to.equal(app);
    return { person, origin, agent, app };
  }

  it('signs a person in, sees the claims, and signs out', async () => {
    const { person, origin, agent, app } = await signedIn();
    const inside = await navigate(agent, app);
    expect(inside.status).to.equal(200);
    expect(inside.headers).to.include({
      'x-seen-name': 'Robin Reyes',
      'x-seen-sub': person.id,
      'x-seen-roles': 'clinician',
    });

    const out = await navigate(agent, `${origin}/app/callback?logout=${encodeURIComponent(`${origin}/`)}`);
    const confirm = await agent.open(String(out.location));
    const back = await agent.follow(await agent.submit(confirm, { logout: 'yes' }));
    expect(back.location).to.equal(`${origin}/`);
    expect((await navigate(agent, app)).status).to.equal(302);
  });

  it('ends its session when it is told that ours has ended, and nobody else’s', async () => {
    const { person, agent, app } = await signedIn();
    const other = await signedIn();
    expect((await navigate(agent, app)).status).to.equal(200);
    await server.app.database.transaction((tx) =>
      server.app.lifecycle.access.endAll(tx, person.id, 'everywhere', { actor: { kind: 'system' } }),
    );
    const told = async () =>
      (await server.app.logouts.outbox.list({ limit: 100 })).filter(
        ({ accountId }) => accountId === person.id,
      );
    await eventually('it is told', async () => (await told()).some(({ state }) => state === 'delivered'));
    expect((await told()).map(({ attempts }) => attempts)).to.deep.equal([1]);
    expect((await navigate(agent, app)).status).to.equal(302);
    expect((await navigate(other.agent, other.app)).status).to.equal(200);
  });
});

/** A GET as a browser navigates. `fetch` says of itself that it does not, and the module then refuses to redirect. */
async function navigate(
  agent: UserAgent,
  url: string,
): Promise<{ status: number; location: string | undefined; headers: Record<string, unknown> }> {
  const cookie = await agent.jar.getCookieString(url);
  const response = await new Promise<import('node:http').IncomingMessage>((resolve, reject) => {
    httpGet(url, { headers: { accept: 'text/html', 'user-agent': 'a browser', cookie } }, resolve).on(
      'error',
      reject,
    );
  });
  response.resume();
  for (const set of response.headers['set-cookie'] ?? [])
    await agent.jar.setCookie(set, url, { ignoreError: true });
  return { status: response.statusCode ?? 0, location: response.headers.location, headers: response.headers };
}
