import { expect } from 'chai';
import type { App } from '../support/factors.ts';
import { type HandClient, handClient, type Person } from '../support/protocol.ts';
import { WEB_CLIENT } from '../support/relying-party.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { useTravel } from '../support/time.ts';
import { type Page, UserAgent } from '../support/user-agent.ts';

export const HOURS = 2 * 3_600;

/** A server whose sessions outlast what was shown in them, and somebody new for each test of a `describe`: call it inside. */
export function useOldEvidence() {
  const time = useTravel();
  let server: TestServer;
  let client: HandClient;
  let strict: HandClient;
  let person: Person & { name: string };
  before(async () => {
    server = await startTestServer({
      settings: {
        SESSION_TIMEOUT_MINUTES: '1440',
        SESSION_WARNING_MINUTES: '1439',
        SESSION_ABSOLUTE_SECONDS: '86400',
      },
      replace: { clock: time.clock },
    });
    const metadata = { ...WEB_CLIENT, first_party: true };
    client = handClient(server.issuer, await server.addClient(metadata));
    strict = handClient(server.issuer, await server.addClient({ ...metadata, second_factor: 'required' }));
  });
  after(() => server.stop());
  beforeEach(async () => {
    person = await server.addAccount({ name: 'Robin Reyes' });
  });

  const at = (path: string) => `${server.issuer}${path}`;
  const typePassword = async (agent: UserAgent, page: Page): Promise<Page> =>
    agent.follow(await agent.submit(page, { identifier: person.email, password: person.password }));
  const typeCode = async (agent: UserAgent, page: Page, code: string): Promise<Page> =>
    agent.follow(await agent.submit(page, { factor: 'totp', code }, '/factor'));

  async function signedIn(app?: App): Promise<UserAgent> {
    const agent = new UserAgent();
    const page = await typePassword(agent, await agent.open(at('/account')));
    if (app !== undefined) await typeCode(agent, page, await app.fresh());
    expect((await agent.get(at('/account'))).status).to.equal(200);
    return agent;
  }

  const asks = ({ forms }: Page): string =>
    forms.some(({ fields }) => 'password' in fields)
      ? 'password'
      : (forms.find(({ fields }) => 'factor' in fields)?.fields.factor ?? 'nothing');

  const factorsOf = async () => {
    const {
      own: { totp: authenticators, passkey: passkeys },
    } = await server.app.lifecycle.ownFactors.of(person.id);
    return authenticators.length + passkeys.length;
  };

  return {
    get server() {
      return server;
    },
    get client() {
      return client;
    },
    get strict() {
      return strict;
    },
    get person() {
      return person;
    },
    set person(other) {
      person = other;
    },
    ...{ time, at, typePassword, typeCode, signedIn, asks, factorsOf },
  };
}
