import { expect } from 'chai';
import { decodeJwt } from 'jose';
import type { LogoutEntry } from '../../src/domain/logout-deliveries/entry-store.ts';
import type { Clock } from '../../src/kernel/clock.ts';
import { createLogger } from '../../src/log.ts';
import { commitWrites } from '../../src/storage/unit-of-work.ts';
import { fixtures } from './evidence/fixture.ts';
import { type LogoutReceiver, startLogoutReceiver } from './logout-receiver.ts';
import { eventually } from './processes.ts';
import { auditTrail, type HandClient, handClient, type Person, tokensFor } from './protocol.ts';
import { WEB_CLIENT } from './relying-party.ts';
import { type Settings, startTestServer, type TestServer } from './server.ts';
import { UserAgent } from './user-agent.ts';

export const NOBODY = '0190a6c2-5f4e-7000-8000-000000000001';
const SECRET_IN_URI = 'tenant-key-that-no-log-may-tell';

/** A server, its applications with what receives their logout tokens, and a clock that the test moves: to be called in a `describe`. */
export function useBackChannelLogout() {
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
      server.app.lifecycle.access.endAll(tx, id, 'everywhere', { actor: { kind: 'system' } }),
    );
  /** So many sessions of nobody's, of a client, that have ended. */
  const enqueue = (clientId: string, count = 1) =>
    commitWrites(fixtures(server.app.database), [
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

  return {
    get server() {
      return server;
    },
    get person() {
      return person;
    },
    get receivers() {
      return receivers;
    },
    get ahead() {
      return ahead;
    },
    set ahead(value) {
      ahead = value;
    },
    clock,
    later,
    start,
    application,
    signedIn,
    entries,
    only,
    untilState,
    afterAttempt,
    events,
    endAll,
    enqueue,
    signOut,
  };
}
