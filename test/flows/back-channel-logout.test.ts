import { expect } from 'chai';
import { decodeJwt, decodeProtectedHeader } from 'jose';
import { clients } from '../../src/administration/clients.ts';
import { people } from '../../src/administration/people/index.ts';
import type { LogoutEntry } from '../../src/domain/logout-deliveries/entry-store.ts';
import type { Clock } from '../../src/kernel/clock.ts';
import { createLogger } from '../../src/log.ts';
import { commitWrites, UnitConflict } from '../../src/storage/unit-of-work.ts';
import { asOwner } from '../security/support.ts';
import { act } from '../support/administration.ts';
import { type LogoutReceiver, startLogoutReceiver } from '../support/logout-receiver.ts';
import { eventually } from '../support/processes.ts';
import { auditTrail, type HandClient, handClient, type Person, tokensFor } from '../support/protocol.ts';
import { WEB_CLIENT } from '../support/relying-party.ts';
import { type Settings, startTestServer, type TestServer } from '../support/server.ts';
import { UserAgent } from '../support/user-agent.ts';

const NOBODY = '0190a6c2-5f4e-7000-8000-000000000001';
const SECRET_IN_URI = 'tenant-key-that-no-log-may-tell';

describe('applications that are told of the end of a session', function backChannel() {
  this.timeout(30_000);
  let server: TestServer;
  let person: Person;
  let receivers: LogoutReceiver[];
  let ahead: number;
  let lines: string[];

  const clock: Clock = { now: () => new Date(Date.now() + ahead) };
  /** Moves the clock of the server and has it look at what waits. */
  const later = (seconds: number) => {
    ahead += seconds * 1000;
    server.app.jobs.wake('deliver-logouts');
  };

  async function start(settings: Settings = {}) {
    const log = createLogger({ server: { logLevel: 'trace' } }, { write: (line) => void lines.push(line) });
    server = await startTestServer({
      settings: { LOGOUT_TIMEOUT_SECONDS: '2', ...settings },
      replace: { clock, log },
    });
    person = await server.addAccount();
  }
  beforeEach(() => {
    receivers = [];
    ahead = 0;
    lines = [];
  });
  afterEach(async () => {
    await server.stop();
    await Promise.all(receivers.map((receiver) => receiver.close()));
    expect(lines.join(''), 'nothing secret is logged').to.not.match(/eyJ[\w-]{8}|logout_token/u);
    expect(lines.join('')).to.not.include(SECRET_IN_URI);
  });

  async function application(metadata: Record<string, unknown> = {}) {
    const receiver = await startLogoutReceiver();
    receivers.push(receiver);
    const registration = await server.addClient({
      ...WEB_CLIENT,
      backchannel_logout_uri: `${receiver.uri}?key=${SECRET_IN_URI}`,
      ...metadata,
    });
    const client = handClient(server.issuer, registration);
    const algorithm = metadata.id_token_signed_response_alg;
    receiver.expect({
      id: client.id,
      issuer: server.issuer,
      ...(typeof algorithm === 'string' ? { algorithm } : {}),
    });
    return { client, receiver };
  }
  const signedIn = async (client: HandClient, agent = new UserAgent()) => {
    const tokens = await tokensFor(client, person, {}, agent);
    return { agent, tokens, sid: String(decodeJwt(tokens.id_token).sid) };
  };
  const entries = (): Promise<LogoutEntry[]> => server.app.logouts.outbox.list({ limit: 200 });
  const only = async (): Promise<LogoutEntry> => {
    const [entry, ...rest] = await entries();
    expect(rest).to.deep.equal([]);
    return entry as LogoutEntry;
  };
  const untilState = (state: LogoutEntry['state'], count = 1) =>
    eventually(`${count} are ${state}`, async () => {
      const list = await entries();
      return list.length === count && list.every((entry) => entry.state === state);
    });
  /** After a failed attempt the notice waits without anybody at it. */
  const afterAttempt = async (attempts: number) => {
    await eventually(`attempt ${attempts} has failed`, async () => {
      const entry = await only();
      return entry.attempts === attempts && !entry.sending;
    });
    return only();
  };
  const events = async (prefix: string) =>
    (await auditTrail(server)).filter(({ type }) => type.startsWith(prefix));
  const endAll = (id = person.id) =>
    server.app.database.transaction((tx) =>
      server.app.lifecycle.access.endAll(tx, id, 'everywhere', { actor: 'test' }),
    );
  /** So many sessions of nobody's, of a client, that have ended. */
  const enqueue = (clientId: string, count = 1) =>
    commitWrites(server.app.database, [
      server.app.logouts.outbox.enqueue(
        (parameter) => `
          select null::text as session_uid, ${parameter(clientId)}::text as client_id, '${NOBODY}' as account_id,
            'sid-' || n as sid from generate_series(1, ${parameter(count)}::int) as n`,
      ),
    ]);
  const signOut = async (agent: UserAgent, fields: Record<string, string>, query = '') => {
    const page = await agent.open(`${server.issuer}/logout${query}`);
    const form = page.forms.find(({ action }) => action.endsWith('/confirm'));
    return agent.post(String(form?.action), { xsrf: String(form?.fields.xsrf), ...fields });
  };

  describe('when it ends', () => {
    it('by sign-out: each by its own sid, once, signed as its ID tokens are, and it is on record', async () => {
      await start();
      const one = await application();
      const other = await application({ id_token_signed_response_alg: 'ES256' });
      const silent = handClient(server.issuer, await server.addClient(WEB_CLIENT));
      const agent = new UserAgent();
      const sids = [(await signedIn(one.client, agent)).sid, (await signedIn(other.client, agent)).sid];
      await signedIn(silent, agent);
      const bystander = await signedIn(one.client);

      expect((await signOut(agent, { logout: 'yes' })).status).to.equal(303);
      await Promise.all([one.receiver.until(1), other.receiver.until(1)]);
      await untilState('delivered', 2);
      for (const [index, { receiver, client }] of [one, other].entries()) {
        expect(receiver.requests).to.have.length(1);
        const [claims] = receiver.accepted;
        expect(claims).to.have.keys('iss', 'aud', 'iat', 'exp', 'jti', 'events', 'sub', 'sid');
        expect(claims).to.include({ sub: person.id, sid: sids[index], aud: client.id });
      }
      expect((await one.client.userinfo(bystander.tokens.access_token)).status).to.equal(200);
      const told = await events('logout.');
      expect(told.map(({ client }) => client)).to.have.members([one.client.id, other.client.id]);
      const [ended] = await events('sign_out.');
      for (const event of told) {
        expect(event).to.include({
          type: 'logout.delivered',
          outcome: 'success',
          actor: 'system',
          account: person.id,
        });
        expect(event.session).to.equal(ended?.session);
        expect(event.details).to.include({ attempts: 1 });
      }
    });

    it('by leaving one application: that one, and no other', async () => {
      await start();
      const [one, other] = [await application(), await application()];
      const agent = new UserAgent();
      const { tokens } = await signedIn(one.client, agent);
      await signedIn(other.client, agent);
      await signOut(agent, {}, `?id_token_hint=${tokens.id_token}`);
      await one.receiver.until(1);
      await untilState('delivered');
      expect(other.receiver.requests).to.deep.equal([]);
    });

    it('by somebody who ends all of a person’s, all but one, or one application’s', async () => {
      await start();
      const { client, receiver } = await application();
      const { app } = server;
      const kept = await signedIn(client);
      const ended = [await signedIn(client), await signedIn(client)];
      const [row] = await app.database.query<{ uid: string }>(
        `select session_uid as uid from oidc_artifacts, jsonb_each(payload -> 'authorizations') as c
         where model = 'Session' and c.value ->> 'sid' = $1`,
        [kept.sid],
      );
      await app.database.transaction((tx) =>
        app.lifecycle.access.endOthers(tx, person.id, String(row?.uid), 'everywhere', { actor: 'test' }),
      );
      await receiver.until(2);
      expect(receiver.accepted.map(({ sid }) => sid)).to.have.members(ended.map(({ sid }) => sid));
      expect((await client.userinfo(kept.tokens.access_token)).status).to.equal(200);

      await app.database.transaction((tx) => app.lifecycle.access.endForClient(tx, person.id, client.id));
      await receiver.until(3);
      expect(receiver.accepted[2]?.sid).to.equal(kept.sid);

      const last = await signedIn(client);
      const stranger = await server.addAccount();
      await endAll(stranger.id);
      await endAll();
      await eventually('the last is told', async () => receiver.accepted.some(({ sid }) => sid === last.sid));
      expect((await entries()).every(({ accountId }) => accountId === person.id)).to.equal(true);
    });

    it('after the commit, and not at all where there is none', async () => {
      await start();
      const { client, receiver } = await application();
      await signedIn(client);
      const {
        database,
        lifecycle: { access },
        logouts: { outbox: logouts },
      } = server.app;
      const undone = await database
        .transaction(async (tx) => {
          await access.endAll(tx, person.id, 'everywhere', { actor: 'test' });
          throw new Error('undone');
        })
        .catch((error: Error) => error.message);
      expect(undone).to.equal('undone');
      const lost = commitWrites(database, [
        logouts.enqueue(
          () =>
            `select 's' as session_uid, '${client.id}' as client_id, '${NOBODY}' as account_id, 'x' as sid`,
        ),
        { sql: () => 'delete from clients where false returning 1', otherwise: 'lost' },
      ]);
      expect(await lost.catch((error: Error) => error)).to.be.instanceOf(UnitConflict);
      expect(await entries()).to.deep.equal([]);

      await database.transaction(async (tx) => {
        await access.endAll(tx, person.id, 'everywhere', { actor: 'test' });
        server.app.jobs.wake('deliver-logouts');
        await new Promise((resolve) => setTimeout(resolve, 200));
        expect(receiver.requests).to.deep.equal([]);
      });
      await receiver.until(1);
    });

    it('not by a sign-out that fails, and by ten at once for certain', async () => {
      await start();
      const { client, receiver } = await application();
      const { agent, sid } = await signedIn(client);
      const page = await agent.open(`${server.issuer}/logout`);
      const form = page.forms.find(({ action }) => action.endsWith('/confirm'));
      const confirm = () =>
        agent.post(String(form?.action), { xsrf: String(form?.fields.xsrf), logout: 'yes' });
      await asOwner(server, (owner) => owner.query('alter table audit_events rename to broken'));
      const broken = await confirm();
      await asOwner(server, (owner) => owner.query('alter table broken rename to audit_events'));
      expect(broken.status).to.be.at.least(500);
      expect(await entries()).to.deep.equal([]);
      expect((await agent.get(`${server.issuer}/account`)).status, 'still signed in').to.equal(200);

      await Promise.all(Array.from({ length: 10 }, confirm));
      await receiver.until(1);
      await eventually('all is delivered', async () =>
        (await entries()).every(({ state }) => state === 'delivered'),
      );
      expect(new Set(receiver.accepted.map((claims) => claims.sid))).to.deep.equal(new Set([sid]));
      expect(receiver.requests.every(({ broken: rule }) => rule === undefined)).to.equal(true);
    });

    it('whatever key signs when it is told', async () => {
      await start();
      const { client, receiver } = await application({ id_token_signed_response_alg: 'EdDSA' });
      receiver.behave((answer) => answer.writeHead(503).end() !== undefined);
      await enqueue(client.id);
      await afterAttempt(1);
      const { generation } = server.app.protocol.active;
      await server.app.database.transaction((tx) => server.app.keys.store.rotate(tx, 'EdDSA', 0));
      await eventually('it signs', async () => server.app.protocol.active.generation > generation);
      receiver.behave(undefined);
      later(10);
      await receiver.until(1);
      const [old, young] = receiver.requests.map(({ token }) => decodeProtectedHeader(token).kid);
      expect(old).to.not.equal(young);
    });

    it('of an account that is deleted: its applications still learn of it', async () => {
      await start();
      const { client, receiver } = await application();
      receiver.behave((answer) => answer.writeHead(503).end() !== undefined);
      const { sid } = await signedIn(client);
      await act(server.app, people.delete, { person: person.email });
      await afterAttempt(1);
      receiver.behave(undefined);
      later(10);
      await receiver.until(1);
      expect(receiver.accepted[0]).to.include({ sub: person.id, sid });
    });

    it('of a client that is no more: nothing is sent to where it was', async () => {
      await start();
      const { client, receiver } = await application();
      receiver.behave((answer) => answer.writeHead(503).end() !== undefined);
      await signedIn(client);
      await endAll();
      await afterAttempt(1);
      await act(server.app, clients.delete, { client: client.id });
      expect(await entries()).to.deep.equal([]);

      const gone = await application();
      gone.receiver.behave((answer) => answer.writeHead(503).end() !== undefined);
      await enqueue(gone.client.id);
      await afterAttempt(1);
      await server.app.database.query('delete from clients where id = $1', [gone.client.id]);
      await eventually('it is forgotten here', async () => {
        return (await server.app.clients.store.find(gone.client.id)) === undefined;
      });
      later(10);
      await untilState('given_up');
      expect((await only()).problem).to.include('client_gone');
      expect(gone.receiver.requests).to.have.length(1);
      expect((await events('logout.failed'))[0]?.details).to.include({ reason: 'client_gone' });
    });
  });

  describe('where it cannot be told at once', () => {
    it('is told again, later and later, with a token of its own each time', async () => {
      await start();
      const { client, receiver } = await application();
      receiver.behave((answer, request) => {
        if (request > 3) return false;
        answer.writeHead(request === 2 ? 500 : 503).end('an error page');
        return true;
      });
      await enqueue(client.id);
      const waits: number[] = [];
      for (const attempt of [1, 2, 3]) {
        const { nextAttemptAt, problem } = await afterAttempt(attempt);
        waits.push((nextAttemptAt.getTime() - clock.now().getTime()) / 1000);
        expect(problem).to.equal(`answered ${attempt === 2 ? 500 : 503}`);
        later(30);
      }
      await receiver.until(1);
      await untilState('delivered');
      expect(await only())
        .to.include({ attempts: 4 })
        .and.not.have.property('problem');
      for (const [index, wait] of waits.entries()) {
        expect(wait).to.be.within(5 * 2 ** index * 0.8 - 1, 5 * 2 ** index * 1.2);
      }
      expect(new Set(receiver.requests.map(({ claims }) => claims?.jti)).size).to.equal(4);
    });

    it('waits as long as it is asked to', async () => {
      await start();
      const { client, receiver } = await application();
      receiver.behave((answer) => answer.writeHead(429, { 'retry-after': '120' }).end() !== undefined);
      await enqueue(client.id);
      const { nextAttemptAt } = await afterAttempt(1);
      expect((nextAttemptAt.getTime() - clock.now().getTime()) / 1000).to.be.within(110, 121);
    });

    it('is given up after about an hour, which is on record', async () => {
      await start();
      const { client, receiver } = await application();
      await receiver.close();
      await enqueue(client.id);
      const began = ahead;
      for (let attempt = 1; attempt <= 13; attempt += 1) {
        await eventually(`attempt ${attempt}`, async () => {
          const entry = await only();
          return entry.attempts === attempt && !entry.sending;
        });
        const { nextAttemptAt, state } = await only();
        if (state === 'waiting')
          later(Math.max(0, (nextAttemptAt.getTime() - clock.now().getTime()) / 1000) + 0.01);
      }
      await untilState('given_up');
      expect((await only()).problem).to.match(/^exhausted: no connection: ECONN/u);
      expect((ahead - began) / 60_000).to.be.within(45, 75);
      const [event] = await events('logout.');
      expect(event).to.include({ type: 'logout.failed', outcome: 'failure', client: client.id });
      expect(event?.details).to.include({ reason: 'exhausted', attempts: 13 });
    });

    it('is given up when it refuses twice', async () => {
      await start();
      const { client, receiver } = await application();
      receiver.behave((answer) => answer.writeHead(400).end(JSON.stringify({ error: 'no' })) !== undefined);
      await enqueue(client.id);
      expect(await afterAttempt(1)).to.include({ state: 'waiting', refusals: 1 });
      later(10);
      await untilState('given_up');
      expect((await only()).problem).to.equal('refused: answered 400');
      expect(receiver.requests).to.have.length(2);
    });

    it('is not followed to where it redirects', async () => {
      await start();
      const { client, receiver } = await application();
      const elsewhere = await startLogoutReceiver();
      receivers.push(elsewhere);
      receiver.behave((answer) => answer.writeHead(307, { location: elsewhere.uri }).end() !== undefined);
      await enqueue(client.id);
      expect((await afterAttempt(1)).problem).to.equal('answered 307');
      expect(elsewhere.requests).to.deep.equal([]);
    });

    it('is cut off when it takes too long, and not waited for once it has answered', async () => {
      await start({ LOGOUT_TIMEOUT_SECONDS: '1' });
      const { client, receiver } = await application();
      receiver.behave(() => true);
      await enqueue(client.id);
      expect((await afterAttempt(1)).problem).to.equal('no answer within 1 s');
      receiver.behave((answer) => {
        answer.writeHead(200).write('and so on');
        return true;
      });
      later(10);
      await untilState('delivered');
    });
  });

  it('are told few at a time each, whichever node does it, and none waits for another', async () => {
    await start({ LOGOUTS_PER_CLIENT: '3', LOGOUT_TIMEOUT_SECONDS: '20' });
    const [slow, quick] = [await application(), await application()];
    const second = await server.secondNode();
    try {
      let [now, most] = [0, 0];
      const waiting: (() => void)[] = [];
      slow.receiver.behave(async () => {
        now += 1;
        most = Math.max(most, now);
        await new Promise<void>((resolve) => waiting.push(resolve));
        now -= 1;
        return false;
      });
      await enqueue(slow.client.id, 40);
      await eventually('some are under way', async () => now === 3);
      await enqueue(quick.client.id, 20);
      await quick.receiver.until(20);
      expect(now).to.equal(3);
      const release = setInterval(() => {
        for (const resolve of waiting.splice(0)) resolve();
      }, 10);
      await slow.receiver.until(40).finally(() => clearInterval(release));
      await untilState('delivered', 60);
      expect(most).to.equal(3);
      expect(new Set(slow.receiver.accepted.map(({ sid }) => sid)).size).to.equal(40);
    } finally {
      await second.stop();
    }
  });

  it('are forgotten a week after', async () => {
    await start();
    const { client, receiver } = await application();
    await enqueue(client.id);
    await receiver.until(1);
    await untilState('delivered');
    ahead += 6 * 86_400_000;
    expect(await server.app.logouts.outbox.clear(10)).to.equal(0);
    ahead += 2 * 86_400_000;
    expect(await server.app.logouts.outbox.clear(10)).to.equal(1);
    expect(await entries()).to.deep.equal([]);
  });
});
