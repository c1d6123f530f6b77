import { expect } from 'chai';
import { fixtures } from '../support/evidence/fixture.ts';
import { auditTrail } from '../support/protocol.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { UserAgent } from '../support/user-agent.ts';

const PASSWORD = 'marble otters juggle quietly';

describe('the life of an account, by the checklist', () => {
  let server: TestServer;
  let disabled: string;
  before(async () => {
    server = await startTestServer();
    const off = await server.addAccount();
    disabled = off.email;
    await server.app.accounts.store.setStatus(fixtures(server.app.database), off.id, 'disabled');
  });
  after(() => server.stop());

  const ask = async (agent: UserAgent, identifier: string) =>
    agent.submit(await agent.get(`${server.issuer}/forgot`), { identifier });
  it('line 15: a link for a new password is mailed to those alone who have an active account', async () => {
    const { email } = await server.addAccount();
    await ask(new UserAgent(), disabled);
    await ask(new UserAgent(), 'nobody@example.org');
    await ask(new UserAgent(), email);
    await server.mailbox.next(email);
    const to = new Set(server.mailbox.messages.map((message) => message.to.address));
    expect(to).to.deep.equal(new Set([email]));
    const asked = (await auditTrail(server)).filter(({ type }) => type === 'password_reset.requested');
    const reasons = new Set(asked.map(({ details }) => details.reason));
    expect(reasons).to.deep.equal(new Set([undefined, 'account_unknown', 'account_disabled']));
    expect(JSON.stringify(asked)).to.not.include('nobody@');
  });

  it('line 16: a link opens nothing but its own account’s password, once, and no session', async () => {
    const other = await server.addAccount();
    const agent = new UserAgent();
    const { email } = await server.addAccount();
    await ask(agent, email);
    const link = server.mailbox.linkIn(await server.mailbox.next(email));
    const done = await agent.submit(await agent.get(link), {
      password: PASSWORD,
      account: other.id,
      email: other.email,
    });
    expect(done.status).to.equal(303);
    const cookies = await agent.jar.getCookies(server.issuer);
    expect(cookies.map(({ key }) => key).filter((key) => key.includes('session'))).to.deep.equal([]);
    const untouched = await server.app.accounts.store.findById(other.id);
    expect(untouched?.passwordHash).to.equal(other.passwordHash);
  });

  it('line 16: two nodes and one link: one of them sets the password', async () => {
    const second = await server.secondNode();
    try {
      const { email, id } = await server.addAccount();
      await ask(new UserAgent(), email);
      const page = await new UserAgent().get(server.mailbox.linkIn(await server.mailbox.next(email)));
      const at = (issuer: string, password: string) =>
        new UserAgent().post(
          `${issuer}/reset`,
          { ...page.forms[0]?.fields, password },
          { host: 'localhost' },
        );
      const other = `http://localhost:${second.app.config.server.port}`;
      const answers = await Promise.all(
        Array.from({ length: 20 }, (_, index) =>
          at(index % 2 === 0 ? server.issuer : other, `${PASSWORD} ${index}`),
        ),
      );
      expect(answers.filter(({ status }) => status === 303)).to.have.length(1);
      const changed = (await auditTrail(server)).filter(
        ({ type, account }) => type === 'password.changed' && account === id,
      );
      expect(changed).to.have.length(1);
    } finally {
      await second.stop();
    }
  }).timeout(60_000);

  it('line 16: a request that was taken is answered after a crash: it is in the database, sealed', async () => {
    const { email } = await server.addAccount();
    const { database } = server.app;
    await server.app.jobs.stop(1_000);
    await ask(new UserAgent(), email);
    const waiting = await database.query('select * from account_requests');
    expect(waiting).to.have.length(1);
    expect(JSON.stringify(waiting)).to.not.include(email);
    server = await server.restart();
    expect(server.mailbox.linkIn(await server.mailbox.next(email))).to.include('/reset?token=');
    expect(await server.app.database.query('select * from account_requests')).to.have.length(0);
  });

  it('line 43: pages with a link send no referrer, are not stored, and load nothing from elsewhere', async () => {
    for (const path of ['/reset?token=x', '/invitation?token=x', '/forgot']) {
      const page = await new UserAgent().get(`${server.issuer}${path}`);
      expect(page.headers.get('referrer-policy')).to.equal('no-referrer');
      expect(page.headers.get('cache-control')).to.include('no-store');
      expect(page.headers.get('content-security-policy')).to.include("default-src 'none'");
      expect(page.body).to.not.match(/(?:src|href)="https?:\/\/(?!localhost)/u);
    }
  });
});
