import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { checkNewPassword } from '../../src/domain/passwords/policy.ts';
import { setupLink } from '../support/administration.ts';
import { WEB_CLIENT } from '../support/relying-party.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { type Page, UserAgent } from '../support/user-agent.ts';
import { authorizePath, type Client } from './support.ts';

describe('passwords', function passwords() {
  this.timeout(60_000);
  let server: TestServer;
  let client: Client;

  before(async () => {
    server = await startTestServer({ realHasher: true });
    client = await server.addClient(WEB_CLIENT);
  });
  after(() => server.stop());

  async function attempt(email: string, password: string): Promise<Page> {
    const agent = new UserAgent();
    const page = await agent.open(server.issuer + authorizePath(client));
    return agent.submit(page, { identifier: email, password });
  }

  const accepts = async (stored: string, typed: string): Promise<boolean> => {
    const { email } = await server.addAccount({ password: stored });
    return (await attempt(email, typed)).status === 303;
  };

  const refusal = (password: string) => checkNewPassword(password, server.app.config.passwords, {});

  it('line 1: 8 characters are enough for those only who never get in without a second factor', async () => {
    const strict = await startTestServer({
      settings: {
        PASSWORD_POLICY_PRESET: 'nist-800-63b-4',
        SECOND_FACTOR_POLICIES:
          '{"clinician":{"policy":"required"},"administrator":{"policy":"phishing_resistant"}}',
      },
    });
    try {
      const least = (...roles: string[]) => strict.app.passwords.rules.policyFor({ roles }).minLength;
      expect([least(), least('porter')]).to.deep.equal([15, 15]);
      expect([least('clinician'), least('administrator'), least('porter', 'clinician')]).to.deep.equal([
        8, 8, 8,
      ]);
    } finally {
      await strict.stop();
    }
  });

  it('line 2: 64 characters and more, to the maximum, work', async () => {
    const { maxLength } = server.app.config.passwords;
    expect(maxLength).to.be.at.least(64);
    for (const length of [64, maxLength]) {
      const password = 'pa55 phrase '.repeat(30).slice(0, length);
      expect(refusal(password)).to.deep.equal([]);
      expect(await accepts(password, password), `${length}`).to.equal(true);
    }
    expect(refusal('ab'.repeat(maxLength))).to.deep.equal(['too_long']);
  });

  it('line 3: no composition is asked for; spaces and every script are taken', async () => {
    for (const password of [
      'only lower case words',
      '934857203948572',
      'шестнадцать букв',
      '密码短语密码短语密码短语',
      '🔐🗝️🚪🐎🔋📎🧷🪜🧭🪁🪀🧵🧶',
    ])
      expect(refusal(password), password).to.deep.equal([]);
    expect(await accepts('пароль из многих слов', 'пароль из многих слов')).to.equal(true);
  });

  it('line 4: a code point counts one; both normal forms of a password sign in', async () => {
    const decomposed = 'cafe\u0301 au lait s\u0327il vous plait';
    expect(await accepts(decomposed.normalize('NFC'), decomposed.normalize('NFD'))).to.equal(true);
    expect(await accepts(decomposed.normalize('NFD'), decomposed.normalize('NFC'))).to.equal(true);
    const { minLength } = server.app.config.passwords;
    expect(refusal('\u{1F511}\u{1F6AA}'.repeat(minLength).slice(0, 2 * (minLength - 1)))).to.deep.equal([
      'too_short',
    ]);
    expect(refusal('\u{1F511}\u{1F6AA}'.repeat(minLength).slice(0, 2 * minLength))).to.deep.equal([]);
  });

  it('line 5: every character matters: those past 72, case, spaces at the edges, NUL', async () => {
    const long = 'x'.repeat(40) + 'y'.repeat(40);
    const cases: [string, string][] = [
      [`${long}a`, `${long}b`],
      [`${long}a`, long],
      [`${'p'.repeat(250)}a`, `${'p'.repeat(250)}b`],
      ['Case Matters Here', 'case matters here'],
      [' edge spaces stay ', 'edge spaces stay'],
      ['edge spaces stay', 'edge spaces stay '],
      ['before\0after that', 'before'],
      ['before\0after that', 'before\0other text'],
    ];
    for (const [stored, typed] of cases) {
      const { email } = await server.addAccount({ password: stored });
      expect((await attempt(email, typed)).status, JSON.stringify(typed)).to.equal(401);
      expect((await attempt(email, stored)).status, JSON.stringify(stored)).to.equal(303);
    }
  });

  it('line 10: stored as argon2id with its cost, a salt of its own, and renewed when the cost is behind', async () => {
    const same = await Promise.all([server.addAccount(), server.addAccount()]);
    const [one, two] = same.map(({ passwordHash }) => String(passwordHash));
    expect(one).to.match(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$[\w+/]{22,}\$[\w+/]{43,}$/);
    expect(one?.split('$')[4]).not.to.equal(two?.split('$')[4]);
    const { hash } = await import('bcryptjs');
    const { email, id } = await server.addAccount({
      passwordHash: await hash('correct horse battery staple', 4),
    });
    expect((await attempt(email, 'correct horse battery staple')).status).to.equal(303);
    const renewed = (await server.app.accounts.store.findById(id))?.passwordHash;
    expect(renewed).to.match(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
    expect((await attempt(email, 'correct horse battery staple')).status).to.equal(303);
  });

  describe('line 18: no default accounts, no hints', () => {
    it('a fresh database has no account, and names that are usual elsewhere do not sign in', async () => {
      const fresh = await startTestServer();
      try {
        expect(await fresh.app.accounts.store.list({ limit: 10 })).to.deep.equal([]);
        const application = await fresh.addClient(WEB_CLIENT);
        for (const [name, password] of [
          ['admin', 'admin'],
          ['admin@example.org', 'password'],
          ['root', 'root'],
          ['gatehouse', 'gatehouse'],
        ] as const) {
          const agent = new UserAgent();
          const page = await agent.open(fresh.issuer + authorizePath(application));
          expect((await agent.submit(page, { identifier: name, password })).status).to.equal(401);
        }
        expect(
          words((await new UserAgent().open(fresh.issuer + authorizePath(application))).body),
        ).not.to.match(/hint|maiden|first pet/i);
      } finally {
        await fresh.stop();
      }
    });

    it('no setting comes with a secret', async () => {
      const folder = new URL('../../config/', import.meta.url).pathname;
      for (const file of await readdir(folder)) {
        const text = await readFile(join(folder, file), 'utf8');
        expect(text, file).not.to.match(
          /"(?:\w*(?:password|secret|encryptionKeys|cookieKeys)\w*)"\s*:\s*"[^"]+"/i,
        );
      }
    });

    it('the first administrator’s link works once, for one of two at a time, and not for long', async () => {
      const fresh = await startTestServer();
      try {
        const link = await setupLink(fresh.app);
        const agents = Array.from({ length: 6 }, () => new UserAgent());
        const pages = await Promise.all(agents.map((agent) => agent.open(link)));
        const answers = await Promise.all(
          agents.map((agent, index) =>
            agent.submit(pages[index] as Page, {
              email: `first-${index}@example.org`,
              name: 'First Administrator',
              password: 'a long and fine passphrase',
            }),
          ),
        );
        expect(answers.filter(({ status }) => status === 303)).to.have.length(1);
        expect(await fresh.app.accounts.store.list({ limit: 10 })).to.have.length(1);
        expect((await new UserAgent().get(link)).status).to.equal(410);
        expect(await setupLink(fresh.app).catch((error) => error.code)).to.equal('setup_done');
      } finally {
        await fresh.stop();
      }
    });
  });
});

const words = (html: string) => html.replaceAll(/<[^>]*>/g, ' ');
