import { createLogger } from '../../src/log.ts';
import { APPLICATION_REFUSED } from '../../src/wire/protocol.ts';
import {
  type AuditRow,
  eventsDuring,
  type HandClient,
  handClient,
  type Person,
  tokensFor,
} from './protocol.ts';
import { WEB_CLIENT } from './relying-party.ts';
import { type Settings, startTestServer, type TestServer } from './server.ts';
import { UserAgent } from './user-agent.ts';

/** A line of the log. */
export type Line = Record<string, unknown> & { readonly level: string; readonly msg: string };

/** What the log and the trail were told while something was done. */
export interface Told<T> {
  readonly told: Line[];
  readonly events: AuditRow[];
  readonly result: T;
}

/** A server whose log is read, with a client and a service of it: to be called in a `describe`. */
export function useRefusalLog(settings: Settings = {}) {
  const lines: Line[] = [];
  const setup = {} as { server: TestServer; client: HandClient; service: HandClient; person: Person };

  before(async () => {
    const write = (text: string) =>
      void lines.push(
        ...text
          .trim()
          .split('\n')
          .map((line) => JSON.parse(line)),
      );
    const log = createLogger({ server: { logLevel: 'info' } }, { write });
    setup.server = await startTestServer({ settings, replace: { log } });
    const { server } = setup;
    await server.addResource({
      identifier: 'https://records.example.org/',
      name: 'Records',
      scopes: ['records:read'],
    });
    setup.client = handClient(server.issuer, await server.addClient(WEB_CLIENT));
    const service = { grant_types: ['client_credentials'], redirect_uris: [], response_types: [] };
    setup.service = handClient(server.issuer, await server.addClient(service));
    setup.person = await server.addAccount();
  });
  after(() => setup.server.stop());

  async function during<T>(work: () => Promise<T>): Promise<Told<T>> {
    const from = lines.length;
    const { events, result } = await eventsDuring(setup.server, work);
    return { events, result, told: lines.slice(from).filter(({ msg }) => msg === APPLICATION_REFUSED) };
  }

  /** A code that was not redeemed. */
  async function code(): Promise<string> {
    const agent = new UserAgent();
    await tokensFor(setup.client, setup.person, { scope: 'openid' }, agent);
    const { location } = await agent.open(setup.client.authorizeUrl());
    return String(new URL(String(location)).searchParams.get('code'));
  }

  return Object.assign(setup, { lines, during, code });
}
