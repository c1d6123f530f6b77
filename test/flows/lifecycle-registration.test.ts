import { expect } from 'chai';
import { invitations } from '../../src/administration/invitations.ts';
import { act } from '../support/administration.ts';
import { mailAbout } from '../support/lifecycle.ts';
import { auditTrail, callbackOf, handClient } from '../support/protocol.ts';
import { WEB_CLIENT } from '../support/relying-party.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { type Page, UserAgent } from '../support/user-agent.ts';

const PASSWORD = 'marble otters juggle quietly';
const CONFIRM = 'Confirm your email address';
const KNOWN = 'You already have an account';

describe('registration', () => {
  let server: TestServer;
  let email: string;
  let count = 0;
  before(async () => {
    server = await startTestServer({
      settings: { SELF_REGISTRATION: 'true', SELF_REGISTRATION_DOMAINS: 'Example.org, bücher.example' },
    });
  });
  after(() => server.stop());
  beforeEach(() => {
    count += 1;
    email = `registrant-${count}@example.org`;
  });

  const form = (agent: UserAgent) => agent.get(`${server.issuer}/register`);
  const register = async (given: { email?: string; name?: string } = {}, agent = new UserAgent()) =>
    agent.submit(await form(agent), { email, name: 'Nia Newcomer', ...given });
  const link = async (address = email) => server.mailbox.linkIn(await mailAbout(server, address, CONFIRM));
  const accept = async (url: string, agent = new UserAgent()) =>
    agent.submit(await agent.get(url), { name: 'Nia Newcomer', password: PASSWORD });
  const account = (address = email) => server.app.accounts.store.findByIdentifier(address);
  const signIn = async (page: Page, agent: UserAgent, password = PASSWORD) =>
    agent.follow(await agent.submit(page, { identifier: email, password }));
  const eventsOf = async (id: string | undefined) =>
    (await auditTrail(server)).filter((event) => event.account === id);

  it('leads from the sign-in page by mail to a password, and back to the application', async () => {
    const client = handClient(server.issuer, await server.addClient(WEB_CLIENT));
    const agent = new UserAgent();
    const start = await agent.open(client.authorizeUrl({ scope: 'openid email' }));
    const href = /href="(\/register\?sign_in=[^"]+)">Create an account</.exec(start.body)?.[1];
    const page = await agent.get(`${server.issuer}${href}`);
    expect(page.body).to.match(/name="email"[^>]* autocomplete="username"/);
    expect(page.body).to.match(/name="name"[^>]* autocomplete="name"/);
    const taken = await agent.submit(page, { email, name: 'Nia Newcomer' });
    expect(taken.status).to.equal(303);
    const sent = await agent.follow(taken);
    expect(sent.body).to.include('Check your email').and.include(email);
    const elsewhere = await new UserAgent().get(sent.url);
    expect(elsewhere.body).to.include('Check your email').and.not.include(email);

    const message = await mailAbout(server, email, CONFIRM);
    expect(message.text).to.not.include('Nia');
    expect(await account()).to.equal(undefined);
    const [row] = await server.app.database.query<{ hours: number }>(
      `select extract(epoch from expires_at - created_at)::int / 3600 as hours from one_time_links
       where payload ->> 'identifier' = $1`,
      [email],
    );
    expect(row?.hours).to.equal(24);
    expect((await signIn(await agent.get(start.url), agent)).status).to.equal(401);

    const url = server.mailbox.linkIn(message);
    const chosen = await agent.get(url);
    expect(chosen.body).to.include('Choose a password for').and.not.include('invited to');
    const short = await agent.submit(chosen, { name: 'Nia Newcomer', password: 'short' });
    expect([short.status, short.body.includes('too short')]).to.deep.equal([400, true]);
    const done = await agent.follow(await agent.submit(chosen, { name: 'Nia N.', password: PASSWORD }));
    const back = /class="button" href="([^"]+)"/.exec(done.body)?.[1];
    expect((await agent.get(url)).status).to.equal(410);
    expect(await account()).to.deep.include({ emailVerified: true, roles: [], name: 'Nia N.' });

    const again = await agent.open(`${server.issuer}${back}`);
    expect(again.url).to.equal(start.url);
    expect(callbackOf(await signIn(again, agent)).has('code')).to.equal(true);
    const made = await account();
    const trail = await eventsOf(made?.id);
    const created = trail.find(({ type }) => type === 'account.created');
    expect([created?.actor, created?.details.source]).to.deep.equal([made?.id, 'registration']);
    expect(created?.ip).to.be.a('string');
    const completed = trail.find(({ type }) => type === 'registration.completed');
    expect(completed).to.include({ actor: made?.id });
    expect(trail.map(({ type }) => type)).to.not.include('invitation.accepted');
  });

  it('can be repeated until it is finished; then every other link is dead', async () => {
    await register();
    const first = await link();
    await register({ email: email.toUpperCase(), name: 'Somebody Else' });
    const second = await link(email.toUpperCase());
    expect(await account()).to.equal(undefined);
    expect((await accept(second)).status).to.equal(303);
    expect((await new UserAgent().get(first)).status).to.equal(410);
    const created = (await eventsOf((await account())?.id)).filter(({ type }) => type === 'account.created');
    expect(created).to.have.length(1);
  });

  it('leaves no account behind that nobody has asked for: an unfinished one is a link, which ends', async () => {
    await register();
    await link();
    const {
      database,
      accounts: { links },
    } = server.app;
    const count = async () =>
      (await database.query(`select 1 from one_time_links where payload ->> 'identifier' = $1`, [email]))
        .length;
    expect([await account(), await count()]).to.deep.equal([undefined, 1]);
    await links.sweep(new Date(Date.now() + 25 * 3_600_000), 1_000);
    expect(await count()).to.equal(0);
  });

  describe('and an invitation of the same address', () => {
    const invite = () => act(server.app, invitations.send, { email, name: 'Nia N.', roles: ['clinician'] });
    const invited = async () =>
      server.mailbox.linkIn(await mailAbout(server, email, 'Set up your account at Gatehouse'));

    it('that came later: either link opens the account that was invited, and ends the other', async () => {
      for (const chosen of ['registration', 'invitation']) {
        email = `${chosen}-${email}`;
        await register();
        const registration = await link();
        await invite();
        const invitation = await invited();
        expect((await new UserAgent().get(registration)).status).to.equal(200);
        const [used, other] =
          chosen === 'registration' ? [registration, invitation] : [invitation, registration];
        expect((await accept(used)).status).to.equal(303);
        expect(await account()).to.deep.include({ roles: ['clinician'], emailVerified: true });
        expect((await new UserAgent().get(other)).status).to.equal(410);
      }
    });

    it('that came before: the same, and the account stays as it was invited', async () => {
      await invite();
      const invitation = await invited();
      const before = await account();
      await register({ name: 'Mallory' });
      const registration = await link();
      expect(await account()).to.deep.equal(before);
      expect((await accept(registration)).status).to.equal(303);
      expect(await account()).to.deep.include({ roles: ['clinician'], emailVerified: true });
      expect((await new UserAgent().get(invitation)).status).to.equal(410);
    });
  });

  it('followed 20 times in parallel, by two links, makes one account', async () => {
    await register();
    const first = await link();
    await register();
    const second = await link();
    const agent = new UserAgent();
    const pages = await Promise.all([agent.get(first), agent.get(second)]);
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        agent.submit(pages[index % 2] as Page, { name: 'Nia Newcomer', password: PASSWORD }),
      ),
    );
    expect(answers.filter(({ status }) => status === 303)).to.have.length(1);
    expect(answers.filter(({ status }) => status === 410)).to.have.length(19);
    const created = (await eventsOf((await account())?.id)).filter(({ type }) => type === 'account.created');
    expect(created).to.have.length(1);
  });

  it('with the address of an account tells its owner, and changes nothing', async () => {
    const person = await server.addAccount();
    const before = await account(person.email);
    const taken = await register({ email: ` ${person.email.toUpperCase()} `, name: 'Mallory' });
    expect(taken.status).to.equal(303);
    const told = await mailAbout(server, person.email, KNOWN);
    expect(told.text).to.include(`${server.issuer}/account`).and.include(`${server.issuer}/forgot`);
    expect(told.text).to.not.include('Mallory');
    expect(await account(person.email)).to.deep.equal(before);
    const asked = (await eventsOf(person.id)).at(-1);
    expect(asked).to.include({ type: 'registration.requested', outcome: 'failure', actor: null });
    expect(asked?.details).to.include({ reason: 'account_exists' });
    expect(JSON.stringify(asked)).to.not.include(person.email);
  });

  it('writes nothing to who was disabled, and opens nothing', async () => {
    const person = await server.addAccount({ status: 'disabled' });
    const refused = await register({ email: person.email });
    const other = await register({ email: `nobody-${email}` });
    expect([refused.status, refused.location]).to.deep.equal([other.status, other.location]);
    // Requests are answered in order.
    await register();
    await link();
    expect(server.mailbox.messages.some(({ to }) => to.address === person.email)).to.equal(false);
    expect((await eventsOf(person.id)).at(-1)?.details).to.include({ reason: 'account_disabled' });
  });

  it('is for the domains that may, however they are written, and says so for the others', async () => {
    const known = await server.addAccount({ email: 'known@elsewhere.example' });
    const refused = [
      known.email,
      'nobody@elsewhere.example',
      'a@sub.example.org',
      'a@example.org.evil.example',
    ];
    for (const address of refused) {
      const page = await register({ email: address });
      expect(page.status, address).to.equal(400);
      expect(page.body).to.include('Addresses of this domain cannot register here');
      expect(page.forms[0]?.fields).to.include({ email: address, name: 'Nia Newcomer' });
    }
    for (const address of [`a${count}@EXAMPLE.org`, 'a@BÜCHER.example', 'a@xn--bcher-kva.example'])
      expect((await register({ email: address })).status, address).to.equal(303);
    await register();
    await link();
    expect(server.mailbox.messages.some(({ to }) => refused.includes(to.address))).to.equal(false);
  });

  it('asked for before an operator had narrowed the domains comes to nothing', async () => {
    const {
      database,
      lifecycle: { registration },
      mail: { outbox: mail },
    } = server.app;
    const content = (email: string) => ({ email, name: 'Nia Newcomer', locale: 'en', origin: {} });
    const answered = async (email: string) => {
      await database.transaction((tx) => registration.answer(tx, content(email)));
      return (await mail.list({ limit: 500 })).length;
    };
    const before = await answered(`in-time-${count}@example.org`);
    expect(await answered('late@elsewhere.example')).to.equal(before);
    expect(await answered(`too-${count}@example.org`)).to.equal(before + 1);
  });

  it('says what is wrong with what was typed', async () => {
    const wrong: [{ email?: string; name?: string }, string][] = [
      [{ email: '' }, 'Enter your email address.'],
      [{ email: 'nobody' }, 'Enter a complete email address'],
      [{ email: 'a@b@example.org' }, 'Enter a complete email address'],
      [{ name: ' ' }, 'Enter your name.'],
      [{ name: 'N\u2028N' }, 'This name cannot be used.'],
    ];
    for (const [given, message] of wrong) {
      const page = await register(given);
      expect([page.status, page.body.includes(message)], message).to.deep.equal([400, true]);
    }
  });

  it('asked for 20 times in parallel makes no account, and every mail has a link that would', async () => {
    const agent = new UserAgent();
    const page = await form(agent);
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, index) => agent.submit(page, { email, name: `Name ${index}` })),
    );
    expect(new Set(answers.map(({ status }) => status))).to.deep.equal(new Set([303]));
    for (let message = 0; message < 20; message += 1)
      expect((await agent.get(await link())).status).to.equal(200);
    expect(await account()).to.equal(undefined);
  }).timeout(60_000);

  it('makes links to the issuer, whatever the request says its host is', async () => {
    const agent = new UserAgent();
    const { fields = {} } = (await form(agent)).forms[0] ?? {};
    const forged = {
      host: 'evil.example',
      'x-forwarded-host': 'evil.example',
      forwarded: 'host=evil.example',
    };
    await agent.post(`${server.issuer}/register`, { ...fields, email, name: 'N' }, forged);
    const message = await mailAbout(server, email, CONFIRM);
    expect(server.mailbox.linkIn(message).startsWith(`${server.issuer}/invitation?token=`)).to.equal(true);
    expect(`${message.text}${message.html}`).to.not.include('evil.example');
  });

  it('takes each field once, as text, from its own form only', async () => {
    const agent = new UserAgent();
    const { fields = {} } = (await form(agent)).forms[0] ?? {};
    const sent = { ...fields, email, name: 'N' };
    const text = `${new URLSearchParams(sent)}`;
    const post = async (body: Record<string, string> | string, headers = {}) =>
      (await agent.post(`${server.issuer}/register`, body, headers)).status;
    expect(await post(`${text}&email=other@example.org`)).to.equal(400);
    const { email: _email, ...without } = sent;
    expect(await post({ ...without, 'email[]': email })).to.equal(400);
    expect(await post({ ...sent, csrf: 'x' })).to.equal(403);
    expect(await post(sent, { origin: 'https://evil.example' })).to.equal(403);
    expect(await post('{}', { 'content-type': 'application/json' })).to.equal(415);
    expect(await account()).to.equal(undefined);
    expect(await server.app.database.query('select 1 from account_requests')).to.have.length(0);
  });

  it('speaks the language of who registers', async () => {
    const agent = new UserAgent({ 'accept-language': 'es-MX,es;q=0.9' });
    const page = await form(agent);
    expect(page.body).to.include('<html lang="es').and.include('Crear una cuenta');
    await agent.submit(page, { email, name: 'Nia Newcomer' });
    const message = await server.mailbox.next(email);
    expect(message.language).to.equal('es');
    expect((await new UserAgent().get(server.mailbox.linkIn(message))).body).to.include('<html lang="es');
  });
});
