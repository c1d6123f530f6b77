import { expect } from 'chai';
import type { Account } from '../../src/domain/accounts/store.ts';
import { addApp, asksFor, typeCode, typePassword } from '../support/factors.ts';
import { callbackOf, type HandClient, handClient } from '../support/protocol.ts';
import { WEB_CLIENT } from '../support/relying-party.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { UserAgent } from '../support/user-agent.ts';

type Someone = Account & { password: string };

/** Somebody knows a password, and guesses at the codes that go with it: wherever they sign in in between. */
describe('guessing at codes with the right password at hand', function guessing() {
  this.timeout(60_000);
  let server: TestServer;
  let client: HandClient;
  let strict: HandClient;

  const BOUND = 12;
  const LOCKS = 5;

  async function open(settings: Record<string, string>) {
    server = await startTestServer({
      settings: {
        MAX_FAILED_LOGIN_ATTEMPTS: String(LOCKS),
        MAX_CONSECUTIVE_FAILURES: String(BOUND),
        ...settings,
      },
    });
    client = handClient(server.issuer, await server.addClient(WEB_CLIENT));
    strict = handClient(server.issuer, await server.addClient({ ...WEB_CLIENT, second_factor: 'required' }));
  }
  afterEach(() => server.stop());

  async function counters({ id }: Someone) {
    const [row] = await server.app.database.query<{ consecutive: number; disabled_at: Date | null }>(
      'select consecutive, disabled_at from password_failures where account_id = $1',
      [id],
    );
    if (row === undefined) throw new Error('nothing was counted');
    return row;
  }

  const enter = async (
    agent: UserAgent,
    at: HandClient,
    person: Someone,
    more: Record<string, string> = {},
  ) => {
    const page = await agent.open(at.authorizeUrl(more));
    return page.forms.some(({ fields }) => 'password' in fields) ? typePassword(agent, page, person) : page;
  };

  /** How many wrong codes are verified, should each few of them be followed by a sign-in that asks for none. */
  async function guesses(
    person: Someone,
    signIn: () => Promise<boolean>,
    browser: () => UserAgent | Promise<UserAgent>,
  ) {
    let verified = 0;
    for (let round = 0; round < 8; round += 1) {
      for (let n = 0; n < LOCKS - 1; n += 1) {
        const agent = await browser();
        const page = await enter(agent, strict, person, { prompt: 'login', acr_values: 'aal2' });
        if (asksFor(page) !== 'totp') return verified;
        const answer = await typeCode(agent, page, '000000');
        if (answer.headers.has('retry-after')) return verified;
        verified += 1;
      }
      if (!(await signIn())) return verified;
    }
    return verified;
  }

  it('lines 11 and 24: a client that asks for no code gives nobody more guesses', async () => {
    await open({ SECOND_FACTOR_POLICY: 'off' });
    const person = await server.addAccount();
    await addApp(server, person);
    let last = new UserAgent();
    const signIn = async () => {
      last = new UserAgent();
      const page = await enter(last, client, person);
      return page.location !== undefined && callbackOf(page).has('code');
    };
    // In the browser that has just signed in, which is a known device with a counter of its own.
    expect(await guesses(person, signIn, () => last)).to.be.at.most(BOUND);
    expect((await counters(person)).disabled_at).to.not.equal(null);
  });

  it('line 24: nor does a device that is trusted', async () => {
    await open({ TRUSTED_DEVICE_DAYS: '7' });
    const person = await server.addAccount();
    const app = await addApp(server, person);
    const agent = new UserAgent();
    await agent.follow(
      await typeCode(agent, await enter(agent, client, person), await app.fresh(), { trust: true }),
    );
    /** The browser without its session: only the device is known. */
    async function device() {
      const kept = new UserAgent();
      const cookies = await agent.jar.getCookies(server.issuer);
      const own = cookies.filter(({ key }) => key.startsWith('gatehouse_device'));
      for (const cookie of own) await kept.jar.setCookie(cookie.cookieString(), server.issuer);
      return kept;
    }
    const signIn = async () => {
      const page = await enter(await device(), client, person);
      return page.location !== undefined && callbackOf(page).has('code');
    };
    expect(await signIn(), 'the device is trusted').to.equal(true);
    expect(await guesses(person, signIn, device)).to.be.at.most(LOCKS);
  });

  it('line 13: a sign-in with the password alone still ends the row of wrong passwords', async () => {
    await open({ SECOND_FACTOR_POLICY: 'off' });
    const person = await server.addAccount();
    await addApp(server, person);
    const agent = new UserAgent();
    await enter(agent, client, { ...person, password: 'wrong' });
    await typeCode(agent, await enter(agent, strict, person), '000000');
    await enter(new UserAgent(), client, { ...person, password: 'wrong' });
    expect((await counters(person)).consecutive).to.equal(3);
    await enter(new UserAgent(), client, person);
    expect((await counters(person)).consecutive, 'of the code').to.equal(1);
    const last = new UserAgent();
    const app = await addApp(server, person);
    await typeCode(last, await enter(last, strict, person), await app.fresh());
    expect((await counters(person)).consecutive).to.equal(0);
  });
});
