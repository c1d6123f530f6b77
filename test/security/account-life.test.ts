import { expect } from 'chai';
import { auditTrail } from '../support/protocol.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { type Page, UserAgent } from '../support/user-agent.ts';

const PASSWORD = 'marble otters juggle quietly';
/** Say when, and which request it was; about the address they say nothing. */
const OF_EVERY_ANSWER = new Set(['date', 'x-request-id']);

describe('the life of an account, by the checklist', () => {
  let server: TestServer;
  let known: string;
  let disabled: string;
  before(async () => {
    server = await startTestServer();
    known = (await server.addAccount()).email;
    const off = await server.addAccount();
    disabled = off.email;
    await server.house.accounts.setStatus(server.house.database, off.id, 'disabled');
  });
  after(() => server.stop());

  const ask = async (agent: UserAgent, identifier: string) =>
    agent.submit(await agent.get(`${server.issuer}/forgot`), { identifier });
  const everyKind = () => [
    known,
    known.toUpperCase(),
    'nobody@example.org',
    disabled,
    'not an address',
    '@',
    "o'or 1=1@example.org",
    '𝐩𝐞𝐫𝐬𝐨𝐧@example.org',
    `${'long'.repeat(400)}@example.org`,
  ];
  const seen = ({ status, headers, body, location }: Page) => ({
    status,
    body,
    location,
    headers: [...headers].filter(([name]) => !OF_EVERY_ANSWER.has(name)),
  });

  it('line 15: asking for a link answers the same for every address', async () => {
    const agent = new UserAgent();
    await agent.get(`${server.issuer}/forgot`);
    const answers: object[] = [];
    for (const identifier of everyKind()) {
      const answer = await ask(agent, identifier);
      answers.push({ answer: seen(answer), after: seen(await agent.get(String(answer.location))) });
    }
    for (const answer of answers) expect(answer).to.deep.equal(answers[0]);
    expect(answers[0]).to.have.nested.property('answer.status', 303);
  });

  it('line 15: and mails those alone who have an active account, whatever the answer', async () => {
    const { email } = await server.addAccount();
    await ask(new UserAgent(), disabled);
    await ask(new UserAgent(), 'nobody@example.org');
    await ask(new UserAgent(), email);
    await server.mailbox.next(email);
    const to = new Set(server.mailbox.messages.map((message) => message.to.address));
    expect(to).to.deep.equal(new Set([known, email]));
    const asked = (await auditTrail(server)).filter(({ type }) => type === 'password_reset.requested');
    const reasons = new Set(asked.map(({ details }) => details.reason));
    expect(reasons).to.deep.equal(new Set([undefined, 'account_unknown', 'account_disabled']));
    expect(JSON.stringify(asked)).to.not.include('nobody@');
  });

  it('line 15: the answer does not wait for the account to be looked up, nor for what follows', async () => {
    const { accounts } = server.house;
    const { findByIdentifier } = accounts;
    let looked = 0;
    accounts.findByIdentifier = async (identifier) => {
      looked += 1;
      await new Promise((resolve) => setTimeout(resolve, 1_500));
      return findByIdentifier(identifier);
    };
    try {
      for (const identifier of [known, 'nobody@example.org']) {
        const agent = new UserAgent();
        const page = await agent.get(`${server.issuer}/forgot`);
        const begun = performance.now();
        await agent.submit(page, { identifier });
        expect(performance.now() - begun, identifier).to.be.below(1_000);
      }
      await new Promise((resolve) => setTimeout(resolve, 500));
      expect(looked).to.be.at.least(1);
    } finally {
      accounts.findByIdentifier = findByIdentifier;
    }
    await server.mailbox.next(known);
  });

  it('line 15: takes as long for a known address as for an unknown and a disabled one', async () => {
    const agent = new UserAgent();
    const page = await agent.get(`${server.issuer}/forgot`);
    const kinds = [known, 'nobody@example.org', disabled];
    const times: number[][] = kinds.map(() => []);
    for (let round = 0; round < 63; round += 1) {
      // Each kind comes after each other one as often, so that what a job does meanwhile falls on all alike.
      for (const offset of [0, 1, 2]) {
        const index = (round * (round % 2 === 0 ? 1 : 2) + offset * (round % 2 === 0 ? 1 : 2)) % 3;
        const begun = performance.now();
        await agent.submit(page, { identifier: String(kinds[index]) });
        if (round > 2) times[index]?.push(performance.now() - begun);
      }
    }
    const medians = times.map((list) => list.sort((a, b) => a - b)[list.length >> 1] ?? 0);
    const spread = Math.max(...medians) - Math.min(...medians);
    expect(spread, medians.join(' ')).to.be.below(Math.max(3, Math.min(...medians) * 0.5));
  }).timeout(60_000);

  it('line 15: asking for an account answers the same for every address, and looks none up', async () => {
    const open = await startTestServer({ settings: { SELF_REGISTRATION: 'true' } });
    try {
      const { email } = await open.addAccount();
      const off = await open.addAccount();
      await open.house.accounts.setStatus(open.house.database, off.id, 'disabled');
      const invited = { email: 'invited@example.org', name: 'Nia Newcomer' };
      await open.house.accounts.create(open.house.database, invited);
      const kinds = [email, email.toUpperCase(), 'nobody@example.org', 'nobody@elsewhere.example', off.email];
      // A job that looked an address up meanwhile would be told from a page that did.
      await open.house.jobs.stop(1_000);
      const { accounts } = open.house;
      const looking = async () => {
        throw new Error('the page has looked an address up');
      };
      Object.assign(accounts, { findByIdentifier: looking, createMany: looking, existing: looking });
      const agent = new UserAgent();
      await agent.get(`${open.issuer}/register`);
      const answers: object[] = [];
      for (const address of [...kinds, invited.email]) {
        const form = await agent.get(`${open.issuer}/register`);
        const answer = await agent.submit(form, { email: address, name: 'Robin Reyes' });
        answers.push({ answer: seen(answer), after: seen(await agent.get(String(answer.location))) });
      }
      for (const answer of answers) expect(answer).to.deep.equal(answers[0]);
      expect(answers[0]).to.have.nested.property('answer.status', 303);

      const form = await agent.get(`${open.issuer}/register`);
      const times: number[][] = [[], [], []];
      for (let round = 0; round < 33; round += 1) {
        // Each kind comes after each other one as often.
        for (const offset of [0, 1, 2]) {
          const index = (round + offset * (round % 2 === 0 ? 1 : 2)) % 3;
          const address = String([email, 'nobody@example.org', off.email][index]);
          const begun = performance.now();
          await agent.submit(form, { email: address, name: 'Robin Reyes' });
          if (round > 2) times[index]?.push(performance.now() - begun);
        }
      }
      const medians = times.map((list) => list.sort((a, b) => a - b)[list.length >> 1] ?? 0);
      const spread = Math.max(...medians) - Math.min(...medians);
      expect(spread, medians.join(' ')).to.be.below(Math.max(3, Math.min(...medians) * 0.5));
      const waiting = await open.house.database.query('select * from account_requests');
      expect(JSON.stringify(waiting)).to.not.include('@');
    } finally {
      await open.stop();
    }
  }).timeout(60_000);

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
    const untouched = await server.house.accounts.findById(other.id);
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
      const other = `http://localhost:${second.house.config.server.port}`;
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
    const { database } = server.house;
    await server.house.jobs.stop(1_000);
    await ask(new UserAgent(), email);
    const waiting = await database.query('select * from account_requests');
    expect(waiting).to.have.length(1);
    expect(JSON.stringify(waiting)).to.not.include(email);
    server = await server.restart();
    expect(server.mailbox.linkIn(await server.mailbox.next(email))).to.include('/reset?token=');
    expect(await server.house.database.query('select * from account_requests')).to.have.length(0);
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
