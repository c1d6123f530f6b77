import { expect } from 'chai';
import { fixtures } from '../support/evidence/fixture.ts';
import { WEB_CLIENT } from '../support/relying-party.ts';
import { PASSWORD, startTestServer, type TestServer } from '../support/server.ts';
import { expectAlike, timed } from '../support/timing.ts';
import { type Page, UserAgent } from '../support/user-agent.ts';
import { authorizePath, type Client } from './support.ts';

/** Say when, which request it was, and how long the address was that was typed; about the account they say nothing. */
const OF_EVERY_ANSWER = new Set(['date', 'x-request-id', 'content-length']);
const WRONG = 'not the right passphrase';
const LOCKS_AT = 5;

/**
 * Everything of an answer that somebody could tell accounts apart by, without what differs between any two: the address
 * that was typed, the tokens of the form and, for a lock, the seconds that are left.
 */
const seen = ({ status, headers, body, location }: Page, identifier: string) => ({
  status,
  location,
  headers: [...headers]
    .filter(([name]) => !OF_EVERY_ANSWER.has(name))
    .map(([name, value]) => [name, VARYING[name]?.(value) ?? value]),
  body: body
    .replaceAll(identifier, 'IDENTIFIER')
    .replaceAll(/name="csrf" value="[^"]*"/g, 'CSRF')
    .replaceAll(/(\/sign-in\/|[?&;]sign_in=)[\w-]+/g, '$1UID'),
});

/** What differs from one answer to the next whoever asks: how long a lock lasts still, and what is sealed or signed. */
const VARYING: Readonly<Record<string, (value: string) => string>> = {
  'retry-after': (value) => value.replace(/^1(?:7\d\d|800)$/, 'SECONDS'),
  'set-cookie': (value) =>
    value.replace(/^(gatehouse_asked(?:\.sig)?)=[^;]+/, '$1=SEALED').replace(/expires=[^;]+/, 'expires=TIME'),
};

