import type { Account } from '../../src/domain/accounts/store.ts';
import { typePassword } from '../support/factors.ts';
import { type HandClient, handClient } from '../support/protocol.ts';
import { WEB_CLIENT } from '../support/relying-party.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { UserAgent } from '../support/user-agent.ts';

export type Someone = Account & { password: string };

/** A server that second factors are attacked at, for the tests of a `describe`: call it inside. */
export function useAttacked() {
  let server: TestServer;
  let client: HandClient;

  /** With these settings, for the tests of this block. */
  function serverWith(settings: Record<string, string>): void {
    before(async () => {
      server = await startTestServer({ settings });
      client = handClient(server.issuer, await server.addClient(WEB_CLIENT));
    });
    after(() => server.stop());
  }

  /** With a lockout after so many failures, for the tests of this block. */
  const lockingAfter = (failures: string) => serverWith({ MAX_FAILED_LOGIN_ATTEMPTS: failures });

  async function begin(person: Someone) {
    const agent = new UserAgent();
    const page = await typePassword(agent, await agent.open(client.authorizeUrl()), person);
    return { agent, page };
  }

  return {
    get server() {
      return server;
    },
    get client() {
      return client;
    },
    ...{ serverWith, lockingAfter, begin },
  };
}
