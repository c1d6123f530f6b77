import { expect } from 'chai';
import { type Started, startNode } from '../support/processes.ts';
import { WEB_CLIENT } from '../support/relying-party.ts';
import { freePort, startTestServer, type TestServer } from '../support/server.ts';
import { type Page, UserAgent } from '../support/user-agent.ts';

export const COOKIE = 'sample_session';

/** The sample application and its service, at a server of their own, for the tests of a `describe`: call it inside. */
export function useSampleApplication() {
  let server: TestServer;
  let application: Started;
  let service: Started;
  let home: string;
  let clientId: string;
  let secret: string;
  const launched: Started[] = [];

  before(async () => {
    server = await startTestServer();
    const [port, servicePort] = [await freePort(), await freePort()];
    home = `http://localhost:${port}/`;
    const SERVICE = `http://localhost:${servicePort}`;
    await server.addResource({ identifier: SERVICE, name: 'Sample', scopes: ['sample:read'] });
    const registration = await server.addClient({
      ...WEB_CLIENT,
      redirect_uris: [`${home}callback`],
      post_logout_redirect_uris: [home],
    });
    clientId = String(registration.client_id);
    secret = String(registration.client_secret);
    service = await launch('service', { PORT: String(servicePort) });
    application = await launch('relying-party', {
      PORT: String(port),
      CLIENT_ID: clientId,
      CLIENT_SECRET: secret,
      SERVICE,
    });
  });
  after(async () => {
    for (const { child, exit } of launched) {
      child.kill();
      await exit;
    }
    await server.stop();
  });

  async function launch(name: string, settings: Record<string, string>): Promise<Started> {
    const { PATH = '' } = process.env;
    const started = startNode([`examples/${name}/main.ts`], {
      env: { PATH, ISSUER: server.issuer, ...settings },
    });
    launched.push(started);
    await started.waitFor(/listens/u);
    return started;
  }

  async function arrive(
    agent: UserAgent,
    from: Page,
    until: (url: string) => boolean = () => false,
  ): Promise<Page> {
    let page = from;
    for (let hops = 0; page.location !== undefined && hops < 20 && !until(page.location); hops += 1) {
      page = await agent.get(page.location);
    }
    return page;
  }
  const isCallback = (url: string) => url.startsWith(`${home}callback`);
  type Person = { id: string; name: string; email: string; password: string };

  /** As far as the answer for the application, which the browser does not follow. */
  async function answerFor(agent: UserAgent, person: Person): Promise<string> {
    const begun = await arrive(agent, await agent.post(`${home}sign-in`, {}), isCallback);
    if (begun.location !== undefined) return begun.location;
    const done = await agent.submit(begun, { identifier: person.email, password: person.password });
    return String((await arrive(agent, done, isCallback)).location);
  }
  async function signedIn(given?: Person) {
    const person = given ?? (await server.addAccount());
    const agent = new UserAgent();
    const inside = await arrive(agent, await agent.get(await answerFor(agent, person)));
    expect(inside.body).to.include(person.email);
    return { agent, person, inside };
  }
  const cookieOf = async (agent: UserAgent) =>
    (await agent.jar.getCookies(home)).find(({ key }) => key === COOKIE)?.value;
  const seenWith = async (cookie: string | undefined) =>
    (await fetch(home, { headers: { cookie: `${COOKIE}=${cookie}` } })).text();
  const isInside = async (agent: UserAgent) => (await agent.get(home)).body.includes('You are signed in');

  /** What the application and the service have written, and its page, hold nothing that is nobody’s business. */
  async function expectNothingTold() {
    const { inside } = await signedIn();
    const told = `${application.output()}${service.output()}`;
    expect(told)
      .to.not.include(secret)
      .and.not.match(/eyJ|code=|[\w-]{43}/u);
    expect(inside.body).to.not.match(/eyJ[\w-]+\./u);
  }

  return {
    get server() {
      return server;
    },
    get home() {
      return home;
    },
    get clientId() {
      return clientId;
    },
    ...{ launch, arrive, answerFor, signedIn, cookieOf, seenWith, isInside, expectNothingTold },
  };
}