describe('line 15: nobody learns who has an account', function enumeration() {
  this.timeout(120_000);
  let server: TestServer;
  let client: Client;
  let passwordHash: string;

  before(async () => {
    server = await startTestServer({
      realHasher: true,
      settings: { MAX_FAILED_LOGIN_ATTEMPTS: String(LOCKS_AT), SELF_REGISTRATION: 'true' },
    });
    client = await server.addClient(WEB_CLIENT);
    passwordHash = await server.app.passwords.hasher.hash(PASSWORD);
  });
  after(() => server.stop());

  let count = 0;
  const unknown = () => {
    count += 1;
    return `nobody-${count}@example.org`;
  };
  /** All with one hash: what is measured is how it is compared. */
  async function member(given: { passwordHash?: string } = { passwordHash }) {
    const {
      database,
      accounts: { store: accounts },
    } = server.app;
    return accounts.create(fixtures(database), { email: unknown(), name: 'Pat Person', ...given });
  }
  async function disabled() {
    const account = await member();
    await server.app.accounts.store.setStatus(fixtures(server.app.database), account.id, 'disabled');
    return account;
  }
  const withoutPassword = () => member({});
  const openSignIn = (agent: UserAgent) => agent.open(server.issuer + authorizePath(client));
  async function lock(email: string): Promise<string> {
    for (let failures = 0; failures < LOCKS_AT; failures += 1) {
      const agent = new UserAgent();
      await agent.submit(await openSignIn(agent), { identifier: email, password: WRONG });
    }
    return email;
  }

  describe('from a sign-in that is refused', () => {
    interface Try {
      readonly identifier: string;
      readonly password: string;
    }
    const kinds = {
      unknown: async () => ({ identifier: unknown(), password: WRONG }),
      wrong: async () => ({ identifier: (await member()).email, password: WRONG }),
      async disabled() {
        return { identifier: (await disabled()).email, password: PASSWORD };
      },
      'disabled, wrong': async () => ({ identifier: (await disabled()).email, password: WRONG }),
      'without password': async () => ({ identifier: (await withoutPassword()).email, password: WRONG }),
      async 'after too many failures'() {
        const { id, email } = await member();
        await server.app.protection.lockout.disablePassword(fixtures(server.app.database), id);
        return { identifier: email, password: PASSWORD };
      },
      'too long': async () => ({
        identifier: (await member()).email,
        password: 'a'.repeat(3_000),
      }),
      'too long, unknown': async () => ({ identifier: unknown(), password: 'a'.repeat(3_000) }),
    } satisfies Record<string, () => Promise<Try>>;
    const names = Object.keys(kinds) as (keyof typeof kinds)[];

    it('by status, headers and body', async () => {
      const answers: [string, object][] = [];
      for (const kind of names) {
        const { identifier, password } = await kinds[kind]();
        const agent = new UserAgent();
        const page = await agent.submit(await openSignIn(agent), { identifier, password });
        answers.push([kind, seen(page, identifier)]);
      }
      expect(answers[0]?.[1]).to.have.property('status', 401);
      for (const [kind, answer] of answers) expect(answer, kind).to.deep.equal(answers[0]?.[1]);
    });

    it('by time', () =>
      expectAlike(names, { rounds: 10, tolerance: 0.5 }, async (kind) => {
        const { identifier, password } = await kinds[kind]();
        const agent = new UserAgent();
        const page = await openSignIn(agent);
        return timed(() => agent.submit(page, { identifier, password }));
      }));
  });

  describe('from a sign-in that is locked', () => {
    const kinds = ['known', 'unknown', 'disabled', 'without password', 'after too many failures'] as const;
    const addresses = new Map<string, string>();
    before(async () => {
      const failed = await member();
      await server.app.protection.lockout.disablePassword(fixtures(server.app.database), failed.id);
      const emails = [
        (await member()).email,
        unknown(),
        (await disabled()).email,
        (await withoutPassword()).email,
        failed.email,
      ];
      for (const [index, kind] of kinds.entries()) addresses.set(kind, await lock(String(emails[index])));
    });
    async function tryOnce(kind: string): Promise<{ page: Page; milliseconds: number; identifier: string }> {
      const identifier = String(addresses.get(kind));
      const agent = new UserAgent();
      const opened = await openSignIn(agent);
      const answered: Page[] = [];
      const milliseconds = await timed(async () => {
        answered.push(await agent.submit(opened, { identifier, password: PASSWORD }));
      });
      return { page: answered[0] as Page, milliseconds, identifier };
    }

    it('by status, headers and body', async () => {
      const answers: object[] = [];
      for (const kind of kinds) {
        const { page, identifier } = await tryOnce(kind);
        expect(page.body, kind).to.include('is locked. Try again in');
        answers.push(seen(page, identifier));
      }
      for (const [index, answer] of answers.entries()) expect(answer, kinds[index]).to.deep.equal(answers[0]);
      expect(answers[0]).to.have.property('status', 401);
    });

    it('by time', () =>
      expectAlike(kinds, { rounds: 21, tolerance: 0.5 }, async (kind) => (await tryOnce(kind)).milliseconds));
  });

  for (const [what, path, fieldsOf] of [
    ['a link for a new password', '/forgot', (identifier: string) => ({ identifier })],
    ['an account', '/register', (email: string) => ({ email, name: 'Robin Reyes' })],
  ] as const) {
    describe(`from asking for ${what}`, () => {
      const kinds = ['known', 'unknown', 'disabled', 'locked', 'without password'] as const;
      const addresses = new Map<string, string>();
      before(async () => {
        addresses.set('known', (await member()).email);
        addresses.set('unknown', unknown());
        addresses.set('disabled', (await disabled()).email);
        addresses.set('locked', await lock((await member()).email));
        addresses.set('without password', (await withoutPassword()).email);
      });

      it('by status, headers and body, of this page and the next', async () => {
        const agent = new UserAgent();
        await agent.get(server.issuer + path);
        const answers: [string, object][] = [];
        for (const identifier of [
          ...addresses.values(),
          String(addresses.get('known')).toUpperCase(),
          '𝐩𝐞𝐫𝐬𝐨𝐧@example.org',
        ]) {
          const answer = await agent.submit(await agent.get(server.issuer + path), fieldsOf(identifier));
          const after = await agent.get(String(answer.location));
          answers.push([identifier, { answer: seen(answer, identifier), after: seen(after, identifier) }]);
        }
        expect(answers[0]?.[1]).to.have.nested.property('answer.status', 303);
        for (const [identifier, answer] of answers) {
          expect(answer, identifier).to.deep.equal(answers[0]?.[1]);
        }
      });

      it('by time, nor by what it does to the requests that come next', async () => {
        const agent = new UserAgent();
        const form = await agent.get(server.issuer + path);
        await expectAlike(kinds, { rounds: 31, tolerance: 0.5 }, (kind) =>
          timed(() => agent.submit(form, fieldsOf(String(addresses.get(kind))))),
        );
      });

      it('because the page looks no address up', async () => {
        const {
          accounts: { store: accounts },
        } = server.app;
        const { findByIdentifier, createMany } = accounts;
        const asked: unknown[] = [];
        const slowly = <T extends unknown[], R>(look: (...given: T) => Promise<R>) =>
          async function slow(...given: T): Promise<R> {
            asked.push(given);
            await new Promise((resolve) => setTimeout(resolve, 1_500));
            return look(...given);
          };
        Object.assign(accounts, {
          findByIdentifier: slowly(findByIdentifier),
          createMany: slowly(createMany),
        });
        try {
          const agent = new UserAgent();
          const form = await agent.get(server.issuer + path);
          for (const kind of kinds) {
            const fields = fieldsOf(String(addresses.get(kind)));
            expect(await timed(() => agent.submit(form, fields)), kind).to.be.below(1_000);
          }
          const deadline = Date.now() + 5_000;
          while (asked.length === 0 && Date.now() < deadline) await new Promise((r) => setTimeout(r, 20));
          expect(asked, 'the job does, later').to.have.length.above(0);
        } finally {
          Object.assign(accounts, { findByIdentifier, createMany });
        }
      });
    });
  }
});
