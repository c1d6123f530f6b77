import { expect } from 'chai';
import { fixture } from '../support/evidence/fixture.ts';
import {
  type Answer,
  authorize,
  callbackOf,
  eventsDuring,
  type HandClient,
  handClient,
  type Person,
  postForm,
  tokensFor,
} from '../support/protocol.ts';
import { WEB_CLIENT } from '../support/relying-party.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { UserAgent } from '../support/user-agent.ts';

const PARALLEL = 50;

/** What may be used once is used once: in sequence, in parallel, and on several nodes. */
describe('single use', () => {
  let server: TestServer;
  let person: Person;
  let client: HandClient;

  before(async () => {
    server = await startTestServer();
    person = await server.addAccount();
    client = handClient(server.issuer, await server.addClient(WEB_CLIENT));
  });
  after(() => server.stop());

  const codeFor = async (parameters = {}): Promise<string> =>
    String(callbackOf(await authorize(new UserAgent(), client.authorizeUrl(parameters), person)).get('code'));

  const succeeded = (answers: readonly Answer[]) => answers.filter(({ status }) => status === 200);

  function expectOneWinner(answers: readonly Answer[]): Answer {
    const [winner, ...others] = succeeded(answers);
    expect(others, 'a second winner').to.have.length(0);
    if (winner === undefined) throw new Error(`nobody won: ${JSON.stringify(answers[0]?.body)}`);
    for (const answer of answers) {
      if (answer === winner) continue;
      expect([answer.status, answer.body.error]).to.deep.equal([400, 'invalid_grant']);
      expect(answer.body).to.not.have.any.keys('access_token', 'id_token', 'refresh_token');
    }
    return winner;
  }

  async function expectDead(tokens: Answer['body']): Promise<void> {
    expect((await client.userinfo(tokens.access_token)).status, 'userinfo').to.equal(401);
    const introspected = await client.post('/token/introspect', { token: tokens.access_token });
    expect(introspected.body).to.deep.equal({ active: false });
    if (tokens.refresh_token !== undefined) {
      const { status, body } = await client.refresh(tokens.refresh_token);
      expect([status, body.error], 'refresh').to.deep.equal([400, 'invalid_grant']);
    }
  }

  describe('authorization code', () => {
    it('redeemed again: refused, and what came of it dies', async () => {
      const code = await codeFor();
      const { body: tokens } = await client.redeem(code);
      expect((await client.userinfo(tokens.access_token)).status).to.equal(200);
      const { events, result: again } = await eventsDuring(server, () => client.redeem(code));
      expect([again.status, again.body.error]).to.deep.equal([400, 'invalid_grant']);
      await expectDead(tokens);
      expect(events.map(({ type }) => type)).to.deep.equal(['token.reuse_detected']);
      expect(events[0]).to.include({ account: person.id, client: client.id });
      expect(events[0]?.details).to.deep.equal({ kind: 'AuthorizationCode' });
    });

    it(`redeemed ${PARALLEL} times in parallel: one succeeds, and its grant and tokens die`, async () => {
      const code = await codeFor();
      const { events, result: answers } = await eventsDuring(server, () =>
        Promise.all(Array.from({ length: PARALLEL }, () => client.redeem(code))),
      );
      await expectDead(expectOneWinner(answers).body);
      expect(events.filter(({ type }) => type === 'token.issued')).to.have.length(1);
      expect(events.filter(({ type }) => type === 'token.reuse_detected')).to.not.have.length(0);
      const left = await server.app.database.query(
        `select model from oidc_artifacts where account_id = $1 and model in ('AccessToken', 'RefreshToken', 'AuthorizationCode')`,
        [person.id],
      );
      expect(left.length, 'tokens of the family that stayed').to.equal(0);
    });

    it('redeemed in parallel on two nodes: one succeeds, and its tokens die', async () => {
      const second = await server.secondNode();
      try {
        const port = second.app.config.server.port;
        const other = { ...client, ...handOn(port) };
        const code = await codeFor();
        const answers = await Promise.all(
          Array.from({ length: 10 }, (_, index) => (index % 2 === 0 ? client : other).redeem(code)),
        );
        await expectDead(expectOneWinner(answers).body);
      } finally {
        await second.stop();
      }
    });

    /** The same client, on the other node's port. */
    function handOn(port: number): Pick<HandClient, 'redeem'> {
      const there = handClient(`http://localhost:${port}`, {
        client_id: client.id,
        client_secret: String(client.secret),
      });
      return { redeem: (code) => there.redeem(code, { code_verifier: client.verifier }) };
    }

    it('of another client: refused, and it stays good for its own', async () => {
      const code = await codeFor();
      const thief = handClient(server.issuer, await server.addClient(WEB_CLIENT));
      const { status, body } = await thief.redeem(code, { code_verifier: client.verifier });
      expect([status, body.error]).to.deep.equal([400, 'invalid_grant']);
      expect((await client.redeem(code)).status).to.equal(200);
    });

    it('past its time: refused', async () => {
      const code = await codeFor();
      await fixture(
        server.app.database,
        `update oidc_artifacts set expires_at = now() - interval '1 second' where model = 'AuthorizationCode'`,
      );
      const { status, body } = await client.redeem(code);
      expect([status, body.error]).to.deep.equal([400, 'invalid_grant']);
    });
  });

  describe('refresh token', () => {
    it('is replaced at each use; the same grant goes on', async () => {
      const first = await tokensFor(client, person, { scope: 'openid email' });
      const { body: second } = await client.refresh(first.refresh_token);
      expect(second.refresh_token).to.be.a('string').and.not.equal(first.refresh_token);
      expect(second.access_token).to.not.equal(first.access_token);
      expect(second.id_token).to.be.a('string');
      const { body: third } = await client.refresh(second.refresh_token);
      expect((await client.userinfo(third.access_token)).body.email).to.equal(person.email);
    });

    it('used again: refused, and the whole family dies', async () => {
      const first = await tokensFor(client, person);
      const { body: second } = await client.refresh(first.refresh_token);
      const { events, result: again } = await eventsDuring(server, () => client.refresh(first.refresh_token));
      expect([again.status, again.body.error]).to.deep.equal([400, 'invalid_grant']);
      expect(events.map(({ type }) => type)).to.deep.equal(['token.reuse_detected']);
      expect(events[0]).to.include({ account: person.id, client: client.id });
      await expectDead(second);
      expect((await client.userinfo(first.access_token)).status).to.equal(401);
    });

    it(`used ${PARALLEL} times in parallel: one succeeds, and the family dies`, async () => {
      const first = await tokensFor(client, person);
      const answers = await Promise.all(
        Array.from({ length: PARALLEL }, () => client.refresh(first.refresh_token)),
      );
      await expectDead(expectOneWinner(answers).body);
      expect((await client.userinfo(first.access_token)).status).to.equal(401);
    });

    it('may narrow its scope and never widen it', async () => {
      const first = await tokensFor(client, person, { scope: 'openid email' });
      const wider = await client.refresh(first.refresh_token, { scope: 'openid email roles' });
      expect([wider.status, wider.body.error]).to.deep.equal([400, 'invalid_scope']);
      const narrow = await client.refresh(first.refresh_token, { scope: 'openid' });
      expect(narrow.status).to.equal(200);
      expect((await client.userinfo(narrow.body.access_token)).body).to.deep.equal({ sub: person.id });
    });

    it('is bound to its client', async () => {
      const first = await tokensFor(client, person);
      const thief = handClient(server.issuer, await server.addClient(WEB_CLIENT));
      const { status, body } = await thief.refresh(first.refresh_token);
      expect([status, body.error]).to.deep.equal([400, 'invalid_grant']);
      expect((await client.refresh(first.refresh_token)).status).to.equal(200);
    });

    it('lives no longer for being rotated', async () => {
      const first = await tokensFor(client, person);
      const remaining = `select extract(epoch from expires_at - now()) as seconds from oidc_artifacts
        where model = 'RefreshToken' and account_id = $1 and consumed_at is null order by created_at desc limit 1`;
      await fixture(
        server.app.database,
        `update oidc_artifacts set expires_at = now() + interval '100 seconds',
           payload = payload || jsonb_build_object('exp', extract(epoch from now())::int + 100)
         where model = 'RefreshToken' and account_id = $1`,
        [person.id],
      );
      await client.refresh(first.refresh_token);
      const [row] = await server.app.database.query<{ seconds: string }>(remaining, [person.id]);
      expect(Number(row?.seconds)).to.be.within(90, 101);
    });

    it('is not issued to a client that may not use it', async () => {
      const plain = handClient(
        server.issuer,
        await server.addClient({ ...WEB_CLIENT, grant_types: ['authorization_code'] }),
      );
      expect(await tokensFor(plain, person)).to.not.have.property('refresh_token');
    });
  });

  describe('pushed authorization request', () => {
    const push = (parameters = {}) => client.post('/par', client.parameters(parameters));
    const at = (requestUri: string) =>
      `${server.issuer}/authorize?${new URLSearchParams({ client_id: client.id, request_uri: requestUri })}`;

    it('is taken from an authenticated client only', async () => {
      const { status, body } = await push();
      expect(status).to.equal(201);
      expect(body.request_uri).to.match(/^urn:ietf:params:oauth:request_uri:/u);
      expect(body.expires_in).to.equal(60);
      const stranger = await postForm(`${server.issuer}/par`, client.parameters());
      expect(stranger.status).to.equal(401);
    });

    it('is checked when it is pushed', async () => {
      for (const [wrong, error] of [
        [{ redirect_uri: 'https://evil.example' }, 'invalid_request'],
        [{ code_challenge: undefined, code_challenge_method: undefined }, 'invalid_request'],
        [{ request_uri: 'urn:x' }, 'request_uri_not_supported'],
      ] as const) {
        const { status, body } = await push(wrong);
        expect([status, body.error]).to.deep.equal([400, error]);
      }
    });

    it('leads to a code, once', async () => {
      const { body } = await push({ nonce: 'pushed' });
      const page = await authorize(new UserAgent(), at(body.request_uri), person);
      expect(callbackOf(page).get('state')).to.equal('the-state');
      expect((await client.redeem(String(page.location))).status).to.equal(200);
      const again = await authorize(new UserAgent(), at(body.request_uri), person);
      expect([again.status, again.location]).to.deep.equal([400, undefined]);
    });

    it(`used ${PARALLEL} times in parallel gives one code`, async () => {
      const agent = new UserAgent();
      await authorize(agent, client.authorizeUrl(), person);
      const { body } = await push();
      const pages = await Promise.all(
        Array.from({ length: PARALLEL }, () => agent.get(at(body.request_uri))),
      );
      const codes = pages.filter(({ location }) => location?.includes('code='));
      expect(codes).to.have.length(1);
      for (const page of pages) expect(page.status).to.be.oneOf([303, 400]);
    });

    it('of another client is refused', async () => {
      const { body } = await push();
      const other = await server.addClient(WEB_CLIENT);
      const url = `${server.issuer}/authorize?${new URLSearchParams({ client_id: String(other.client_id), request_uri: body.request_uri })}`;
      const page = await new UserAgent().open(url);
      expect([page.status, page.location]).to.deep.equal([400, undefined]);
    });

    it('is required of a client that is registered so', async () => {
      const strict = handClient(
        server.issuer,
        await server.addClient({ ...WEB_CLIENT, require_pushed_authorization_requests: true }),
      );
      const refused = await new UserAgent().open(strict.authorizeUrl());
      expect(callbackOf(refused).get('error')).to.equal('invalid_request');
      const { body } = await strict.post('/par', strict.parameters());
      const url = `${server.issuer}/authorize?${new URLSearchParams({ client_id: strict.id, request_uri: body.request_uri })}`;
      expect(callbackOf(await authorize(new UserAgent(), url, person)).has('code')).to.equal(true);
    });
  });
});
