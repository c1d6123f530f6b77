import { expect } from 'chai';
import { guess } from './guessing.ts';
import { DEFAULT_LIMITS } from './limits.ts';
import { type HandClient, handClient } from './protocol.ts';
import { WEB_CLIENT } from './relying-party.ts';
import { type Settings, startTestServer, type TestServer } from './server.ts';
import { type Page, UserAgent } from './user-agent.ts';

/** A server behind a proxy on this machine, so that tests can come from where they like. */
const PROXIED = { TRUSTED_PROXIES: '127.0.0.1,::1' };

/** A server with the limits that operators get, and a clock that the test moves: to be called in a `describe`. */
export function useLimitedServer() {
  /** A clock that tests move. */
  const clock = { offset: 0, now: () => new Date(Date.now() + clock.offset) };
  let server: TestServer;
  let client: HandClient;

  const start = async (settings: Settings = {}) => {
    server = await startTestServer({
      settings: { ...DEFAULT_LIMITS, MAX_FAILED_LOGIN_ATTEMPTS: '1000', ...PROXIED, ...settings },
      replace: { clock },
    });
    client = handClient(server.issuer, await server.addClient(WEB_CLIENT));
  };
  beforeEach(() => {
    clock.offset = 0;
  });

  const from = (address: string, headers = {}) => new UserAgent({ 'x-forwarded-for': address, ...headers });
  const open = (agent: UserAgent) => agent.open(client.authorizeUrl({ prompt: 'login' }));
  async function tryOnce(agent: UserAgent, given: { email: string; password: string }): Promise<Page> {
    return guess(agent, await open(agent), given);
  }
  const wrong = (email = `nobody-${Math.random()}@example.org`) => ({ email, password: 'not the password' });
  const exhaust = async (address: string, email?: string) => {
    for (let tries = 0; tries < 5; tries += 1) {
      expect((await tryOnce(from(address), wrong(email))).status).to.equal(401);
    }
  };

  return {
    get server() {
      return server;
    },
    get client() {
      return client;
    },
    clock,
    start,
    from,
    open,
    tryOnce,
    wrong,
    exhaust,
  };
}
