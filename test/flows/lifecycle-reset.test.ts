import { expect } from 'chai';
import { fixture, fixtures } from '../support/evidence/fixture.ts';
import { mailAbout } from '../support/lifecycle.ts';
import { auditTrail, callbackOf, handClient, type Person, tokensFor } from '../support/protocol.ts';
import { WEB_CLIENT } from '../support/relying-party.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { type Page, UserAgent } from '../support/user-agent.ts';

const NEW_PASSWORD = 'marble otters juggle quietly';

describe('a forgotten password', () => {
  let server: TestServer;
  let person: Person;
  before(async () => {
    server = await startTestServer();
  });
  after(() => server.stop());
  beforeEach(async () => {
    person = await server.addAccount({ name: 'Robin Reyes' });
  });

  const ask = async (identifier: string, agent = new UserAgent(), from = `${server.issuer}/forgot`) =>
    agent.submit(await agent.get(from), { identifier });

  async function linkFor(email: string, agent?: UserAgent, from?: string): Promise<string> {
    expect((await ask(email, agent, from)).status).to.equal(303);
    return server.mailbox.linkIn(await mailAbout(server, email, 'Choose a new password'));
  }

  const signIn = async (password: string, agent = new UserAgent()) =>
    agent.follow(
      await agent.submit(await agent.open(`${server.issuer}/account`), {
        identifier: person.email,
        password,
      }),
    );
  const choose = async (link: string, password = NEW_PASSWORD, agent = new UserAgent()) =>
    agent.submit(await agent.get(link), { password });
  const events = async (type: string) => (await auditTrail(server)).filter((event) => event.type === type);
  const ofPerson = async (type: string) =>
    (await events(type)).filter(({ account }) => account === person.id);

  it('is chosen anew with a mailed link: once, and the old one is dead', async () => {
    const link = await linkFor(person.email);
    expect(link.startsWith(`${server.issuer}/reset?token=`)).to.equal(true);
    const agent = new UserAgent();
    for (let look = 0; look < 3; look += 1) {
      const page = await agent.get(link);
      expect(page.status).to.equal(200);
      expect(page.headers.get('referrer-policy')).to.equal('no-referrer');
      expect(page.headers.get('cache-control')).to.include('no-store');
    }
    const done = await agent.follow(await choose(link, NEW_PASSWORD, agent));
    expect(done.body).to.include('Your password is changed');
    expect((await new UserAgent().get(link)).status).to.equal(410);
    expect((await signIn(person.password)).status).to.equal(401);
    expect((await signIn(NEW_PASSWORD)).body).to.include('Robin Reyes');
    const told = await mailAbout(server, person.email, 'Your password was changed');
    expect(told.text).to.include('signed out everywhere');
  });

  it('signs nobody in', async () => {
    const agent = new UserAgent();
    await agent.follow(await choose(await linkFor(person.email), NEW_PASSWORD, agent));
    const page = await agent.open(`${server.issuer}/account`);
    expect(page.forms.some(({ fields }) => 'password' in fields)).to.equal(true);
  });

  it('tells the audit trail who asked, from where, and what became of it', async () => {
    await choose(await linkFor(person.email));
    const [asked] = await ofPerson('password_reset.requested');
    expect(asked).to.include({ outcome: 'success', actor: null });
    expect(asked?.ip).to.be.a('string');
    expect(asked?.request_id).to.be.a('string');
    expect(asked?.details.identifierDigest).to.match(/^[\w-]{16}$/);
    expect((await ofPerson('password_reset.completed'))[0]).to.include({
      outcome: 'success',
      actor: person.id,
    });
    expect((await ofPerson('password.changed'))[0]?.details).to.deep.include({
      by: 'link',
      sessionsEnded: true,
    });
  });

  it('ends every session and token', async () => {
    const client = handClient(server.issuer, await server.addClient(WEB_CLIENT));
    const tokens = await tokensFor(client, person, { scope: 'openid email' });
    const agent = new UserAgent();
    expect((await signIn(person.password, agent)).status).to.equal(200);
    await choose(await linkFor(person.email));
    expect((await client.userinfo(tokens.access_token)).status).to.equal(401);
    expect((await client.refresh(tokens.refresh_token)).body.error).to.equal('invalid_grant');
    expect((await agent.get(`${server.issuer}/account`)).status).to.equal(303);
  });

  it('ends a lock: the person gets in at once', async () => {
    const strict = await startTestServer({ settings: { MAX_FAILED_LOGIN_ATTEMPTS: '3' } });
    const lax = server;
    try {
      server = strict;
      person = await strict.addAccount({ name: 'Robin Reyes' });
      for (let attempt = 0; attempt < 3; attempt += 1) await signIn(`wrong password ${attempt}`);
      expect((await signIn(person.password)).body).to.include('locked');
      await choose(await linkFor(person.email));
      expect((await signIn(NEW_PASSWORD)).body).to.include('Robin Reyes');
    } finally {
      server = lax;
      await strict.stop();
    }
  });

  it('leads back to the application whose sign-in it was', async () => {
    const client = handClient(server.issuer, await server.addClient(WEB_CLIENT));
    const agent = new UserAgent();
    const page = await agent.open(client.authorizeUrl({ scope: 'openid email' }));
    const forgot = /href="(\/forgot\?sign_in=[^"]+)"/.exec(page.body)?.[1];
    const link = await linkFor(person.email, agent, `${server.issuer}${forgot}`);
    const done = await agent.follow(await choose(link, NEW_PASSWORD, agent));
    const back = /class="button" href="([^"]+)"/.exec(done.body)?.[1];
    const again = await agent.open(`${server.issuer}${back}`);
    expect(again.url).to.equal(page.url);
    const left = await agent.follow(
      await agent.submit(again, { identifier: person.email, password: NEW_PASSWORD }),
    );
    expect(callbackOf(left).has('code')).to.equal(true);
    // In another browser there is nothing to go on with, and no dead end either.
    expect((await new UserAgent().open(`${server.issuer}${back}`)).body).to.include('Sign in');
  });

  it('posted 50 times in parallel sets one password', async () => {
    const page = await new UserAgent().get(await linkFor(person.email));
    const words = Array.from({ length: 50 }, (_, index) => `${NEW_PASSWORD} ${index}`);
    const answers = await Promise.all(words.map((password) => new UserAgent().submit(page, { password })));
    const won = answers.flatMap(({ status }, index) => (status === 303 ? [words[index]] : []));
    expect(won).to.have.length(1);
    expect(answers.filter(({ status }) => status === 410)).to.have.length(49);
    expect(await ofPerson('password.changed')).to.have.length(1);
    expect((await signIn(String(won[0]))).body).to.include('Robin Reyes');
  }).timeout(60_000);

  it('dies with any change of the account: another link, a new password, a disabling', async () => {
    const links = [await linkFor(person.email), await linkFor(person.email)];
    expect((await choose(String(links[0]))).status).to.equal(303);
    for (const link of links) expect((await new UserAgent().get(link)).status).to.equal(410);

    const link = await linkFor(person.email);
    const open = await new UserAgent().get(link);
    await server.app.accounts.store.setStatus(fixtures(server.app.database), person.id, 'disabled');
    expect((await new UserAgent().get(link)).status).to.equal(410);
    expect((await new UserAgent().submit(open, { password: `${NEW_PASSWORD} again` })).status).to.equal(410);
  });

  it('refuses a bad password with the reason, and the link stays good', async () => {
    const link = await linkFor(person.email);
    const refused: [string, string][] = [
      ['', 'Choose a password'],
      ['short', 'too short'],
      ['password1234', 'password'],
      ['robin reyes 4711 robin', 'contains your name'],
      [person.password, 'before'],
    ];
    for (const [password, message] of refused) {
      const answer = await choose(link, password);
      expect([answer.status, answer.body.includes(message)], password).to.deep.equal([400, true]);
      expect(answer.forms[0]?.fields.password).to.equal('');
    }
    expect((await choose(link)).status).to.equal(303);
  });

  it('is too late after half an hour', async () => {
    const link = await linkFor(person.email);
    const [row] = await server.app.database.query<{ seconds: number }>(
      `select extract(epoch from expires_at - created_at)::int as seconds from one_time_links
       where account_id = $1 and consumed_at is null`,
      [person.id],
    );
    expect(row?.seconds).to.equal(1800);
    await fixture(
      server.app.database,
      `update one_time_links set expires_at = now() - interval '1 second' where account_id = $1`,
      [person.id],
    );
    expect((await new UserAgent().get(link)).status).to.equal(410);
  });

  it('survives a restart; the link is nowhere in the database', async () => {
    const link = await linkFor(person.email);
    const token = String(new URL(link).searchParams.get('token'));
    const { database } = server.app;
    for (const table of ['one_time_links', 'mail_outbox', 'account_requests', 'audit_events']) {
      const rows = await database.query(`select * from ${table}`);
      expect(JSON.stringify(rows), table).to.not.include(token);
    }
    server = await server.restart();
    expect((await choose(link)).status).to.equal(303);
  });

  it('never makes a link from the Host of the request', async () => {
    const agent = new UserAgent();
    const page = await agent.get(`${server.issuer}/forgot`);
    const forged = { host: 'evil.example', 'x-forwarded-host': 'evil.example' };
    await agent.post(
      String(page.forms[0]?.action),
      { ...page.forms[0]?.fields, identifier: person.email },
      forged,
    );
    const message = await mailAbout(server, person.email, 'Choose a new password');
    expect(`${message.text}${message.html}`).to.not.include('evil');
    expect(server.mailbox.linkIn(message).startsWith(server.issuer)).to.equal(true);
  });

  const wrong: [string, (page: Page) => Promise<Page>, number][] = [
    ['without the form token', (page) => post(page, { csrf: 'x', identifier: 'a@example.org' }), 403],
    [
      'with the form token of another browser',
      (page) => new UserAgent().submit(page, { identifier: 'a' }),
      403,
    ],
    ['from another site', (page) => post(page, { identifier: 'a' }, { 'sec-fetch-site': 'cross-site' }), 403],
    ['with an address twice', (page) => post(page, `${body(page)}&identifier=a&identifier=b`), 400],
    ['with an array for the address', (page) => post(page, `${body(page)}&identifier[]=a`), 400],
    ['as JSON', (page) => post(page, '{}', { 'content-type': 'application/json' }), 415],
    ['with an endless address', (page) => post(page, { identifier: 'a'.repeat(2001) }), 400],
    ['with what cannot be stored', (page) => post(page, { identifier: 'a\0@example.org' }), 400],
  ];
  let agent: UserAgent;
  const body = (page: Page) => new URLSearchParams({ csrf: String(page.forms[0]?.fields.csrf) }).toString();
  const post = (page: Page, fields: Record<string, string> | string, headers?: Record<string, string>) =>
    agent.post(
      `${server.issuer}/forgot`,
      typeof fields === 'string' ? fields : { ...page.forms[0]?.fields, ...fields },
      headers,
    );
  for (const [how, send, status] of wrong) {
    it(`is not asked for ${how}`, async () => {
      agent = new UserAgent();
      const page = await agent.get(`${server.issuer}/forgot`);
      const before = (await events('password_reset.requested')).length;
      expect((await send(page)).status).to.equal(status);
      await new Promise((resolve) => setTimeout(resolve, 100));
      expect(await events('password_reset.requested')).to.have.length(before);
    });
  }

  it('is reset only with the form token of its link', async () => {
    const link = await linkFor(person.email);
    const other = await linkFor((await server.addAccount()).email);
    const browser = new UserAgent();
    const { token } = (await browser.get(link)).forms[0]?.fields ?? {};
    const { csrf } = (await browser.get(other)).forms[0]?.fields ?? {};
    const fields = { token: String(token), csrf: String(csrf), password: NEW_PASSWORD };
    expect((await browser.post(`${server.issuer}/reset`, fields)).status).to.equal(403);
    expect((await browser.get(link)).status).to.equal(200);
    for (const bad of ['x', '%00', "' or 1=1", 'a'.repeat(5000)]) {
      expect((await browser.get(`${server.issuer}/reset?token=${encodeURIComponent(bad)}`)).status).to.equal(
        410,
      );
    }
    expect((await browser.get(`${server.issuer}/reset?token=a&token=b`)).status).to.equal(410);
  });

  it('opens an account that was made without a password', async () => {
    const fresh = await server.app.accounts.store.create(fixtures(server.app.database), {
      email: 'no-password@example.org',
      name: 'Nia Newcomer',
    });
    await choose(await linkFor(fresh.email));
    person = { id: fresh.id, email: fresh.email, password: NEW_PASSWORD };
    expect((await signIn(NEW_PASSWORD)).body).to.include('Nia Newcomer');
    expect((await server.app.accounts.store.findById(fresh.id))?.emailVerified).to.equal(true);
  });
});
