import { createHash, randomBytes } from 'node:crypto';
import { commitWrites } from '../../src/storage/unit-of-work.ts';
import { type Authenticator, createAuthenticator } from './authenticator.ts';
import { asFixture, fixture, fixtures } from './evidence/fixture.ts';
import type { Person } from './protocol.ts';
import type { TestServer } from './server.ts';
import { totpCode } from './totp.ts';
import type { Page, UserAgent } from './user-agent.ts';

/** People with second factors, and their browsers at the pages that ask for them. */

/** An authenticator app in somebody's hands. */
export interface App {
  readonly secret: string;
  /** A code that was not used before: in a test, time does not have to pass. */
  fresh(): Promise<string>;
  /** The code of this moment, whether or not it was used. */
  code(drift?: number): string;
}

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

const newSecret = () => [...randomBytes(32)].map((byte) => ALPHABET[byte % 32]).join('');

export async function addApp({ app }: TestServer, { id }: Pick<Person, 'id'>): Promise<App> {
  const secret = newSecret();
  await asFixture(app.database, (tx) => app.factors.totp.adopt(tx, [{ accountId: id, totpSecret: secret }]));
  const code = (drift = 0) => totpCode(secret, app.clock.now(), drift);
  return {
    secret,
    code,
    async fresh() {
      await fixture(app.database, 'update totp_authenticators set last_step = 0 where account_id = $1', [id]);
      return code();
    },
  };
}

export async function addRecoveryCodes(
  { app }: TestServer,
  { id }: Pick<Person, 'id'>,
): Promise<readonly string[]> {
  const { codes, writes } = await app.factors.recoveryCodes.generate(id);
  await commitWrites(fixtures(app.database), writes);
  return codes;
}

/** A passkey of the person, on an authenticator of its own. */
export async function addPasskey(
  { app, issuer }: TestServer,
  owner: { id: string; email: string; name: string },
  options: Partial<Parameters<typeof createAuthenticator>[0]> = {},
): Promise<Authenticator> {
  const authenticator = createAuthenticator({ origin: issuer, ...options });
  const binding = randomBytes(8).toString('hex');
  const answer = authenticator.create(await app.factors.ceremonies.registrationOptions(owner, binding));
  const made = await app.factors.ceremonies.verifyRegistration(owner, binding, answer);
  if ('refused' in made) throw new Error(`the passkey was refused: ${made.refused}`);
  await commitWrites(fixtures(app.database), made.writes);
  return authenticator;
}

/** What a device that its person trusts holds in its cookie is kept as its digest. */
export const digestOf = (deviceId: string): Buffer => createHash('sha256').update(deviceId).digest();

/** Name and password into the page of a sign-in. */
export const typePassword = async (
  agent: UserAgent,
  page: Page,
  { email: identifier, password }: Pick<Person, 'email' | 'password'>,
): Promise<Page> => agent.follow(await agent.submit(page, { identifier, password }));

export const asksFor = (page: Page): string | undefined =>
  page.forms.find(({ fields }) => 'factor' in fields)?.fields.factor;

/** A code into the page that asks for one; with `trust`, the device is to be trusted. */
export async function typeCode(
  agent: UserAgent,
  page: Page,
  code: string,
  { trust = false, factor }: { trust?: boolean; factor?: 'totp' | 'recovery_code' | 'temporary_code' } = {},
): Promise<Page> {
  const form = page.forms.find(({ fields }) => 'factor' in fields);
  if (form === undefined) throw new Error(`nothing asks for a code on ${page.url} (${page.status})`);
  const { trust: _box, ...fields } = form.fields;
  return agent.post(form.action, {
    ...fields,
    ...(factor === undefined ? {} : { factor }),
    code,
    ...(trust ? { trust: 'yes' } : {}),
  });
}

/** What the script of the page fetches before it asks the authenticator. */
export async function passkeyOptions(
  agent: UserAgent,
  page: Page,
): Promise<{ challenge: string; rpId?: string }> {
  const path = /data-options="([^"]+)"/u.exec(page.body)?.[1];
  if (path === undefined) throw new Error(`nothing asks for a passkey on ${page.url} (${page.status})`);
  const csrf = String(page.forms.find(({ fields }) => 'response' in fields)?.fields.csrf);
  const answer = await agent.post(new URL(path, page.url).href, { csrf }, { accept: 'application/json' });
  return JSON.parse(answer.body);
}

/** Shows a passkey to the page that asks for one. */
export async function showPasskey(
  agent: UserAgent,
  page: Page,
  authenticator: Authenticator,
  forgery: Parameters<Authenticator['get']>[1] = {},
): Promise<Page> {
  const response = JSON.stringify(authenticator.get(await passkeyOptions(agent, page), forgery));
  const form = page.forms.find(({ fields }) => 'response' in fields);
  if (form === undefined) throw new Error(`no form for a passkey on ${page.url}`);
  return agent.post(form.action, { ...form.fields, response });
}
