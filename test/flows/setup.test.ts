import { expect } from 'chai';
import { setupLink } from '../support/administration.ts';
import { fixture } from '../support/evidence/fixture.ts';
import { auditTrail, type Person } from '../support/protocol.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { setUpApp } from '../support/temporary-codes.ts';
import { UserAgent } from '../support/user-agent.ts';

const ADMINISTRATOR = {
  email: 'admin@example.org',
  name: 'Ada Admin',
  password: 'several unrelated words 42',
};

describe('the link that creates the first administrator', () => {
  let server: TestServer;
  beforeEach(async () => {
    server = await startTestServer();
  });
  afterEach(() => server.stop());

  const issue = () => setupLink(server.app);
  const administrators = async () =>
    (await server.app.accounts.store.list({ limit: 10 })).filter(({ roles }) =>
      roles.includes('administrator'),
    );

  it('works once: the account can sign in, the link is spent', async () => {
    const link = await issue();
    expect(link.startsWith(`${server.issuer}/setup?token=`)).to.equal(true);
    const agent = new UserAgent();
    for (let look = 0; look < 3; look += 1) {
      const page = await agent.get(link);
      expect(page.status).to.equal(200);
      expect(page.headers.get('cache-control')).to.include('no-store');
      expect(page.headers.get('referrer-policy')).to.equal('no-referrer');
    }
    const done = await agent.follow(await agent.submit(await agent.get(link), ADMINISTRATOR));
    expect(done.status).to.equal(200);
    expect(done.body).to.include('Your account is ready');
    const [account] = await administrators();
    expect(account).to.include({ email: ADMINISTRATOR.email, name: ADMINISTRATOR.name, status: 'active' });

    const page = await agent.open(`${server.issuer}/account`);
    const signedIn = await agent.follow(
      await agent.submit(page, { identifier: ADMINISTRATOR.email, password: ADMINISTRATOR.password }),
    );
    expect(signedIn.body).to.include('Protect your account with a second step').and.not.include('/skip');
    const [session] = await server.app.sessions.store.openOf(String(account?.id), new Date());
    expect(session).to.equal(undefined);

    const spent = await agent.get(link);
    expect(spent.status).to.equal(410);
    expect(await setupLink(server.app).catch((error) => error.code)).to.equal('setup_done');
  });

  it('posted 20 times in parallel creates one administrator', async () => {
    const page = await new UserAgent().get(await issue());
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        new UserAgent().submit(page, { ...ADMINISTRATOR, email: `admin-${index}@example.org` }),
      ),
    );
    expect(answers.filter(({ status }) => status === 303)).to.have.length(1);
    expect(answers.filter(({ status }) => status === 410)).to.have.length(19);
    expect(await administrators()).to.have.length(1);
    const types = (await auditTrail(server)).map(({ type }) => type);
    expect(types.filter((type) => type === 'setup.completed')).to.have.length(1);
    expect(types.filter((type) => type === 'account.created')).to.have.length(1);
  });

  it('with two links: the older one is dead, and only one can win', async () => {
    const [older, newer] = [await issue(), await issue()];
    expect((await new UserAgent().get(older)).status).to.equal(410);
    expect((await new UserAgent().get(newer)).status).to.equal(200);
  });

  it('with two links that are open all the same: one administrator', async () => {
    const links = [new URL(await issue()), new URL(`${server.issuer}/setup`)] as const;
    const { token } = await server.app.accounts.links.issue(server.app.database, {
      purpose: 'first-administrator',
      lifetimeSeconds: 600,
    });
    links[1].searchParams.set('token', token);
    const pages = await Promise.all(links.map((link) => new UserAgent().get(link.href)));
    expect(pages.map(({ status }) => status)).to.deep.equal([200, 200]);
    const answers = await Promise.all(
      Array.from({ length: 12 }, (_, index) =>
        new UserAgent().submit(pages[index % 2] as (typeof pages)[number], {
          ...ADMINISTRATOR,
          email: `admin-${index}@example.org`,
        }),
      ),
    );
    expect(answers.filter(({ status }) => status === 303)).to.have.length(1);
    expect(await administrators()).to.have.length(1);
  });

  const refused: [string, Partial<typeof ADMINISTRATOR>, string][] = [
    ['no address', { email: '' }, 'Enter your email address.'],
    ['no address that is one', { email: 'admin' }, 'Enter a complete email address'],
    ['no name', { name: '  ' }, 'Enter your name.'],
    ['a short password', { password: 'too short' }, 'This password is too short'],
    ['no password', { password: '' }, 'password'],
    ['a password of one character', { password: 'a'.repeat(20) }, 'One character repeated'],
    ['a password with the name', { password: 'Ada Admin 1234567' }, 'contains your name'],
  ];
  it('keeps what was typed, but the password, where something is wrong, and stays good', async () => {
    const link = await issue();
    const agent = new UserAgent();
    const page = await agent.get(link);
    for (const [what, wrong, message] of refused) {
      const given = { ...ADMINISTRATOR, ...wrong };
      const answer = await agent.submit(page, given);
      expect(answer.status, what).to.equal(400);
      expect(answer.body, what).to.include(message);
      const fields = answer.forms[0]?.fields ?? {};
      expect([fields.email, fields.name, fields.password], what).to.deep.equal([
        given.email.trim(),
        given.name.trim(),
        '',
      ]);
    }
    const taken = await server.addAccount({ email: 'admin@example.org' });
    const answer = await agent.submit(page, ADMINISTRATOR);
    expect(answer.status).to.equal(400);
    expect(answer.body).to.include('cannot be used');
    expect(await administrators()).to.have.length(0);
    await fixture(server.app.database, 'delete from accounts where id = $1', [(taken as Person).id]);
    expect((await agent.submit(page, ADMINISTRATOR)).status).to.equal(303);
  });

  it('is refused without the form token, and with one of another link', async () => {
    const agent = new UserAgent();
    const page = await agent.get(await issue());
    expect((await agent.submit(page, { ...ADMINISTRATOR, csrf: 'x' })).status).to.equal(403);
    const { token: _token, ...rest } = page.forms[0]?.fields ?? {};
    expect((await agent.post(`${server.issuer}/setup`, { ...rest, ...ADMINISTRATOR })).status).to.equal(400);
    expect(await administrators()).to.have.length(0);
  });

  it('says that it does not work when it is unknown, malformed or too old', async () => {
    const link = await issue();
    for (const wrong of [`${server.issuer}/setup`, `${server.issuer}/setup?token=x`, `${link}x`]) {
      const page = await new UserAgent().get(wrong);
      expect([page.status, page.location], wrong).to.deep.equal([410, undefined]);
      expect(page.body).to.include('no longer works');
    }
    const page = await new UserAgent().get(link);
    await fixture(server.app.database, `update one_time_links set expires_at = now() - interval '1 second'`);
    expect((await new UserAgent().get(link)).status).to.equal(410);
    expect((await new UserAgent().submit(page, ADMINISTRATOR)).status).to.equal(410);
  });

  it('survives a restart, and is nowhere in the database', async () => {
    const link = await issue();
    const token = String(new URL(link).searchParams.get('token'));
    const rows = await server.app.database.query('select * from one_time_links');
    expect(JSON.stringify(rows)).to.not.include(token);
    expect(JSON.stringify(await auditTrail(server))).to.not.include(token);
    server = await server.restart();
    const agent = new UserAgent();
    expect((await agent.submit(await agent.get(link), ADMINISTRATOR)).status).to.equal(303);
    expect(await administrators()).to.have.length(1);
  });
});

