import { expect } from 'chai';
import { eventually } from '../support/processes.ts';
import { type Relay, startRelay } from '../support/relay.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { type ServerProcess, serveBeside } from '../support/server-processes.ts';
import { UserAgent } from '../support/user-agent.ts';

const NEW_PASSWORD = 'marble otters juggle quietly';

describe('a change whose server is killed before it could mail', function killed() {
  this.timeout(60_000);
  let server: TestServer;
  let relay: Relay;
  let serving: ServerProcess | undefined;
  /** Whether the relay keeps whoever sends waiting. */
  let holds = false;

  before(async () => {
    relay = await startRelay({ content: () => (holds ? new Promise(() => {}) : undefined) });
    server = await startTestServer();
    // Only the processes mail.
    await server.app.jobs.stop(1_000);
  });
  after(async () => {
    await serving?.kill();
    await relay.close();
    await server.stop();
  });

  const serve = async () => {
    serving = await serveBeside(server, { SMTP_URL: relay.url, MAIL_SEND_TIMEOUT_SECONDS: '2' });
    return serving;
  };
  const post = async (to: ServerProcess, path: string, fields: Record<string, string>) => {
    const agent = new UserAgent();
    return agent.submit(await agent.get(to.at(`${server.issuer}${path}`)), fields);
  };
  /** The messages that came to the relay, taken or not; one that is tried again is the same one. */
  const seen = () => new Set(relay.seen).size;
  const allSent = async () =>
    (await server.app.mail.outbox.list({ limit: 10 })).every(({ state }) => state === 'sent');

  it('is told all the same, once, by the server that comes after it, and its link works', async () => {
    const { email, password } = await server.addAccount();
    holds = true;
    const first = await serve();
    expect((await post(first, '/forgot', { identifier: email })).status).to.equal(303);
    await eventually('the link is being mailed', async () => seen() === 1);
    await first.kill();
    expect(relay.taken).to.deep.equal([]);

    holds = false;
    const second = await serve();
    const [asked] = await relay.until(1, 30_000);
    expect(asked?.envelope.to).to.deep.equal([email]);
    const link = String(/\/reset\?token=\S+/.exec(String(asked?.text)));
    holds = true;
    expect((await post(second, link, { password: NEW_PASSWORD })).status).to.equal(303);
    await eventually('the change is being told of', async () => seen() === 2);
    await second.kill();
    expect(relay.taken).to.have.length(1);

    holds = false;
    const third = await serve();
    const [, notice] = await relay.until(2, 30_000);
    expect(notice?.subject).to.equal('Your password was changed');
    await eventually('all is sent', allSent);
    expect(relay.taken, 'nothing twice').to.have.length(2);
    expect(seen(), 'nor as another message').to.equal(2);
    const signIn = async (typed: string) => {
      const agent = new UserAgent();
      const page = await agent.open(`${server.issuer}/account`);
      const form = page.forms.find(({ fields }) => 'password' in fields);
      const fields = { ...form?.fields, identifier: email, password: typed };
      return (await agent.post(third.at(String(form?.action)), fields)).status;
    };
    expect([await signIn(password), await signIn(NEW_PASSWORD)]).to.deep.equal([401, 303]);
  });
});
