import { once } from 'node:events';
import { request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import { eventually, type Started, startNode } from '../support/processes.ts';
import {
  auditTrail,
  authorize,
  callbackOf,
  type HandClient,
  handClient,
  type Person,
  tokensFor,
} from '../support/protocol.ts';
import { WEB_CLIENT } from '../support/relying-party.ts';
import { freePort, startTestServer, type TestServer, testEnvironment } from '../support/server.ts';
import { type Page, UserAgent } from '../support/user-agent.ts';

/** What may break at any moment breaks, and nothing is wrongly granted, half written or lost. */
describe('faults', () => {
  describe('a server process killed with SIGKILL', () => {
    let server: TestServer;
    let person: Person;
    let client: HandClient;
    let issuer: string;
    let port: number;
    let running: Started | undefined;

    before(async () => {
      server = await startTestServer();
      person = await server.addAccount();
      port = await freePort();
      issuer = `http://localhost:${port}`;
      client = handClient(issuer, await server.addClient(WEB_CLIENT));
    });
    after(async () => {
      running?.child.kill('SIGTERM');
      await running?.exit;
      await server.stop();
    });

    async function start(): Promise<void> {
      const { PATH = '', HOME = '', NODE_V8_COVERAGE } = process.env;
      const env = {
        PATH,
        HOME,
        ...(NODE_V8_COVERAGE === undefined ? {} : { NODE_V8_COVERAGE }),
        ...testEnvironment(server.database, port, { ISSUER: issuer, LOG_LEVEL: 'error' }),
      };
      const started = startNode(['src/main.ts'], { env });
      running = started;
      await eventually(
        'the process answers',
        async () => {
          if (started.child.exitCode !== null) throw new Error(started.output());
          return fetch(`${issuer}/health/ready`).then(
            ({ ok }) => ok,
            () => false,
          );
        },
        20_000,
      );
    }

    async function kill(): Promise<void> {
      running?.child.kill('SIGKILL');
      await running?.exit;
    }

    const enter = (agent: UserAgent, page: Page) =>
      agent.submit(page, { identifier: person.email, password: person.password });

    it('in the middle of a sign-in: nothing is granted, and the sign-in goes on after', async function middle() {
      this.timeout(60_000);
      await start();
      const agent = new UserAgent();
      const page = await agent.open(client.authorizeUrl());
      const trail = (await auditTrail(server)).length;
      // The password is being checked, or the answer is on its way, when the process dies.
      const interrupted = enter(agent, page).then(
        (answer) => answer.status,
        () => 'cut',
      );
      await sleep(8);
      await kill();
      expect(await interrupted).to.be.oneOf(['cut', 303]);

      const told = (await auditTrail(server)).slice(trail).map(({ type }) => type);
      const [attempt] = await server.app.database.query<{ completed: boolean }>(
        'select completed_at is not null as completed from sign_in_attempts',
      );
      // Either all of it is there or nothing is.
      expect(told).to.deep.equal(attempt?.completed === true ? ['sign_in.succeeded'] : []);
      const given = await server.app.database.query(
        `select model from oidc_artifacts where model in ('AuthorizationCode', 'AccessToken', 'Session', 'Grant')`,
      );
      expect(given).to.deep.equal([]);

      await start();
      const silent = await new UserAgent().open(client.authorizeUrl({ prompt: 'none' }));
      expect(callbackOf(silent).get('error')).to.equal('login_required');
      // The same browser, the same page: submitted again.
      const answer = await agent.follow(await enter(agent, page));
      const end =
        answer.location === undefined ? await authorize(agent, client.authorizeUrl(), person) : answer;
      expect((await client.redeem(String(end.location))).status).to.equal(200);
    });

    it('between code and token: the code is still good, exactly once', async function between() {
      this.timeout(60_000);
      const end = await authorize(new UserAgent(), client.authorizeUrl(), person);
      const code = String(callbackOf(end).get('code'));
      await kill();
      await start();
      const answers = await Promise.all(Array.from({ length: 10 }, () => client.redeem(code)));
      expect(answers.filter(({ status }) => status === 200)).to.have.length(1);
    });

    it('while a code is redeemed: it was redeemed with all that belongs to it, or is still good', async function during() {
      this.timeout(60_000);
      for (const delay of [0, 3]) {
        const end = await authorize(new UserAgent(), client.authorizeUrl(), person);
        const code = String(callbackOf(end).get('code'));
        const issued = async () =>
          (await auditTrail(server)).filter(({ type }) => type === 'token.issued').length;
        const before = await issued();
        const redeeming = client.redeem(code).catch(() => undefined);
        await sleep(delay);
        await kill();
        await redeeming;
        const [row] = await server.app.database.query<{ consumed: boolean; tokens: number }>(
          `select c.consumed_at is not null as consumed,
             (select count(*)::int from oidc_artifacts t where t.grant_id = c.grant_id and t.model = 'AccessToken') as tokens
           from oidc_artifacts c where c.model = 'AuthorizationCode' order by c.created_at desc limit 1`,
        );
        expect([row?.tokens, (await issued()) - before]).to.deep.equal(
          row?.consumed === true ? [1, 1] : [0, 0],
        );
        await start();
        expect((await client.redeem(code)).status).to.equal(row?.consumed === true ? 400 : 200);
      }
    });

    it('keeps what was committed: sessions, consents, refresh tokens and keys', async function kept() {
      this.timeout(60_000);
      const agent = new UserAgent();
      const tokens = await tokensFor(client, person, {}, agent);
      const keys = await (await fetch(`${issuer}/jwks`)).text();
      await kill();
      await start();
      expect(await (await fetch(`${issuer}/jwks`)).text()).to.equal(keys);
      expect((await client.userinfo(tokens.access_token)).status).to.equal(200);
      expect((await client.refresh(tokens.refresh_token)).status).to.equal(200);
      expect(callbackOf(await agent.open(client.authorizeUrl({ prompt: 'none' }))).has('code')).to.equal(
        true,
      );
    });

    it('ends on SIGTERM with code 0, after the requests under way', async function ends() {
      this.timeout(30_000);
      const agent = new UserAgent();
      const page = await agent.open(client.authorizeUrl());
      const { action = '', fields = {} } = page.forms[0] ?? {};
      const body = `${new URLSearchParams({ ...fields, identifier: person.email, password: person.password })}`;
      const upload = request(action, {
        method: 'POST',
        headers: {
          'content-type': 'application/x-www-form-urlencoded',
          'content-length': String(body.length),
          cookie: await agent.jar.getCookieString(action),
        },
      });
      const answered = once(upload, 'response');
      upload.write(body.slice(0, 10));
      await sleep(200);
      running?.child.kill('SIGTERM');
      await sleep(100);
      upload.end(body.slice(10));
      const [{ statusCode }] = await answered;
      expect(statusCode).to.equal(303);
      expect(await running?.exit).to.equal(0);
      const refused = await fetch(`${issuer}/health/live`).then(
        () => false,
        () => true,
      );
      expect(refused).to.equal(true);
    });
  });

  it('a client that goes away in the middle of its request harms nobody', async () => {
    const server = await startTestServer();
    try {
      const person = await server.addAccount();
      const client = handClient(server.issuer, await server.addClient(WEB_CLIENT));
      const end = await authorize(new UserAgent(), client.authorizeUrl(), person);
      const controller = new AbortController();
      const request = fetch(`${server.issuer}/token`, {
        method: 'POST',
        signal: controller.signal,
        body: new URLSearchParams({ grant_type: 'authorization_code' }),
      }).catch(() => undefined);
      controller.abort();
      await request;
      expect((await client.redeem(String(end.location))).status).to.equal(200);
    } finally {
      await server.stop();
    }
  });
});
