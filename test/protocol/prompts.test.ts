import { expect } from 'chai';
import {
  answerOf,
  authorize,
  callbackOf,
  type HandClient,
  handClient,
  type Person,
  tokensFor,
} from '../support/protocol.ts';
import { WEB_CLIENT } from '../support/relying-party.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { type Page, UserAgent } from '../support/user-agent.ts';

const isChooser = ({ forms }: Page) => forms.some(({ action }) => action.endsWith('/account'));
const isForm = ({ forms }: Page) => forms.some(({ fields }) => 'password' in fields);

describe('values of prompt', function prompts() {
  this.timeout(60_000);
  let server: TestServer;
  let open: TestServer;
  let client: HandClient;
  let robin: Person & { name: string };

  before(async () => {
    server = await startTestServer();
    open = await startTestServer({ settings: { SELF_REGISTRATION: 'true' } });
    client = handClient(server.issuer, await server.addClient(WEB_CLIENT));
    robin = { ...(await server.addAccount({ name: 'Robin Reyes' })), name: 'Robin Reyes' };
  });
  after(() => Promise.all([server.stop(), open.stop()]));

  const choose = (agent: UserAgent, page: Page, choice: string) => agent.submit(page, { choice }, '/account');
  const subjectOf = async (page: Page) => {
    const { body } = await client.redeem(String(page.location));
    return (await client.userinfo(body.access_token)).body.sub;
  };
  async function signedIn(parameters: Record<string, string> = {}) {
    const agent = new UserAgent();
    await tokensFor(client, robin, {}, agent);
    return { agent, page: await agent.open(client.authorizeUrl(parameters)) };
  }

  it('are in the metadata, create where people can register only', async () => {
    const valuesOf = async ({ issuer }: TestServer) =>
      (await answerOf(await fetch(`${issuer}/.well-known/openid-configuration`))).body
        .prompt_values_supported;
    const always = ['none', 'login', 'consent', 'select_account'];
    expect(await valuesOf(server)).to.deep.equal(always);
    expect(await valuesOf(open)).to.deep.equal([...always, 'create']);
  });

  describe('select_account', () => {
    it('lets the person who is signed in go on, without a password and on the first of two clicks', async () => {
      const { agent, page } = await signedIn({ prompt: 'select_account' });
      expect([page.status, isChooser(page), isForm(page)]).to.deep.equal([200, true, false]);
      expect(page.body).to.include('Continue as').and.include('Robin Reyes').and.include('Test application');
      const [first, second] = [
        await choose(agent, page, 'continue'),
        await choose(agent, page, 'continue'),
      ] as const;
      expect(second.location).to.equal(first.location);
      const end = await agent.follow(second);
      expect(await subjectOf(end)).to.equal(robin.id);
      const late = await choose(agent, page, 'continue');
      expect(late.status).to.equal(200);
      expect(late.body).to.include('already finished');
    });

    it('lets somebody else sign in, and nobody is signed out before', async () => {
      const other = await server.addAccount();
      const { agent, page } = await signedIn({ prompt: 'select_account', login_hint: robin.email });
      const form = await agent.follow(await choose(agent, page, 'other'));
      expect(isForm(form)).to.equal(true);
      expect(form.body).to.include('Sign in as somebody else').and.not.include(robin.email);
      expect((await choose(agent, page, 'other')).location).to.equal(form.url);
      expect(callbackOf(await agent.open(client.authorizeUrl({ prompt: 'none' }))).has('code')).to.equal(
        true,
      );

      const { email: identifier, password } = other;
      const onward = await agent.follow(await agent.submit(form, { identifier, password }));
      expect(onward.body).to.include('Somebody else is signed in here');
      expect(await subjectOf(await agent.follow(await agent.submit(onward, {})))).to.equal(other.id);
    });

    it('is the sign-in page where nobody is signed in, and asks once', async () => {
      const agent = new UserAgent();
      const url = client.authorizeUrl({ prompt: 'select_account' });
      const page = await agent.open(url);
      expect([isForm(page), isChooser(page)]).to.deep.equal([true, false]);
      expect(await subjectOf(await authorize(new UserAgent(), url, robin))).to.equal(robin.id);
    });

    it('with login asks the chosen person for the password, and with consent for consent', async () => {
      const { agent, page } = await signedIn({ prompt: 'select_account login' });
      const form = await agent.follow(await choose(agent, page, 'continue'));
      expect(isForm(form)).to.equal(true);
      expect(form.body).to.include('confirm that it is you');
      const { email: identifier, password } = robin;
      const end = await agent.follow(await agent.submit(form, { identifier, password }));
      expect(await subjectOf(end)).to.equal(robin.id);

      const again = await agent.open(client.authorizeUrl({ prompt: 'consent select_account' }));
      const consent = await agent.follow(await choose(agent, again, 'continue'));
      expect(consent.forms.some(({ action }) => action.endsWith('/consent'))).to.equal(true);
    });

    it('begins again where the session was ended', async () => {
      const { agent, page } = await signedIn({ prompt: 'select_account' });
      await server.app.database.transaction((tx) =>
        server.app.lifecycle.access.endAll(tx, robin.id, 'everywhere', {
          actor: { kind: 'person', id: robin.id },
        }),
      );
      const expired = await agent.follow(await choose(agent, page, 'continue'));
      expect(expired.body).to.include('has expired');
      const again = /href="(\/authorize\?[^"]+)"/u.exec(expired.body)?.[1];
      const form = await agent.open(`${server.issuer}${again?.replaceAll('&amp;', '&')}`);
      expect(isForm(form)).to.equal(true);
    });

    it('takes no other choice, no foreign form and no password', async () => {
      const { agent, page } = await signedIn({ prompt: 'select_account' });
      const form = page.forms.find(({ action }) => action.endsWith('/account'));
      const csrf = String(form?.fields.csrf);
      const action = String(form?.action);
      expect((await agent.post(action, { csrf })).status).to.equal(400);
      expect((await agent.post(action, { csrf, choice: robin.id })).status).to.equal(400);
      expect((await agent.post(action, { csrf: 'x', choice: 'continue' })).status).to.equal(403);
      expect((await new UserAgent().post(action, { csrf, choice: 'continue' })).status).to.equal(400);
      const { email: identifier, password } = robin;
      expect((await agent.post(page.url, { csrf, identifier, password })).status).to.equal(400);
      const headers = { 'sec-fetch-site': 'cross-site' };
      expect((await agent.post(action, { csrf, choice: 'continue' }, headers)).status).to.equal(403);
      expect(isChooser(await agent.open(page.url))).to.equal(true);
    });

    it('does not go with none', async () => {
      const answer = await new UserAgent().open(client.authorizeUrl({ prompt: 'none select_account' }));
      expect(callbackOf(answer).get('error')).to.equal('invalid_request');
    });
  });

  describe('create', () => {
    const createAt = async (at: TestServer, agent: UserAgent) => {
      const there = handClient(at.issuer, await at.addClient(WEB_CLIENT));
      return { there, page: await agent.open(there.authorizeUrl({ prompt: 'create' })) };
    };

    it('is refused by its name where nobody can register, pushed or not', async () => {
      const { page } = await createAt(server, new UserAgent());
      const answer = callbackOf(page);
      expect(answer.get('error')).to.equal('invalid_request');
      expect(answer.get('error_description')).to.include('"create"');
      const pushed = await client.post('/par', client.parameters({ prompt: 'create' }));
      expect(pushed.status).to.equal(400);
      expect(pushed.body.error).to.equal('invalid_request');
      expect(pushed.body.error_description).to.include('"create"');
    });

    it('leads to the registration, and from there to the sign-in and the client', async () => {
      const agent = new UserAgent();
      const { page } = await createAt(open, agent);
      expect(new URL(page.url).pathname).to.equal('/register');
      const back = /href="(\/sign-in\/[\w-]+\/continue)"/u.exec(page.body)?.[1];
      const form = await agent.open(`${open.issuer}${back}`);
      expect(isForm(form)).to.equal(true);
      const { email: identifier, password } = await open.addAccount();
      const end = await agent.follow(await agent.submit(form, { identifier, password }));
      expect(callbackOf(end).has('code')).to.equal(true);
    });

    it('does so for somebody who is signed in, whose session is no answer', async () => {
      const agent = new UserAgent();
      const person = await open.addAccount();
      await tokensFor(handClient(open.issuer, await open.addClient(WEB_CLIENT)), person, {}, agent);
      const { page } = await createAt(open, agent);
      expect(new URL(page.url).pathname).to.equal('/register');
      const back = /href="(\/sign-in\/[\w-]+\/continue)"/u.exec(page.body)?.[1];
      expect((await agent.open(`${open.issuer}${back}`)).body).to.include('Sign in as somebody else');
    });
  });
});
