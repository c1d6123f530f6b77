import { expect } from 'chai';
import pg from 'pg';
import { createAuthenticator } from '../support/authenticator.ts';
import { addApp, asksFor, passkeyOptions, typeCode, typePassword } from '../support/factors.ts';
import { untilWaiting } from '../support/lock-waits.ts';
import { type HandClient, handClient } from '../support/protocol.ts';
import { WEB_CLIENT } from '../support/relying-party.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { UserAgent } from '../support/user-agent.ts';

const WARD = '10.20.0.5';

/** What was decided of an attempt that is another one by now. */
describe('line 79: steps of one sign-in at the same moment', function parallel() {
  this.timeout(120_000);
  let server: TestServer;
  let owner: pg.Client;
  let client: HandClient;

  before(async () => {
    server = await startTestServer({
      settings: {
        SECOND_FACTOR_POLICY: 'required',
        RATE_LIMIT_FACTOR_SETUP_PER_PERSON: '10',
        TRUSTED_PROXIES: '127.0.0.1,::1',
        SHARED_WORKSTATION_NETWORKS: '10.20.0.0/16',
      },
    });
    owner = new pg.Client({ connectionString: server.database.ownerUrl });
    await owner.connect();
    client = handClient(server.issuer, await server.addClient(WEB_CLIENT));
  });
  after(async () => {
    await owner.end();
    await server.stop();
  });

  /** Has so many requests wait for the lock that `sql` takes, with everything read that they read; then does `act`. */
  async function held<T>(
    sql: string,
    values: unknown[],
    requests: readonly (() => Promise<T>)[],
    act: () => Promise<unknown> = async () => {},
  ): Promise<T[]> {
    await owner.query('begin');
    try {
      await owner.query(sql, values);
      const running = requests.map((request) => request());
      await untilWaiting(owner, running.length);
      await act();
      await owner.query('commit');
      return await Promise.all(running);
    } finally {
      await owner.query('rollback');
    }
  }

  it('of two set-ups one adds a factor, and the other one nothing', async () => {
    const person = await server.addAccount();
    const agent = new UserAgent();
    const start = await agent.open(client.authorizeUrl());
    await typePassword(agent, start, person);
    const wizard = await agent.get(`${start.url}/enrol/passkey`);
    const csrf = String(wizard.forms.find(({ fields }) => 'csrf' in fields)?.fields.csrf);
    const setUps = await Promise.all(
      ['One', 'Two'].map(async (name) => {
        const key = createAuthenticator({ origin: server.issuer });
        const response = JSON.stringify(key.create((await passkeyOptions(agent, wizard)) as never));
        return () => agent.post(`${start.url}/enrol/passkey`, { csrf, response, name });
      }),
    );
    const answers = await held(
      `select 1 from sign_in_attempts where evidence ->> 'accountId' = $1 for update`,
      [person.id],
      setUps,
    );
    expect(answers.map(({ status }) => status)).to.deep.equal([303, 303]);
    const { rows } = await owner.query('select 1 from passkeys where account_id = $1', [person.id]);
    expect(rows).to.have.length(1);
    const { rows: events } = await owner.query(
      `select 1 from audit_events where account = $1 and type = 'factor.added' and details ->> 'kind' = 'passkey'`,
      [person.id],
    );
    expect(events).to.have.length(1);
    // The sign-in goes on with the codes of the one that has won, which its own answer has brought.
    const page = await agent.open(start.url);
    expect(page.status).to.equal(200);
    const { rows: codes } = await owner.query('select 1 from recovery_codes where account_id = $1', [
      person.id,
    ]);
    expect(codes).to.have.length(10);
  });

  it('what is in flight lets nobody in after somebody has pressed "switch person"', async () => {
    const person = await server.addAccount();
    const app = await addApp(server, person);
    const agent = new UserAgent({ 'x-forwarded-for': WARD });
    const asked = await typePassword(agent, await agent.open(client.authorizeUrl()), person);
    expect(asksFor(asked)).to.equal('totp');
    const code = await app.fresh();
    // Its slot of the lockout is taken before the code is looked at, and after the attempt was.
    const [answer] = await held(
      'lock table lockouts in exclusive mode',
      [],
      [() => typeCode(agent, asked, code)],
      () => agent.submit(asked, {}, '/switch'),
    );
    const page = await agent.follow(answer as Awaited<ReturnType<typeof typeCode>>);
    expect(page.location ?? '', 'nobody is in').to.not.include('code=');
    expect(
      page.forms.some(({ fields }) => 'identifier' in fields),
      'the page is empty',
    ).to.equal(true);
    expect((await agent.get(`${server.issuer}/account`)).status).to.equal(303);
  });

  it('a right code that is overtaken does not pass unseen, and is not spent', async () => {
    const person = await server.addAccount();
    const app = await addApp(server, person);
    const agent = new UserAgent();
    const asked = await typePassword(agent, await agent.open(client.authorizeUrl()), person);
    const code = await app.fresh();
    const mine = `evidence ->> 'accountId' = $1`;
    const [answer] = await held(
      `select 1 from sign_in_attempts where ${mine} for update`,
      [person.id],
      [() => typeCode(agent, asked, code)],
      () =>
        owner.query(`update sign_in_attempts set evidence = evidence || '{"revision":9}' where ${mine}`, [
          person.id,
        ]),
    );
    expect(answer?.status).to.equal(303);
    const { rows } = await owner.query(
      `select details, factor from audit_events where account = $1 and type = 'sign_in.failed'`,
      [person.id],
    );
    expect(rows).to.deep.equal([{ details: { reason: 'sign_in_changed' }, factor: 'totp' }]);
    const page = await agent.open(asked.url);
    const done = await agent.follow(await typeCode(agent, page, code));
    expect(done.location).to.include('code=');
  });
});
