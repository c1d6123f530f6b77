import { expect } from 'chai';
import { type Answer, answerOf, type HandClient, handClient, tokensFor } from './protocol.ts';
import { WEB_CLIENT } from './relying-party.ts';
import { startTestServer, type TestServer } from './server.ts';
import { UserAgent } from './user-agent.ts';

export const clock = { offset: 0, now: () => new Date(Date.now() + clock.offset) };
export const MINUTE = 60_000;
export const RECORDS = 'https://records.example.org';

/** A server, and applications that ask it for the deadlines of a session: to be called in a `describe`. */
export function useSessionStatus() {
  let server: TestServer;
  let client: HandClient;

  before(async () => {
    const settings = {
      SESSION_POLICIES: '{"matron": {"timeoutMinutes": 5}}',
      // So that the same token can be shown after the session's time.
      ACCESS_TOKEN_SECONDS: '3600',
    };
    server = await startTestServer({ settings, replace: { clock } });
    await server.addResource({
      identifier: RECORDS,
      name: 'Records',
      scopes: ['records'],
      token_seconds: 3600,
    });
    client = await newClient();
  });
  after(() => server.stop());
  beforeEach(() => {
    clock.offset = 0;
  });

  const newClient = async (metadata = {}) =>
    handClient(server.issuer, await server.addClient({ ...WEB_CLIENT, ...metadata }));

  const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
  const ask = async (token: string, headers = {}): Promise<Answer> =>
    answerOf(await fetch(`${server.issuer}/session`, { headers: { ...bearer(token), ...headers } }));
  const use = async (token: string, init: RequestInit = {}): Promise<Answer> =>
    answerOf(
      await fetch(`${server.issuer}/session/activity`, {
        method: 'POST',
        ...init,
        headers: { ...bearer(token), ...init.headers },
      }),
    );

  async function signedIn(by = client, given: { roles?: string[] } = {}, parameters = {}) {
    const person = await server.addAccount(given);
    const agent = new UserAgent();
    const tokens = await tokensFor(by, person, parameters, agent);
    return { person, agent, tokens, token: String(tokens.access_token) };
  }

  const KINDS = {
    opaque: {},
    JWT: { scope: 'openid records', resource: RECORDS },
  };

  /** In seconds from the answer's own time. */
  const ahead = ({ body: { now, ...deadlines } }: Answer) =>
    Object.fromEntries(
      Object.entries(deadlines).map(([name, at]) => [name, Math.round((at - now) / 10) * 10]),
    );

  function expectRefusal(answer: Answer, status: number, error: string): void {
    expect(answer.status).to.equal(status);
    expect(answer.body).to.include({ error });
    const challenge = answer.headers.get('www-authenticate');
    expect(challenge)
      .to.match(/^Bearer realm="http:\/\/localhost:\d+", error="/)
      .and.include(`error="${error}"`);
    expect(answer.headers.get('cache-control')).to.equal('no-store');
  }

  return {
    get server() {
      return server;
    },
    get client() {
      return client;
    },
    newClient,
    bearer,
    ask,
    use,
    signedIn,
    KINDS,
    ahead,
    expectRefusal,
  };
}
