import { type Answer, type HandClient, handClient, type Person } from './protocol.ts';
import type { TestServer } from './server.ts';
import { type Page, UserAgent } from './user-agent.ts';

/** Devices without a browser, and the browsers in which their people sign them in (RFC 8628). */

export const DEVICE_GRANT = 'urn:ietf:params:oauth:grant-type:device_code';
export const DEVICE_SIGN_IN = { DEVICE_SIGN_IN: 'true' };

export const DEVICE_CLIENT = {
  client_name: 'Ward display',
  application_type: 'native',
  grant_types: [DEVICE_GRANT, 'refresh_token'],
  response_types: [],
  token_endpoint_auth_method: 'none',
  first_party: true,
};

export interface Codes {
  readonly device_code: string;
  readonly user_code: string;
}

export const deviceClient = async (server: TestServer, metadata = {}): Promise<HandClient> =>
  handClient(server.issuer, await server.addClient({ ...DEVICE_CLIENT, ...metadata }));

/** The codes that a device is given. */
export async function askForCodes(client: HandClient, fields = {}, headers = {}): Promise<Codes> {
  const { status, body } = await client.post(
    '/device-authorization',
    { scope: 'openid', ...fields },
    headers,
  );
  if (status !== 200) throw new Error(`no codes: ${status} ${JSON.stringify(body)}`);
  return body as Codes;
}

export const poll = (
  client: HandClient,
  { device_code }: Pick<Codes, 'device_code'>,
  headers = {},
): Promise<Answer> => client.post('/token', { grant_type: DEVICE_GRANT, device_code }, headers);

/** The page after a code was entered. */
export async function enterCode(agent: UserAgent, issuer: string, code: string): Promise<Page> {
  const page = await agent.get(`${issuer}/device`);
  return agent.follow(await agent.submit(page, { user_code: code }));
}

/** The same after the person has signed in with a password, where that was asked for. */
export async function toConfirmation(
  agent: UserAgent,
  issuer: string,
  code: string,
  { email: identifier, password }: Pick<Person, 'email' | 'password'>,
): Promise<Page> {
  const page = await enterCode(agent, issuer, code);
  if (!page.forms.some(({ fields }) => 'password' in fields)) return page;
  return agent.follow(await agent.submit(page, { identifier, password }));
}

export const answerWith = async (agent: UserAgent, page: Page, decision: 'allow' | 'deny'): Promise<Page> =>
  agent.follow(await agent.submit(page, { decision }, '/consent'));

/** A device that its person has signed in, in a browser of their own. */
export async function signedInDevice(
  server: TestServer,
  client: HandClient,
  person: Person,
  { agent = new UserAgent(), fields = {} } = {},
) {
  const codes = await askForCodes(client, fields);
  const page = await toConfirmation(agent, server.issuer, codes.user_code, person);
  const done = await answerWith(agent, page, 'allow');
  return { agent, codes, page, done };
}
