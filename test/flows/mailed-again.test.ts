import { expect } from 'chai';
import { mailAbout } from '../support/lifecycle.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { type Page, UserAgent } from '../support/user-agent.ts';

describe('a mail that is asked for once more', function () {
  this.timeout(30_000);
  let server: TestServer;
  let aheadMs = 0;
  before(async () => {
    server = await startTestServer({
      settings: {
        SELF_REGISTRATION: 'true',
        RATE_LIMIT_PASSWORD_RESET_PER_ACCOUNT: '3',
        RATE_LIMIT_REGISTRATION_PER_IDENTIFIER: '3',
      },
      replace: { clock: { now: () => new Date(Date.now() + aheadMs) } },
    });
  });
  after(() => server.stop());
  beforeEach(() => {
    aheadMs = 0;
  });

  async function asked(path: string, fields: Record<string, string>, agent = new UserAgent()) {
    const page = await agent.follow(
      await agent.submit(await agent.get(`${server.issuer}${path}`), fields, path),
    );
    expect(page.status).to.equal(200);
    return { agent, page };
  }
  const again = async (agent: UserAgent, page: Page) => agent.follow(await agent.submit(page, {}, '/again'));
  /** What the page says, without what differs by chance or by what was typed. */
  const said = ({ status, body }: Page, typed: string) => [
    status,
    body
      .replaceAll(/name="csrf" value="[^"]*"/g, '')
      .replaceAll(typed, 'TYPED')
      .replaceAll('<wbr>', ''),
  ];

  it('comes, with another link that works', async () => {
    const { email } = await server.addAccount();
    const { agent, page } = await asked('/forgot', { identifier: email });
    const first = server.mailbox.linkIn(await mailAbout(server, email, 'Choose a new password'));
    const sent = await again(agent, page);
    expect(sent.body).to.include('You have asked for it again').and.include(email);
    const second = server.mailbox.linkIn(await mailAbout(server, email, 'Choose a new password'));
    expect(second).not.to.equal(first);
    expect((await agent.get(second)).status).to.equal(200);
  });

  it('comes with the way back to the sign-in from which it was asked for', async () => {
    const { email } = await server.addAccount();
    const agent = new UserAgent();
    const form = await agent.open(`${server.issuer}/account`);
    const uid = String(form.url.split('/').at(-1));
    const { page } = await asked(`/forgot`, { identifier: email, sign_in: uid }, agent);
    const sent = await again(agent, page);
    expect(sent.body).to.include(`/sign-in/${uid}/continue`);
  });

  it('tells nothing of whether there is an account, up to the limit', async () => {
    const { email } = await server.addAccount({ email: 'some.body@example.org' });
    const answers = [];
    for (const identifier of [email, 'not.body@example.org']) {
      const { agent, page } = await asked('/forgot', { identifier });
      const pages = [page];
      for (let time = 0; time < 3; time += 1) pages.push(await again(agent, pages.at(-1) as Page));
      answers.push(pages.map((each) => said(each, identifier)));
      expect(pages.map(({ status }) => status)).to.deep.equal([200, 200, 200, 429]);
      const refused = pages.at(-1) as Page;
      expect(Number(refused.headers.get('retry-after'))).to.be.within(3_500, 3_600);
      expect(refused.body).to.include('asked for too often').and.include(identifier);
    }
    expect(answers[0]).to.deep.equal(answers[1]);
  });

  it('comes of a registration, too', async () => {
    const email = 'nia.newcomer@example.org';
    const { agent, page } = await asked('/register', { email, name: 'Nia Newcomer' });
    const subject = (await server.mailbox.next(email)).subject;
    await again(agent, page);
    expect((await server.mailbox.next(email)).subject).to.equal(subject);
  });

  it('is for the browser that asked, for half an hour, and for nobody who only knows the page', async () => {
    const { email } = await server.addAccount();
    const { agent, page } = await asked('/forgot', { identifier: email });
    const stranger = new UserAgent();
    const elsewhere = await stranger.get(`${server.issuer}/forgot/sent`);
    expect(elsewhere.body).not.to.include('/forgot/again').and.not.include(email);
    expect((await stranger.submit(page, {}, '/again')).status).to.equal(403);
    // The other form's answer is no business of this one's.
    expect((await agent.get(`${server.issuer}/register/sent`)).body).not.to.include('/register/again');
    aheadMs = 1_801_000;
    expect((await agent.get(`${server.issuer}/forgot/sent`)).body).not.to.include('/forgot/again');
    const late = await agent.submit(page, {}, '/again');
    expect(late.location).to.equal(`${server.issuer}/forgot`);
  });

  it('is not offered for what no cookie can keep', async () => {
    const { agent, page } = await asked('/forgot', { identifier: `${'x'.repeat(1_500)}@example.org` });
    expect(page.body).not.to.include('/forgot/again');
    expect(await agent.jar.getCookieString(`${server.issuer}/forgot`)).not.to.include('gatehouse_asked=');
  });
});

describe('a mailed link that no longer works', () => {
  it('leads to where another can be asked for', async () => {
    const server = await startTestServer({ settings: { SELF_REGISTRATION: 'true' } });
    try {
      const agent = new UserAgent();
      for (const [path, next] of [
        ['/reset', '/forgot'],
        ['/invitation', '/register'],
        ['/verify-address', '/account/address'],
        ['/secure', '/forgot'],
      ]) {
        const page = await agent.get(`${server.issuer}${path}?token=gone`);
        expect(page.status, path).to.equal(410);
        expect(page.body, path).to.include(`href="${next}"`);
      }
    } finally {
      await server.stop();
    }
  });
});
