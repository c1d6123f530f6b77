import { expect } from 'chai';
import type { Account } from '../../src/domain/accounts/store.ts';
import { fixture, fixtures } from '../support/evidence/fixture.ts';
import { WEB_CLIENT } from '../support/relying-party.ts';
import { cheapHasher, startTestServer, type TestServer } from '../support/server.ts';
import { type Page, UserAgent } from '../support/user-agent.ts';
import { audited, authorizePath, type Client, redeem } from './support.ts';

/** A clock that tests move. */
const clock = { offset: 0, now: () => new Date(Date.now() + clock.offset) };

const payloadOf = (jwt: unknown): Record<string, unknown> =>
  JSON.parse(Buffer.from(String(jwt).split('.')[1] ?? '', 'base64url').toString()) as Record<string, unknown>;

/** Sign-ins that are finished, cancelled or taken away while somebody types. */
describe('attacks on the end of a sign-in', () => {
  let server: TestServer;
  let client: Client;
  /** What happens while a password is verified. */
  let meanwhile: (() => Promise<unknown>) | undefined;

  before(async () => {
    const hasher = await cheapHasher();
    const slow: typeof hasher = {
      ...hasher,
      async verify(stored, password) {
        const act = meanwhile;
        meanwhile = undefined;
        await act?.();
        return hasher.verify(stored, password);
      },
    };
    server = await startTestServer({ replace: { clock, hasher: slow } });
    client = await server.addClient(WEB_CLIENT);
  });
  after(() => server.stop());
  afterEach(() => {
    clock.offset = 0;
    meanwhile = undefined;
  });

  const signInPage = (agent: UserAgent): Promise<Page> => agent.open(server.issuer + authorizePath(client));

  const failuresOf = async (account: string) =>
    (await audited(server, 'sign_in.failed')).filter((event) => event.account === account);

  const counted = async (account: string): Promise<number> => {
    const [row] = await server.app.database.query<{ failures: number }>(
      'select failures from lockouts where account_id = $1',
      [account],
    );
    return row?.failures ?? 0;
  };

  /** Failures of which the person is told by mail, once there are enough. */
  const toBeMailed = async (account: string): Promise<number> => {
    const [row] = await server.app.database.query<{ failures: number }>(
      'select failures from failed_attempts where account_id = $1',
      [account],
    );
    return row?.failures ?? 0;
  };

  it('no password is tried at a sign-in that has ended, where nobody would be told of it', async () => {
    const person = await server.addAccount();
    const agent = new UserAgent();
    const page = await signInPage(agent);
    await agent.submit(page, {}, '/cancel');
    await agent.submit(page, { identifier: person.email, password: 'a guess that is wrong' });
    expect(await counted(person.id)).to.equal(0);
    expect(await failuresOf(person.id)).to.deep.equal([]);
  });

  it('a password that was typed half an hour ago is not told as one of now', async () => {
    const person = await server.addAccount();
    const agent = new UserAgent();
    const page = await signInPage(agent);
    const typedAt = Math.floor(clock.now().getTime() / 1000);
    await agent.submit(page, { identifier: person.email, password: person.password });
    clock.offset = 20 * 60_000;
    const callback = await agent.open(page.url);
    const { body } = await redeem(
      server,
      client,
      new URL(String(callback.location)).searchParams.get('code'),
    );
    expect(payloadOf(body.id_token).auth_time).to.be.closeTo(typedAt, 5);
  });

  for (const [how, password, failures] of [
    ['a wrong password counts and is told', 'a guess that is wrong', 1],
    ['the right password is told, too', undefined, 0],
  ] as const) {
    it(`cancelled while it is verified, ${how}`, async () => {
      const person = await server.addAccount();
      const agent = new UserAgent();
      const page = await signInPage(agent);
      meanwhile = () => agent.submit(page, {}, '/cancel');
      const answer = await agent.submit(page, {
        identifier: person.email,
        password: password ?? person.password,
      });
      expect(answer.status).to.equal(303);
      expect(String((await agent.follow(answer)).location)).to.contain('error=access_denied');
      expect(await counted(person.id)).to.equal(failures);
      expect(await failuresOf(person.id)).to.have.length(1);
      expect(await toBeMailed(person.id)).to.equal(failures);
    });
  }

  for (const [what, change] of [
    [
      'the password is replaced',
      async (account: Account) => {
        const hash = await server.app.passwords.hasher.hash('another one altogether');
        const {
          database,
          accounts: { passwords: accountPasswords },
        } = server.app;
        expect(await accountPasswords.replace(fixtures(database), account, hash, 0)).to.be.an.instanceOf(
          Date,
        );
      },
    ],
    [
      'the account is disabled and enabled again',
      async ({ id }: Account) => {
        const {
          database,
          accounts: { store: accounts },
        } = server.app;
        await accounts.setStatus(fixtures(database), id, 'disabled');
        setTimeout(() => void accounts.setStatus(fixtures(database), id, 'active'), 400);
      },
    ],
  ] as const) {
    it(`${what} while it is verified: nobody is signed in`, async () => {
      const person = await server.addAccount();
      const agent = new UserAgent();
      const page = await signInPage(agent);
      meanwhile = async () => {
        await change(person);
        await server.app.lifecycle.access.endAll(server.app.database, person.id, 'everywhere', {
          actor: { kind: 'system' },
        });
      };
      const answer = await agent.submit(page, { identifier: person.email, password: person.password });
      expect(answer.status).to.equal(409);
      await new Promise((resolve) => setTimeout(resolve, 500));
      expect((await agent.open(page.url)).status).to.equal(200);
      expect((await agent.get(`${server.issuer}/account`)).status).to.equal(303);
      expect(await failuresOf(person.id)).to.have.length(1);
    });
  }

  it('taken away while it is verified, the right password does not pass unseen', async () => {
    const person = await server.addAccount();
    const agent = new UserAgent();
    const page = await signInPage(agent);
    const { database } = server.app;
    meanwhile = () => fixture(database, `delete from oidc_artifacts where model = 'Interaction'`);
    const answer = await agent.submit(page, { identifier: person.email, password: person.password });
    expect(answer.status).to.equal(409);
    expect(await counted(person.id)).to.equal(0);
    expect((await failuresOf(person.id)).map(({ details }) => details)).to.deep.equal([
      { reason: 'sign_in_ended' },
    ]);
  });
});
