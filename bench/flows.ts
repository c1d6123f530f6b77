import { createHash, randomBytes } from 'node:crypto';
import {
  APP,
  APP_AUTHORIZATION,
  PASSWORD,
  REDIRECT_URI,
  RESOURCE,
  SERVICE_AUTHORIZATION,
} from './clients.ts';
import type { Answer, Connection } from './http.ts';

/** What users and services do, as the load generator does it. Each throws when an answer is not what it has to be. */

export interface Tokens {
  readonly access_token: string;
  readonly refresh_token: string;
  readonly id_token: string;
}

const VERIFIER = randomBytes(32).toString('base64url');
const CHALLENGE = createHash('sha256').update(VERIFIER).digest('base64url');

const AUTHORIZE = `/authorize?${new URLSearchParams({
  client_id: APP.client_id,
  response_type: 'code',
  scope: 'openid profile email',
  redirect_uri: REDIRECT_URI,
  code_challenge: CHALLENGE,
  code_challenge_method: 'S256',
})}`;

/** What a browser sends with every request. */
const BROWSER =
  'Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8\r\nAccept-Language: en-GB,en;q=0.5\r\n' +
  'User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0\r\n';

const CLIENT_CREDENTIALS = new URLSearchParams({
  grant_type: 'client_credentials',
  scope: 'read',
  resource: RESOURCE,
}).toString();

function expectStatus(answer: Answer, status: number, what: string): Answer {
  if (answer.status !== status) {
    throw new Error(
      `${what}: ${answer.status} instead of ${status}\n${answer.head}\n\n${answer.body.slice(0, 500)}`,
    );
  }
  return answer;
}

/** Cookies of one browser. Paths are not looked at: a cookie too many does no harm. */
class Cookies {
  readonly #values: Map<string, string>;

  constructor(values: Iterable<[string, string]> = []) {
    this.#values = new Map(values);
  }

  /** What is left when the browser was closed and the session is over: the mark of a known device. */
  lasting(): Cookies {
    return new Cookies([...this.#values].filter(([name]) => name.includes('device')));
  }

  take({ head }: Answer): void {
    for (const [, name = '', value = ''] of head.matchAll(/^set-cookie: ([^=]+)=([^;\r]*)/gim)) {
      if (value === '') this.#values.delete(name);
      else this.#values.set(name, value);
    }
  }

  get header(): string {
    const pairs = [...this.#values].map(([name, value]) => `${name}=${value}`);
    return pairs.length === 0 ? BROWSER : `${BROWSER}Cookie: ${pairs.join('; ')}\r\n`;
  }
}

function locationOf({ head }: Answer): string {
  const location = /^location: (\S+)/im.exec(head)?.[1] ?? '';
  if (location.startsWith('/') || location.startsWith(REDIRECT_URI)) return location;
  const url = new URL(location);
  return `${url.pathname}${url.search}`;
}

/** A sign-in that has come to the page: what is needed to submit its form. */
export interface OpenPage {
  readonly path: string;
  readonly csrf: string;
  readonly cookies: Cookies;
}

/** Comes from the application and is sent to the sign-in page. */
export async function beginSignIn(connection: Connection, cookies = new Cookies()) {
  const started = await connection.request(AUTHORIZE, { headers: cookies.header });
  cookies.take(expectStatus(started, 303, 'authorize'));
  return { path: locationOf(started), cookies };
}

/** From the application to the sign-in page. */
export async function openPage(connection: Connection, cookies?: Cookies): Promise<OpenPage> {
  return readPage(connection, await beginSignIn(connection, cookies));
}

async function readPage(
  connection: Connection,
  { path, cookies }: Pick<OpenPage, 'path' | 'cookies'>,
): Promise<OpenPage> {
  const page = await connection.request(path, { headers: cookies.header });
  cookies.take(expectStatus(page, 200, 'sign-in page'));
  return { path, csrf: /name="csrf"[^>]*value="([^"]*)"/.exec(page.body)?.[1] ?? '', cookies };
}

/** Submits the form of the page and answers what came back. */
export async function submitForm(
  connection: Connection,
  { path, csrf, cookies }: OpenPage,
  identifier: string,
  password: string,
): Promise<Answer> {
  const form = new URLSearchParams({ identifier, password, csrf }).toString();
  const answer = await connection.request(path, { headers: cookies.header, form });
  cookies.take(answer);
  return answer;
}

/** Somebody who has an account, and their browser. */
export interface Person {
  readonly identifier: string;
  browser: Cookies;
}

export const newPerson = (identifier: string): Person => ({ identifier, browser: new Cookies() });

/** A complete sign-in: page, password, code, tokens; with the code of an app in between, where one is given. */
export async function signIn(connection: Connection, person: Person, appCode?: string): Promise<Tokens> {
  const page = await openPage(connection, person.browser.lasting());
  const submitted = await submitForm(connection, page, person.identifier, PASSWORD);
  person.browser = page.cookies;
  const next = locationOf(expectStatus(submitted, 303, 'password'));
  const resume = appCode === undefined ? next : await showCode(connection, next, page.cookies, appCode);
  const resumed = await connection.request(resume, { headers: page.cookies.header });
  const callback = new URL(locationOf(expectStatus(resumed, 303, 'resume')), REDIRECT_URI);
  const code = callback.searchParams.get('code') ?? '';
  const form = new URLSearchParams({
    grant_type: 'authorization_code',
    code,
    redirect_uri: REDIRECT_URI,
    code_verifier: VERIFIER,
  }).toString();
  const answer = await connection.request('/token', { headers: APP_AUTHORIZATION, form });
  return JSON.parse(expectStatus(answer, 200, 'token').body) as Tokens;
}

/** From the page that asks for the code of an app to where the sign-in goes on. */
async function showCode(
  connection: Connection,
  path: string,
  cookies: Cookies,
  code: string,
): Promise<string> {
  const { csrf } = await readPage(connection, { path, cookies });
  const form = new URLSearchParams({ csrf, factor: 'totp', code }).toString();
  const answer = await connection.request(`${path}/factor`, { headers: cookies.header, form });
  cookies.take(answer);
  return locationOf(expectStatus(answer, 303, 'code'));
}

export async function clientCredentials(connection: Connection): Promise<void> {
  const answer = await connection.request('/token', {
    headers: SERVICE_AUTHORIZATION,
    form: CLIENT_CREDENTIALS,
  });
  expectStatus(answer, 200, 'client_credentials');
}

export async function introspect(connection: Connection, token: string): Promise<void> {
  const answer = await connection.request('/token/introspect', {
    headers: APP_AUTHORIZATION,
    form: `token=${token}&token_type_hint=access_token`,
  });
  expectStatus(answer, 200, 'introspection');
  if (!answer.body.includes('"active":true')) throw new Error(`introspection: ${answer.body}`);
}

export async function userinfo(connection: Connection, token: string): Promise<void> {
  expectStatus(
    await connection.request('/userinfo', { headers: `Authorization: Bearer ${token}\r\n` }),
    200,
    'userinfo',
  );
}

/** Answers the next refresh token. */
export async function refresh(connection: Connection, token: string): Promise<string> {
  const form = `grant_type=refresh_token&refresh_token=${token}`;
  const answer = await connection.request('/token', { headers: APP_AUTHORIZATION, form });
  return (JSON.parse(expectStatus(answer, 200, 'refresh').body) as Tokens).refresh_token;
}

export async function fetchDocument(connection: Connection, path: string): Promise<void> {
  expectStatus(await connection.request(path), 200, path);
}
