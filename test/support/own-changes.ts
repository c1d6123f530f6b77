import { addSeconds } from '../../src/kernel/clock.ts';
import { auditTrail, type Person } from './protocol.ts';
import { startTestServer, type TestServer } from './server.ts';
import { type Page, UserAgent } from './user-agent.ts';

export const NEW_PASSWORD = 'marble otters juggle quietly';

/** A server, and for each test a person who changes something about themselves: to be called in a `describe`. */
export function useOwnChanges() {
  let server: TestServer;
  let person: Person;
  let late = 0;
  before(async () => {
    server = await startTestServer({
      settings: { RATE_LIMIT_PASSWORD_CHANGE_PER_PERSON: '', RATE_LIMIT_ADDRESS_CHANGE_PER_PERSON: '' },
      replace: { clock: { now: () => addSeconds(new Date(), late) } },
    });
  });
  after(() => server.stop());
  beforeEach(async () => {
    late = 0;
    person = await server.addAccount({ name: 'Robin Reyes' });
  });

  const at = (path: string) => `${server.issuer}${path}`;
  async function signedIn(password = person.password, identifier = person.email): Promise<UserAgent> {
    const agent = new UserAgent();
    await agent.follow(await agent.submit(await agent.open(at('/account')), { identifier, password }));
    return agent;
  }
  const isSignedIn = async (agent: UserAgent) => (await agent.get(at('/account'))).status === 200;
  const stored = async () => {
    const account = await server.app.accounts.store.findById(person.id);
    if (account === undefined) throw new Error('the account is gone');
    return account;
  };
  const events = async (type: string) =>
    (await auditTrail(server)).filter((event) => event.type === type && event.account === person.id);
  const change = async (agent: UserAgent, path: string, fields: Record<string, string>): Promise<Page> =>
    agent.submit(await agent.get(at(path)), fields, path);

  return {
    get server() {
      return server;
    },
    get person() {
      return person;
    },
    get late() {
      return late;
    },
    set late(value) {
      late = value;
    },
    at,
    signedIn,
    isSignedIn,
    stored,
    events,
    change,
  };
}
