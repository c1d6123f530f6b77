import { expect } from 'chai';
import { WEB_CLIENT } from '../support/relying-party.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { UserAgent } from '../support/user-agent.ts';
import { FORM_SETTINGS } from './posted-factor-forms.ts';
import { basic, type Client, codeFor, directly, INNARDS } from './support.ts';

export const RECORDS = 'https://records.example.org';

/** Numbers at which dates, integers of either width, floats and parsers end. */
export const NUMBERS = [
  '0',
  '-0',
  '-1',
  '1.5',
  '.5',
  '1e3',
  '1e11',
  '1e300',
  '1e999',
  '-1e999',
  '0x10',
  '0b1',
  '0o7',
  '+5',
  ' 5',
  '5 ',
  '٣',
  '１２',
  'NaN',
  'Infinity',
  '-Infinity',
  '2147483647',
  '2147483648',
  '-2147483649',
  '4294967295',
  '4294967296',
  '8640000000001',
  '8640000000000001',
  '253402300800',
  '9007199254740991',
  '9007199254740993',
  '9223372036854775807',
  '9223372036854775808',
  '18446744073709551616',
  '99999999999999999999',
  '9'.repeat(400),
  '0'.repeat(400),
  `0.${'0'.repeat(400)}1`,
];

/** A server with somebody who is signed in, at which numbers are to do no harm, for the tests of a `describe`: call it inside. */
export function useHarmlessServer() {
  let server: TestServer;
  let client: Client;
  let signedIn: UserAgent;
  let person: Awaited<ReturnType<TestServer['addAccount']>>;
  const faults: string[] = [];

  before(async () => {
    server = await startTestServer({ settings: FORM_SETTINGS });
    client = await server.addClient({
      ...WEB_CLIENT,
      grant_types: ['authorization_code', 'refresh_token', 'client_credentials'],
    });
    await server.addResource({ identifier: RECORDS, name: 'Records', scopes: ['records:read'] });
    server.app.protocol.active.current.on('server_error', (_ctx, error) => faults.push(String(error)));
    person = await server.addAccount();
    signedIn = new UserAgent();
    await codeFor(server, client, person, {}, signedIn);
  });
  after(() => server.stop());
  afterEach(() => expect(faults).to.deep.equal([]));

  async function mustBeHarmless(what: string, answer: { status: number; body: string }) {
    // Who asks for the past of a status list is told that there is none.
    expect(answer.status === 501 ? 400 : answer.status, `${what}\n${answer.body.slice(0, 300)}`).to.be.below(
      500,
    );
    expect(answer.body, what).to.not.match(INNARDS);
  }
  async function send(path: string, init: RequestInit = {}) {
    const response = await fetch(`${directly(server)}${path}`, { redirect: 'manual', ...init });
    return { status: response.status, headers: response.headers, body: await response.text() };
  }
  const asClient = () => ({ authorization: basic(String(client.client_id), String(client.client_secret)) });

  return {
    get server() {
      return server;
    },
    get client() {
      return client;
    },
    get signedIn() {
      return signedIn;
    },
    get person() {
      return person;
    },
    ...{ mustBeHarmless, send, asClient },
  };
}
