import { expect } from 'chai';
import { clients } from '../../src/administration/clients/index.ts';
import { fixture } from '../support/evidence/fixture.ts';
import { eventually } from '../support/processes.ts';
import {
  type Answer,
  eventsDuring,
  type HandClient,
  handClient,
  type Person,
  tokensFor,
} from '../support/protocol.ts';
import { WEB_CLIENT } from '../support/relying-party.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { useTravel } from '../support/time.ts';

const LEEWAY = 20;

/** Two tabs that refresh at once, a lost answer, and whoever has stolen a refresh token of such a client. */
describe('line 54: a leeway in which a refresh token may come again', function leeway() {
  this.timeout(60_000);
  const travel = useTravel();
  let server: TestServer;
  let second: TestServer;
  let person: Person;
  let client: HandClient;
  let registration: Record<string, string>;

  before(async () => {
    server = await startTestServer({ replace: { clock: travel.clock } });
    second = await server.secondNode();
    person = await server.addAccount();
    registration = await server.addClient({ ...WEB_CLIENT, refresh_token_leeway_seconds: LEEWAY });
    client = handClient(server.issuer, registration);
  });
  after(async () => {
    await second.stop();
    await server.stop();
  });

  const begin = async (of = client, parameters = {}): Promise<string> =>
    (await tokensFor(of, person, parameters)).refresh_token;
  const refreshed = async (token: string, of = client): Promise<string> => {
    const { status, body } = await of.refresh(token);
    expect([status, body.error]).to.deep.equal([200, undefined]);
    return body.refresh_token;
  };
  const isRefused = ({ status, body }: Answer) => status === 400 && body.error === 'invalid_grant';
  const kills = async (token: string, dead: readonly string[], of = client) => {
    const { events, result } = await eventsDuring(server, () => of.refresh(token));
    expect(isRefused(result), JSON.stringify(result.body)).to.equal(true);
    expect(events.map(({ type }) => type)).to.deep.equal(['token.reuse_detected']);
    expect(events[0]).to.include({ client: of.id, account: person.id });
    for (const each of dead) expect(isRefused(await of.refresh(each)), 'the family is dead').to.equal(true);
  };

  it('gives siblings, twice, and tells the trail of each; the third time kills', async () => {
    const first = await begin();
    const line = await refreshed(first);
    const siblings: string[] = [];
    for (let again = 0; again < 2; again += 1) {
      const { events, result } = await eventsDuring(server, () => client.refresh(first));
      expect(result.status).to.equal(200);
      siblings.push(result.body.refresh_token);
      expect(events.map(({ type }) => type)).to.have.members(['token.issued', 'token.replayed']);
      const replay = events.find(({ type }) => type === 'token.replayed');
      expect(replay).to.include({ client: client.id, account: person.id, outcome: 'success' });
      expect(replay?.session).to.be.a('string');
    }
    expect(new Set([first, line, ...siblings]).size).to.equal(4);
    await kills(first, [line, ...siblings]);
  });

  const ORDERS = [0, 1, 2].flatMap((one) =>
    [0, 1, 2].filter((two) => two !== one).map((two) => [one, two] as const),
  );
  for (const [winner, loser] of ORDERS) {
    it(`sibling ${winner} used first is the line; sibling ${loser} after it kills`, async () => {
      const first = await begin();
      const siblings = [await refreshed(first), await refreshed(first), await refreshed(first)];
      const next = await refreshed(String(siblings[winner]));
      await kills(String(siblings[loser]), [next, ...siblings]);
    });
  }

  it('the token that they came of kills once one of them was used, and so do older ones', async () => {
    for (const depth of [1, 2]) {
      const first = await begin();
      let last = await refreshed(first);
      const sibling = await refreshed(first);
      for (let step = 0; step < depth; step += 1) last = await refreshed(last);
      await kills(first, [last, sibling]);
    }
  });

  it('the line goes on, with a leeway of its own at each step', async () => {
    let last = await begin();
    for (let step = 0; step < 4; step += 1) {
      await refreshed(last);
      last = await refreshed(last);
    }
    travel.pass(LEEWAY * 2);
    await refreshed(last);
  });

  it('an unused sibling is told as inactive once another one is the line', async () => {
    const first = await begin();
    const [line, sibling] = [await refreshed(first), await refreshed(first)];
    const isActive = async (token: string) => (await client.post('/token/introspect', { token })).body.active;
    expect([await isActive(line), await isActive(sibling), await isActive(first)]).to.deep.equal([
      true,
      true,
      false,
    ]);
    const next = await refreshed(line);
    expect([await isActive(next), await isActive(sibling)]).to.deep.equal([true, false]);
  });

  it('is over after its seconds, counted from the first use', async () => {
    const first = await begin();
    const line = await refreshed(first);
    travel.pass(LEEWAY - 1);
    const sibling = await refreshed(first);
    travel.pass(1);
    await kills(first, [line, sibling]);
  });

  it('is nobody’s who did not ask for it, nor does it stay when it is taken back', async () => {
    const made = await server.addClient({ ...WEB_CLIENT, refresh_token_leeway_seconds: LEEWAY });
    const other = handClient(server.issuer, made);
    const strict = handClient(server.issuer, await server.addClient(WEB_CLIENT));
    const [first, mine] = [await begin(strict), await begin(other)];
    await kills(first, [await refreshed(first, strict)], strict);
    const line = await refreshed(mine, other);
    const { client_secret: _secret, refresh_token_leeway_seconds: _leeway, ...metadata } = made;
    await server.app.administration.perform(clients.update, { kind: 'system' }, { metadata });
    await eventually('it is known', async () => {
      const stored = await server.app.clients.store.find(other.id);
      return stored?.metadata.refresh_token_leeway_seconds === undefined;
    });
    await kills(mine, [line], other);
  });

  it('is not another client’s: refused, and nothing is spent by it', async () => {
    const first = await begin();
    const line = await refreshed(first);
    const thief = handClient(
      server.issuer,
      await server.addClient({ ...WEB_CLIENT, refresh_token_leeway_seconds: 30 }),
    );
    const open = handClient(server.issuer, { client_id: client.id, token_endpoint_auth_method: 'none' });
    expect(isRefused(await thief.refresh(first))).to.equal(true);
    expect((await open.refresh(first)).status).to.equal(401);
    await refreshed(first);
    await refreshed(first);
    await refreshed(line);
  });

  it('is only in a session that lasts, also for what was granted for the person’s absence', async () => {
    const absent = handClient(
      server.issuer,
      await server.addClient({ ...WEB_CLIENT, offline_access: true, refresh_token_leeway_seconds: LEEWAY }),
    );
    const offline = { scope: 'openid offline_access', prompt: 'consent' };
    const first = await begin(absent, offline);
    await refreshed(first, absent);
    await refreshed(first, absent);
    const other = await begin(absent, offline);
    const line = await refreshed(other, absent);
    await fixture(
      server.app.database,
      `update sessions set ended_at = now(), end_reason = 'signed_out' where ended_at is null`,
    );
    await kills(other, [line], absent);
  });

  it('ends with the session, the siblings too', async () => {
    const first = await begin();
    const siblings = [await refreshed(first), await refreshed(first)];
    await fixture(
      server.app.database,
      `update sessions set ended_at = now(), end_reason = 'idle' where ended_at is null`,
    );
    for (const token of [first, ...siblings]) expect(isRefused(await client.refresh(token))).to.equal(true);
  });

  const nodes = () =>
    [server, second].map((node) =>
      handClient(`http://localhost:${node.app.config.server.port}`, registration),
    ) as [HandClient, HandClient];

  it('holds across nodes: two that refresh at once are both served, and go on with either', async () => {
    for (const used of [0, 1]) {
      const first = await begin();
      const answers = await Promise.all(nodes().map((node) => node.refresh(first)));
      expect(answers.map(({ status }) => status)).to.deep.equal([200, 200]);
      await refreshed(String(answers[used]?.body.refresh_token), nodes()[1 - used]);
    }
  });

  it('50 in parallel on two nodes: three are served at most, and then all of it is dead', async () => {
    const first = await begin();
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, index) => (nodes()[index % 2] as HandClient).refresh(first)),
    );
    const served = answers.filter(({ status }) => status === 200);
    expect(served.length).to.be.within(1, 3);
    expect(answers.filter((answer) => !isRefused(answer))).to.have.length(served.length);
    for (const { body } of served) expect(isRefused(await client.refresh(body.refresh_token))).to.equal(true);
    expect((await client.userinfo(served[0]?.body.access_token)).status).to.equal(401);
  });

  it('two siblings used in parallel on two nodes: one line at most, whatever the order', async () => {
    for (let round = 0; round < 5; round += 1) {
      const first = await begin();
      const siblings = [await refreshed(first), await refreshed(first)];
      const answers = await Promise.all(nodes().map((node, index) => node.refresh(String(siblings[index]))));
      expect(answers.filter(({ status }) => status === 200).length).to.equal(1);
      expect(answers.filter(isRefused)).to.have.length(1);
      const won = answers.find(({ status }) => status === 200)?.body.refresh_token;
      expect(isRefused(await client.refresh(won))).to.equal(true);
    }
  });
});
