import { type AuditRow, eventsDuring, type HandClient, handClient, type Person } from './protocol.ts';
import { WEB_CLIENT } from './relying-party.ts';
import { startTestServer, type TestServer } from './server.ts';
import { UserAgent } from './user-agent.ts';

export const RECORDS = 'https://records.example.org';

/** A server, a person and a client, and what the audit trail tells of them: to be called in a `describe`. */
export function useAuditedServer() {
  let server: TestServer;
  let person: Person;
  let client: HandClient;

  before(async () => {
    server = await startTestServer();
    person = await server.addAccount();
    client = handClient(server.issuer, await server.addClient(WEB_CLIENT));
    await server.addResource({ identifier: RECORDS, name: 'Records', scopes: ['records:read'] });
  });
  after(() => server.stop());

  const types = (events: readonly AuditRow[]) => events.map(({ type }) => type);
  const browser = () => new UserAgent({ 'user-agent': 'Test browser/1.0' });
  const during = <T>(work: () => Promise<T>) => eventsDuring(server, work);

  return {
    get server() {
      return server;
    },
    get person() {
      return person;
    },
    get client() {
      return client;
    },
    types,
    browser,
    during,
  };
}