describe('the second factor of the first administrator', () => {
  const cases: [string, Record<string, string>][] = [
    ['may be put off', { SECOND_FACTOR_GRACE_SIGN_INS: '2' }],
    ['is off', { SECOND_FACTOR_POLICY: 'off' }],
  ];
  for (const [what, settings] of cases) {
    it(`is needed where that of everybody else ${what}`, async () => {
      const server = await startTestServer({ settings });
      try {
        const agent = new UserAgent();
        const done = await agent.follow(
          await agent.submit(await agent.get(await setupLink(server.app)), ADMINISTRATOR),
        );
        expect(done.body).to.include('set up a second step');
        const { email: identifier, password } = ADMINISTRATOR;
        const form = await agent.open(`${server.issuer}/account`);
        const page = await agent.follow(await agent.submit(form, { identifier, password }));
        expect(page.body).to.include('/enrol/totp').and.not.include('/skip');
      } finally {
        await server.stop();
      }
    });
  }

  it('leads to the account once it is set up', async () => {
    const server = await startTestServer();
    try {
      const agent = new UserAgent();
      await agent.submit(await agent.get(await setupLink(server.app)), ADMINISTRATOR);
      const { email: identifier, password } = ADMINISTRATOR;
      const form = await agent.open(`${server.issuer}/account`);
      const asked = await agent.follow(await agent.submit(form, { identifier, password }));
      expect((await agent.follow(await agent.submit(asked, {}, '/enrol/totp'))).body).to.include('Scan');
      const back = await agent.get(asked.url);
      const { end } = await setUpApp(agent, back, () => new Date());
      expect(end.url).to.equal(`${server.issuer}/account`);
      expect(end.body).to.include(ADMINISTRATOR.name);
    } finally {
      await server.stop();
    }
  });
});
