import { expect } from 'chai';
import { type HandClient, handClient, type Person, tokensFor } from './protocol.ts';
import { WEB_CLIENT } from './relying-party.ts';
import { startTestServer, type TestServer } from './server.ts';
import { type SessionRow, sessionsOf } from './sessions.ts';
import { type Page, UserAgent } from './user-agent.ts';

export const clock = { offset: 0, now: () => new Date(Date.now() + clock.offset) };
export const MINUTE = 60_000;
export const WARD = '10.20.0.5';
export const ELSEWHERE = '203.0.113.7';

/** A server with a network of workstations that people share: to be called in a `describe`. */
export function useSharedWorkstation() {
  let server: TestServer;
  let client: HandClient;
  let wardClient: HandClient;

  before(async () => {
    server = await startTestServer({
      settings: {
        TRUSTED_PROXIES: '127.0.0.1,::1',
        SHARED_WORKSTATION_NETWORKS: '10.20.0.0/16',
        TRUSTED_DEVICE_DAYS: '30',
        MAX_FAILED_LOGIN_ATTEMPTS: '3',
        SESSION_POLICIES: '{"hasty": {"timeoutMinutes": 2}}',
      },
      replace: { clock },
    });
    client = await newClient();
    wardClient = await newClient({ shared_workstation: true });
  });
  after(() => server.stop());
  beforeEach(() => {
    clock.offset = 0;
  });

  const newClient = async (metadata = {}) =>
    handClient(server.issuer, await server.addClient({ ...WEB_CLIENT, ...metadata }));
  const at = (address: string) => new UserAgent({ 'x-forwarded-for': address });
  const account = (agent: UserAgent, headers = {}) => agent.get(`${server.issuer}/account`, headers);
  const only = async ({ id }: Person): Promise<SessionRow> => {
    const rows = await sessionsOf(server, id);
    expect(rows).to.have.length(1);
    return rows[0] as SessionRow;
  };
  const idleMinutes = ({ idle_expires_at: until, last_active_at: since }: SessionRow) =>
    Math.round((until.getTime() - since.getTime()) / MINUTE);
  const cookies = async (agent: UserAgent) => agent.jar.getCookies(server.issuer);
  const isOffered = (page: Page) => page.forms.some(({ action }) => action.endsWith('/switch'));
  const newDeviceMails = ({ id }: Person) =>
    server.app.database.query(`select 1 from mail_outbox where kind = 'new-device' and account_id = $1`, [
      id,
    ]);

  async function signedIn(address: string, by = client, given: { roles?: string[] } = {}) {
    const person = await server.addAccount(given);
    const agent = at(address);
    const tokens = await tokensFor(by, person, {}, agent);
    return { person, agent, tokens };
  }

  return {
    get server() {
      return server;
    },
    get client() {
      return client;
    },
    get wardClient() {
      return wardClient;
    },
    newClient,
    at,
    account,
    only,
    idleMinutes,
    cookies,
    isOffered,
    newDeviceMails,
    signedIn,
  };
}
